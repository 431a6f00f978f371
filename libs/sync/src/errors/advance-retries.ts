import { randomUUID } from 'node:crypto';
import type { AppliedBatch } from '../inward/apply-batch.js';
import { applyHalving } from '../inward/apply-halving.js';
import { fieldsReadOtherwise } from '../mappings/fields-read-otherwise.js';
import { releaseHolds } from './release-holds.js';
import { dispatchWanted } from '../inward/advance.js';
import { fetchRecords, parkRefused, type FetchedRecords } from '../inward/fetch-records.js';
import type { Hub } from '../hub.js';
import { nextFetchSeq } from '../inward/pull-batch.js';
import { pulledRecord, type PulledRecord } from '../inward/map-record.js';
import { asFailure, isOutsideOfUs } from '../runs/bug-failure.js';
import { beginRun, endRun, type RunKey, type RunRow } from '../runs/run-lifecycle.js';
import { sliceDone, sliceMore, sliceWait, type Slice, type SliceLife } from '../runs/slice.js';
import { claimSlot, type Slot } from '../runs/slot.js';
import { OutwardRefused } from '../outward/plan-outward.js';
import type { Batch } from '../inward/batch-work.js';
import { findVersion, useMapping } from '../mappings/tenant-mappings.js';
import { loadStreams, type StreamContext, type TenantStreams } from '../stream-context.js';
import { addTotals, noTotals, type Totals } from '../runs/totals.js';

const AT_ONCE = 500;

interface Due {
  item_id: string | null;
  stream_id: string;
  external_id: string;
  raw_id: string | null;
  mode: 'fresh' | 'as-it-was' | 'current-mapping';
  edited_payload: string | null;
  payload: string | null;
  fetch_seq: string | null;
  version: string | null;
  deleted: boolean | null;
  mapping: string | null;
  mapping_version: number | null;
  outward: boolean;
}
interface RetryWork {
  hub: Hub;
  key: RunKey;
  run: RunRow;
  slot: Slot;
  streams: TenantStreams;
  life: SliceLife;
}

/** Tries again what people asked to retry and what waited for a parent, through the same `applyBatch` as everything else. */
export async function advanceRetries(hub: Hub, key: RunKey, life: SliceLife): Promise<Slice> {
  const run = await beginRun(hub, key);
  if (run === 'busy') return sliceWait(1_000);
  if (run === 'over') return sliceDone();
  const work = await hub.database.inTenant(key.tenantId, async (tx): Promise<RetryWork> => ({
    hub,
    key,
    run,
    life,
    streams: await loadStreams(tx, hub),
    slot: await claimSlot(tx, { subjectId: run.subjectId, kind: run.kind, runId: run.id }),
  }));
  try {
    return await retryStreams(work);
  } catch (error) {
    if (isOutsideOfUs(error)) throw error;
    const { code, detail, retryAfterMs } = asFailure(error);
    if (code === 'RATE_LIMITED') return sliceWait(retryAfterMs ?? 30_000);
    if (code === 'TRANSIENT' && life.attempt < 4) throw error;
    await reopenRetrying(work);
    await endRun(hub, key, { code, detail });
    return sliceDone(noTotals(), code);
  }
}

async function retryStreams(work: RetryWork): Promise<Slice> {
  let totals = noTotals();
  await resendWrites(work);
  await proveInstead(work);
  for (const stream of work.streams.all.filter((one) => one.connection.id === work.run.connectionId)) {
    const due = await dueFor(work, stream);
    if (due.length === 0) continue;
    const together = due.filter((one) => versionFor(one, stream) === versionFor(due[0], stream) && one.outward === due[0].outward);
    totals = addTotals(totals, await retrySome(work, await withVersion(work, stream, together[0]), together));
    return sliceMore(totals);
  }
  return sliceDone(totals);
}

/** The mapping version that a retry is to use: as it was, the item's own; else the live one. */
function versionFor({ mode, mapping, mapping_version: version }: Due, stream: StreamContext): number {
  return mode === 'as-it-was' && mapping === stream.mapping.name && version !== null ? version : stream.mapping.version;
}

