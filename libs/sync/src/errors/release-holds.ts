import type { TenantTx } from '#hub/persistence';
import { lockObject } from '../inward/apply-batch.js';
import type { WantedRun } from '../inward/batch-work.js';
import type { Hub } from '../hub.js';
import { remergeClusters } from '../inward/merge-clusters.js';
import { requestRun, type RunAnswer, type RunKind } from '../runs/request-run.js';
import { loadStreams } from '../stream-context.js';

interface HeldCluster {
  id: string;
  object: string;
}
type Dispatch = { kind: RunKind; answer: RunAnswer }[];

/**
 * Lets these items go by `move`, and plans the writes that they held. A batch locks the objects before the items, so this does, too.
 * @returns the runs to dispatch after the commit.
 */
export async function releaseHolds(tx: TenantTx, hub: Hub, release: { itemIds: string[]; move: () => Promise<void> }): Promise<Dispatch> {
  const clusters = await tx.query<HeldCluster>(
    `SELECT DISTINCT c.id, c.object FROM error_item e JOIN cluster c ON c.tenant_id = e.tenant_id AND c.id = e.cluster_id
     WHERE e.id = ANY ($1) AND e.held_fields <> '{}' ORDER BY c.object`,
    [release.itemIds],
  );
  for (const object of new Set(clusters.map((cluster) => cluster.object))) await lockObject(tx, object);
  await release.move();
  return clusters.length > 0 ? planHeld(tx, hub, clusters) : [];
}

async function planHeld(tx: TenantTx, hub: Hub, clusters: HeldCluster[]): Promise<Dispatch> {
  const wanted: WantedRun[] = [];
  const scope = { tx, hub, streams: await loadStreams(tx, hub), now: hub.now(), wanted, held: () => undefined };
  await remergeClusters(
    scope,
    clusters.map((cluster) => cluster.id),
  );
  const runs: Dispatch = [];
  for (const run of new Map(wanted.map((one) => [one.connectionId, one])).values())
    runs.push({ kind: run.kind, answer: await requestRun(tx, { ...run, cause: 'change' }) });
  return runs;
}
