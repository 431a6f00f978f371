import { ConnectorFailure } from '#hub/connector-sdk';
import { isOutsideOfUs } from '../runs/bug-failure.js';
import { closeOnProof } from './close-on-proof.js';
import { compareRecord } from '../reconcile/compare-record.js';
import { parentIdsOf } from '../inward/fetch-records.js';
import type { Hub } from '../hub.js';
import { loadHeld, mapFreshAlone } from '../reconcile/load-held.js';
import { endRun, type RunKey } from '../runs/run-lifecycle.js';
import { sliceDone, sliceWait, type Slice } from '../runs/slice.js';
import { loadStreams, type StreamContext } from '../stream-context.js';

const AT_ONCE = 200;
const GRACE_MS = 60_000;

interface Waiting {
  id: string;
  stream_id: string;
  external_id: string | null;
  cluster_id: string | null;
  record_external_id: string | null;
  waited_ms: number;
  overdue: boolean;
}

/**
 * Reads each record that waits for proof afresh from its system. Agreement resolves the item; disagreement opens it again, once nothing
 * of the record is under way any more. Comparing with what is stored would prove nothing.
 */
export async function proveItems(hub: Hub, key: RunKey): Promise<Slice> {
  const run = await loadRun(hub, key);
  if (!run || run.state !== 'running') return sliceDone();
  let busy = 0;
  const waiting = await loadWaiting(hub, key, run.connection_id);
  try {
    for (const [streamId, items] of groupByStream(waiting)) busy += await proveStream(hub, key, { streamId, items });
  } catch (error) {
    if (error instanceof ConnectorFailure && error.code === 'RATE_LIMITED') return sliceWait(error.retryAfterMs ?? 30_000);
    throw error;
  }
  if (busy > 0) return sliceWait(1_000);
  return sliceDone(await endRun(hub, key));
}

async function proveStream(hub: Hub, key: RunKey, input: { streamId: string; items: Waiting[] }): Promise<number> {
  const { stream, session, parents } = await hub.database.inTenant(key.tenantId, async (tx) => {
    const stream = (await loadStreams(tx, hub)).byId(input.streamId);
    return {
      stream,
      session: await hub.open(tx, stream.connection.id),
      parents: await parentIdsOf(
        tx,
        stream.streamId,
        input.items.flatMap((item) => externalIdOf(item) ?? []),
      ),
    };
  });
  let busy = 0;
  try {
    for (const item of input.items) {
      const externalId = externalIdOf(item);
      if (externalId === null) await reopen(hub, key, item);
      else if (!(await proveOrReopen(hub, key, { stream, session, item, externalId, parents: parents.get(externalId) ?? {} }))) busy += 1;
    }
  } finally {
    session.close();
  }
  return busy;
}

interface Proof {
  stream: StreamContext;
  session: Awaited<ReturnType<Hub['open']>>;
  item: Waiting;
  externalId: string;
  parents: Record<string, string>;
}

/** A fault of ours at one record must not keep the others from their proof. */
async function proveOrReopen(hub: Hub, key: RunKey, proof: Proof): Promise<boolean> {
  try {
    return await proveOne(hub, key, proof);
  } catch (error) {
    if (isOutsideOfUs(error) || error instanceof ConnectorFailure) throw error;
    return reopen(hub, key, proof.item);
  }
}

/** False while the record is still under way. */
async function proveOne(hub: Hub, key: RunKey, proof: Proof): Promise<boolean> {
  const { stream, session, item, externalId } = proof;
  const fetched = await session.fetch(stream.name, { externalId, parents: proof.parents }).catch((error: unknown) => {
    if (error instanceof ConnectorFailure && error.code !== 'TRANSIENT' && error.code !== 'RATE_LIMITED') return undefined;
    throw error;
  });
  if (!fetched) return reopen(hub, key, item);
  const fresh = fetched.state === 'found' ? await mapFreshAlone(hub, stream, fetched.record.payload) : 'gone';
  return hub.database.inTenant(key.tenantId, async (tx) => {
    const held = (await loadHeld(tx, stream, [externalId])).get(externalId);
    const comparison = compareRecord({ stream, fresh, held, now: hub.now() });
    if (comparison.agrees) {
      const payload = fetched.state === 'found' ? fetched.record.payload : null;
      await closeOnProof(tx, stream, { agreements: [{ externalId, clusterId: item.cluster_id ?? undefined, payload }] });
      return true;
    }
    const mayStillAgree = held?.busy || (item.waited_ms < GRACE_MS && comparison.kind !== 'unmapped');
    if (mayStillAgree && !item.overdue) return false;
    await tx.query(REOPEN, [item.id]);
    return true;
  });
}

const REOPEN = `UPDATE error_item SET state = 'open', updated_at = now(), version = version + 1 WHERE id = $1 AND state = 'awaiting_proof'`;

async function reopen(hub: Hub, key: RunKey, item: Waiting): Promise<boolean> {
  await hub.database.inTenant(key.tenantId, (tx) => tx.query(REOPEN, [item.id]));
  return true;
}

async function loadRun(hub: Hub, key: RunKey): Promise<{ connection_id: string; state: string } | undefined> {
  const [run] = await hub.database.inTenant(key.tenantId, (tx) =>
    tx.query<{ connection_id: string; state: string }>(`SELECT connection_id, state FROM run WHERE id = $1`, [key.runId]),
  );
  return run;
}

/** Only items whose last write was another run's, or an earlier activity of this one that has ended. */
async function loadWaiting(hub: Hub, key: RunKey, connectionId: string): Promise<Waiting[]> {
  return hub.database.inTenant(key.tenantId, (tx) =>
    tx.query<Waiting>(
      `SELECT e.id, e.stream_id, e.external_id, e.cluster_id, (SELECT s.external_id FROM cluster_member m JOIN source_record s ON s.tenant_id = m.tenant_id AND s.id = m.record_id
           WHERE m.cluster_id = e.cluster_id AND m.valid_to IS NULL AND s.stream_id = e.stream_id LIMIT 1) AS record_external_id,
         extract(epoch FROM now() - e.updated_at)::float8 * 1000 AS waited_ms, coalesce(e.proof_due_at < now(), false) AS overdue
       FROM error_item e WHERE e.connection_id = $1 AND e.state = 'awaiting_proof' AND e.stream_id IS NOT NULL ORDER BY e.updated_at LIMIT $2`,
      [connectionId, AT_ONCE],
    ),
  );
}

function externalIdOf(item: Waiting): string | null {
  return item.external_id ?? item.record_external_id;
}

function groupByStream(items: Waiting[]): Map<string, Waiting[]> {
  const groups = new Map<string, Waiting[]>();
  for (const item of items) groups.set(item.stream_id, [...(groups.get(item.stream_id) ?? []), item]);
  return groups;
}