async function withVersion(work: RetryWork, stream: StreamContext, one: Due): Promise<StreamContext> {
  return work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    const asked = { name: stream.mapping.name, version: versionFor(one, stream) };
    const mapping = asked.version === stream.mapping.version ? stream.mapping : await findVersion(tx, work.hub, asked);
    await useMapping(tx, work.run.id, mapping ?? stream.mapping);
    return { ...stream, mapping: mapping ?? stream.mapping };
  });
}

async function retrySome(work: RetryWork, stream: StreamContext, due: Due[]): Promise<Totals> {
  const session = await work.hub.database.inTenant(work.key.tenantId, (tx) => work.hub.open(tx, stream.connection.id));
  try {
    const fresh = due.filter((one) => one.mode === 'fresh' && one.edited_payload === null && one.item_id !== null);
    const scope = { hub: work.hub, key: work.key, stream, session };
    const fetched: FetchedRecords = await fetchRecords(
      scope,
      fresh.map((one) => ({ externalId: one.external_id, itemId: one.item_id ?? undefined })),
    );
    await parkRefused(scope, fetched.refused);
    const stored = due.filter((one) => !fresh.includes(one));
    const records = [...fetched.records, ...(await storedRecords(work, stream, stored))];
    return await applyRetried(work, stream, { records, due });
  } finally {
    session.close();
  }
}

async function storedRecords(work: RetryWork, stream: StreamContext, stored: Due[]): Promise<PulledRecord[]> {
  const editSeq = await nextFetchSeq(work.hub.database);
  return stored.map((one) => {
    const edited = one.edited_payload !== null;
    const raw = one.deleted
      ? { externalId: one.external_id, payload: null, deleted: true as const }
      : {
          externalId: one.external_id,
          payload: JSON.parse(one.edited_payload ?? one.payload ?? 'null') as unknown,
          version: one.version ?? undefined,
        };
    const corrected = edited
      ? fieldsReadOtherwise(stream, { before: JSON.parse(one.payload ?? 'null'), after: raw.payload, now: work.hub.now() })
      : undefined;
    return pulledRecord(raw, {
      stream,
      corrected,
      fetchSeq: edited ? editSeq : (one.fetch_seq ?? editSeq),
      rawId: edited ? undefined : (one.raw_id ?? undefined),
      itemId: one.item_id ?? one.raw_id ?? undefined,
    });
  });
}

async function applyRetried(work: RetryWork, stream: StreamContext, input: { records: PulledRecord[]; due: Due[] }): Promise<Totals> {
  const { cursor, walk, walkStartedAt } = work.slot;
  const latest = [...new Map(input.records.map((record) => [record.raw.externalId, record])).values()];
  const items = input.due.flatMap((one) => one.item_id ?? []);
  const waiting = input.due.filter((one) => one.item_id === null).map((one) => one.external_id);
  const applied = await applyConfirmed(work, stream, {
    id: randomUUID(),
    runId: work.run.id,
    slot: work.slot,
    stream,
    streams: work.streams,
    records: latest,
    repeated: input.records.length - latest.length,
    inwardOnly: input.due.every((one) => one.outward) ? undefined : true,
    next: { cursor, walk, walkStartedAt },
    settleFirst: async (tx) => {
      await tx.query(
        `UPDATE error_item SET state = 'open', retry_mode = NULL, edited_payload = NULL, attempts = attempts + 1 WHERE id = ANY ($1) AND state = 'retrying'`,
        [items],
      );
      await tx.query(`DELETE FROM waiting WHERE stream_id = $1 AND external_id = ANY ($2)`, [stream.streamId, waiting]);
    },
  });
  await dispatchWanted(work.hub, work.key.tenantId, applied.runs);
  return applied.totals;
}

/** Where outward writes were not confirmed, records that would cause one are left as they are, and the run counts them. */
async function applyConfirmed(work: RetryWork, stream: StreamContext, batch: Batch): Promise<AppliedBatch> {
  for (let left = batch; ;) {
    try {
      return await applyHalving(work.hub, left);
    } catch (error) {
      if (!(error instanceof OutwardRefused)) throw error;
      const refused = new Set(error.records.filter((one) => one.streamId === stream.streamId).map((one) => one.externalId));
      const records = left.records.filter((record) => !refused.has(record.raw.externalId));
      await countRefused(work, left.records.length - records.length);
      left = records.length < left.records.length ? { ...left, id: randomUUID(), records } : { ...left, id: randomUUID(), records: [] };
    }
  }
}

