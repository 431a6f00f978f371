import type { RecordFailure } from '#hub/mapping';
import { isSaved, type BatchWork, type Item } from './batch-work.js';
import { parkItems, type ErrorStage, type ParkedItem } from '../errors/park-items.js';
import { storeRaw } from './save-records.js';

const STAGES: Partial<Record<RecordFailure['code'], ErrorStage>> = { AMBIGUOUS_MATCH: 'match', CONFLICT: 'merge' };

/** Parks what refuses mapping as a whole and what blocks one field; everything else of the batch goes on. */
export async function parkRecords(work: BatchWork): Promise<void> {
  for (const item of work.items) {
    if (item.outcome !== undefined) continue;
    if (item.prepared.kind === 'excluded') item.outcome = 'excluded';
    if (item.prepared.kind === 'refused') {
      item.outcome = 'parked';
      item.failures = item.prepared.failures;
    }
  }
  const failing = work.items.filter((item) => item.failures.length > 0);
  await storeRaw(
    work,
    failing.filter((item) => item.outcome === 'parked'),
  );
  await parkItems(
    work.tx,
    failing.flatMap((item) => parkedItemsOf(work, item)),
  );
}

function parkedItemsOf(work: BatchWork, item: Item): ParkedItem[] {
  if (item.outcome !== 'parked') return item.failures.map((failure) => parkedItem(work, item, failure));
  const [first, ...others] = item.failures;
  const message = [first.message, ...others.map((failure) => failure.message)].join('; ');
  return [parkedItem(work, item, { ...first, message })];
}

function parkedItem(work: BatchWork, item: Item, failure: RecordFailure): ParkedItem {
  return {
    stage: STAGES[failure.code] ?? 'map',
    code: failure.code,
    connectionId: work.stream.connection.id,
    streamId: work.stream.streamId,
    traceKey: traceKeyOf(work, item, failure),
    message: failure.message,
    externalId: item.prepared.raw.externalId,
    recordId: item.known || isSaved(item) ? item.recordId : undefined,
    clusterId: item.clusterId ?? item.known?.clusterId,
    rawId: item.rawId,
    field: failure.field || undefined,
    pointer: failure.pointer || undefined,
    heldFields: heldBy(failure),
    mapping: work.stream.mapping.name,
    mappingVersion: work.stream.mapping.version,
  };
}

function traceKeyOf(work: BatchWork, item: Item, failure: RecordFailure): string {
  const record = `${work.stream.streamId}:${item.prepared.raw.externalId}`;
  return failure.blocksOnlyField ? `${record}:${failure.code}:${failure.field}` : record;
}

function heldBy(failure: RecordFailure): string[] {
  if (failure.code === 'AMBIGUOUS_MATCH') return [];
  return failure.blocksOnlyField ? [failure.field] : ['*'];
}

/**
 * A record that came through closes its earlier items, but only as far as waiting for a fresh read to prove it. What they held is
 * planned again by the merge that follows.
 */
export async function closeItemsAwaitingProof(work: BatchWork): Promise<void> {
  const through = work.items.filter(
    (item) =>
      isSaved(item) ||
      item.outcome === 'unchanged' ||
      item.outcome === 'excluded' ||
      item.outcome === 'deleted' ||
      item.outcome === 'repeated',
  );
  if (through.length === 0) return;
  const failing = work.items.flatMap((item) => item.failures.map((failure) => traceKeyOf(work, item, failure)));
  const closed = await work.tx.query<{ cluster_id: string | null }>(
    `UPDATE error_item SET state = 'awaiting_proof', written_by_run = $3, proof_due_at = now() + interval '1 hour', updated_at = now(), version = version + 1
     WHERE stream_id = $1 AND external_id = ANY ($2) AND stage IN ('pull', 'map') AND state IN ('open', 'assigned', 'snoozed', 'retrying') AND NOT trace_key = ANY ($4) RETURNING cluster_id`,
    [work.stream.streamId, through.map((item) => item.prepared.raw.externalId), work.batch.runId, failing],
  );
  if (closed.length > 0) work.wanted.push({ kind: 'retries', connectionId: work.stream.connection.id });
  for (const { cluster_id: clusterId } of closed) if (clusterId) work.touched.add(clusterId);
}
