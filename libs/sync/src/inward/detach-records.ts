import type { TenantTx } from '#hub/persistence';
import { lockObject } from './apply-batch.js';
import type { WantedRun } from './batch-work.js';
import type { Hub } from '../hub.js';
import { remergeClusters } from './merge-clusters.js';
import { requestRun, type RunAnswer, type RunKind } from '../runs/request-run.js';
import { loadStreams } from '../stream-context.js';

/**
 * Takes a deleted connection's records out of the golden values: each is marked deleted, what only this connection knew is gone, and what
 * others know is merged without it. Nothing is written to the deleted connection.
 */
export async function detachRecords(tx: TenantTx, hub: Hub, connectionId: string): Promise<{ kind: RunKind; answer: RunAnswer }[]> {
  const objects = await tx.query<{ object: string }>(`SELECT DISTINCT object FROM stream WHERE connection_id = $1 ORDER BY object`, [
    connectionId,
  ]);
  for (const { object } of objects) await lockObject(tx, object);
  const touched = await tx.query<{ cluster_id: string }>(
    `WITH gone AS (UPDATE source_record SET deleted_at = now() WHERE connection_id = $1 AND deleted_at IS NULL RETURNING id)
     SELECT DISTINCT m.cluster_id FROM gone JOIN cluster_member m ON m.record_id = gone.id AND m.valid_to IS NULL`,
    [connectionId],
  );
  const wanted: WantedRun[] = [];
  await remergeClusters(
    { tx, hub, streams: await loadStreams(tx, hub), now: hub.now(), wanted, held: () => undefined },
    touched.map((row) => row.cluster_id),
  );
  const runs: { kind: RunKind; answer: RunAnswer }[] = [];
  for (const run of new Map(wanted.map((one) => [one.connectionId, one])).values())
    runs.push({ kind: run.kind, answer: await requestRun(tx, { ...run, cause: 'change' }) });
  return runs;
}