async function countRefused(work: RetryWork, count: number): Promise<void> {
  await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query(
      `UPDATE run SET options = options || jsonb_build_object('outwardRefused', coalesce((options ->> 'outwardRefused')::int, 0) + $2::int) WHERE id = $1`,
      [work.key.runId, count],
    ),
  );
}

async function dueFor(work: RetryWork, stream: StreamContext): Promise<Due[]> {
  return work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<Due>(
      `(SELECT e.id AS item_id, e.stream_id, e.external_id, e.raw_id, coalesce(e.retry_mode, 'fresh') AS mode, e.edited_payload, r.payload, r.fetch_seq, r.version, r.deleted, e.mapping, e.mapping_version, true AS outward
        FROM error_item e LEFT JOIN raw r ON r.tenant_id = e.tenant_id AND r.id = e.raw_id
        WHERE e.stream_id = $1 AND e.state = 'retrying' AND e.stage IN ('pull', 'map') AND e.external_id IS NOT NULL ORDER BY e.opened_at LIMIT $2)
       UNION ALL
       (SELECT NULL, w.stream_id, w.external_id, w.raw_id, 'as-it-was', NULL, r.payload, r.fetch_seq, r.version, r.deleted, NULL, NULL, w.outward
        FROM waiting w JOIN raw r ON r.tenant_id = w.tenant_id AND r.id = w.raw_id WHERE w.stream_id = $1 AND w.released_at IS NOT NULL ORDER BY r.fetch_seq LIMIT $2)`,
      [stream.streamId, AT_ONCE],
    ),
  );
}

/**
 * A parked write is planned afresh from what holds now: its old value may have been corrected since, or be there already. Then nothing is
 * sent, and the proof decides.
 */
async function resendWrites(work: RetryWork): Promise<void> {
  const { connectionId, id: runId } = work.run;
  const runs = await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    const items = await tx.query<{ id: string; cluster_id: string }>(
      `SELECT id, cluster_id FROM error_item WHERE connection_id = $1 AND state = 'retrying' AND stage = 'push'`,
      [connectionId],
    );
    const itemIds = items.map((item) => item.id);
    const move = async (): Promise<void> => {
      await tx.query(
        `UPDATE error_item SET state = 'awaiting_proof', written_by_run = $2, proof_due_at = now() + interval '1 hour', updated_at = now(), version = version + 1 WHERE id = ANY ($1) AND state = 'retrying'`,
        [itemIds, runId],
      );
      await tx.query(
        `UPDATE outbox SET state = CASE WHEN order_id IS NULL THEN 'superseded' ELSE 'pending' END, attempts = 0, not_before = now() WHERE connection_id = $1 AND cluster_id = ANY ($2) AND state = 'parked'`,
        [connectionId, items.map((item) => item.cluster_id)],
      );
    };
    return items.length === 0 ? [] : releaseHolds(tx, work.hub, { itemIds, move });
  });
  await dispatchWanted(work.hub, work.key.tenantId, runs);
}

/** What reconciliation found is settled by reading again, not by writing: it goes straight to the proof. */
async function proveInstead(work: RetryWork): Promise<void> {
  await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await tx.query(
      `UPDATE error_item SET state = 'awaiting_proof', proof_due_at = now() + interval '1 hour', updated_at = now(), version = version + 1 WHERE connection_id = $1 AND state = 'retrying' AND stage = 'reconcile'`,
      [work.run.connectionId],
    );
    await tx.query(
      `UPDATE error_item SET state = 'open', updated_at = now(), version = version + 1 WHERE connection_id = $1 AND state = 'retrying' AND stage IN ('match', 'merge')`,
      [work.run.connectionId],
    );
  });
}

async function reopenRetrying(work: RetryWork): Promise<void> {
  await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query(
      `UPDATE error_item SET state = 'open', attempts = attempts + 1, updated_at = now(), version = version + 1 WHERE connection_id = $1 AND state = 'retrying'`,
      [work.run.connectionId],
    ),
  );
}
