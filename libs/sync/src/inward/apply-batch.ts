import { randomUUID } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';
import type { Batch, BatchWork, Item } from './batch-work.js';
import { assignClusters } from './assign-clusters.js';
import { compareSides } from './compare-sides.js';
import type { Hub } from '../hub.js';
import { keepContents, keepSavedContents } from './keep-contents.js';
import { markDeleted } from './mark-deleted.js';
import { dropSuppressed } from '../erasure/drop-suppressed.js';
import { mergeClusters } from './merge-clusters.js';
import { closeItemsAwaitingProof, parkRecords } from './park-records.js';
import { mapRecord, payloadOf, type PulledRecord } from './map-record.js';
import { withLookups } from '../mappings/with-lookups.js';
import { probeChanged, probeRecords } from './probe-records.js';
import { releaseWaiting } from './release-waiting.js';
import { requestRun, type RunAnswer } from '../runs/request-run.js';
import { resolveParents } from './resolve-parents.js';
import { saveRecords } from './save-records.js';
import { saveCheckpoint } from '../runs/slot.js';
import { watchShape } from './watch-shape.js';
import { assertBalance, noTotals, READ_OUTCOMES, type Totals } from '../runs/totals.js';

/** Up to here, planning a statement takes longer than doing it. */
const FEW_RECORDS = 20;

export interface AppliedBatch {
  totals: Totals;
  runs: { kind: BatchWork['wanted'][number]['kind']; answer: RunAnswer }[];
}

/**
 * Brings one batch into the hub in ONE transaction: sources, keys, golden values, outbox, errors and the cursor, or nothing of it.
 * Repeating it with the same batch id after a lost commit acknowledgement returns the stored totals and writes nothing.
 * @throws LostLease when another attempt owns the slot; any database error, after which nothing of the batch exists.
 */
export async function applyBatch(hub: Hub, batch: Batch): Promise<AppliedBatch> {
  const totals = { ...noTotals(), read: batch.records.length + batch.repeated, repeated: batch.repeated };
  const changed = await dropUnchanged(hub, batch, totals);
  const now = hub.now();
  const stream = batch.stream.mapping.looksUp ? await withLookups(hub, batch.stream, changed.map(payloadOf)) : batch.stream;
  const prepared = changed.map((record) => mapRecord(record, stream, now));
  const apply = async (tx: TenantTx): Promise<AppliedBatch> => {
    const before = await appliedBefore(tx, batch);
    if (before) return { totals: before, runs: [] };
    await batch.settleFirst?.(tx);
    const items = prepared.map((record): Item => ({
      prepared: record,
      recordId: randomUUID(),
      rawId: record.rawId ?? randomUUID(),
      values: record.kind === 'mapped' ? record.values : {},
      changedFields: [],
      parents: [],
      failures: [],
    }));
    const work: BatchWork = { tx, hub, batch, stream: batch.stream, items, totals: { ...totals }, now, touched: new Set(), wanted: [] };
    if (items.length > 0) await applyChanged(work);
    countOutcomes(work);
    assertBalance(work.totals);
    await tx.query(`INSERT INTO batch (tenant_id, id, run_id, applied, totals) VALUES ($1, $2, $3, true, $4)`, [
      tx.tenantId,
      batch.id,
      batch.runId,
      batch.swept ? { ...noTotals(), swept: work.totals.read } : work.totals,
    ]);
    const runs = await requestWanted(work);
    await saveCheckpoint(tx, batch.slot, batch.next);
    return { totals: work.totals, runs };
  };
  return hub.database.inTenant(batch.stream.tenantId, apply, { fewRows: changed.length <= FEW_RECORDS });
}

async function applyChanged(work: BatchWork): Promise<void> {
  await lockObject(work.tx, work.stream.object);
  await dropSuppressed(work);
  if (work.items.length === 0) return;
  await probeRecords(work);
  await watchShape(work);
  await resolveParents(work);
  await compareSides(work);
  await markDeleted(work);
  await saveRecords(work);
  await keepSavedContents(work);
  await assignClusters(work);
  await parkRecords(work);
  await closeItemsAwaitingProof(work);
  await mergeClusters(work, [...work.touched]);
  await releaseWaiting(work);
}

/** One writer per (tenant, object type): what matching reads cannot change before it commits. A statement of its own, so that later reads see what the lock waited for. */
export async function lockObject(tx: TenantTx, object: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${tx.tenantId}:${object}`]);
}

async function dropUnchanged(hub: Hub, batch: Batch, totals: Totals): Promise<PulledRecord[]> {
  if (batch.records.length === 0) return [];
  const { stream, records, next } = batch;
  const probe = { streamId: stream.streamId, records, walkStartedAt: next.walkStartedAt };
  const differing = batch.differing ?? (await hub.database.inTenant(stream.tenantId, (tx) => probeChanged(tx, probe)));
  const isChanged = (record: PulledRecord): boolean => record.itemId !== undefined || differing.has(record.raw.externalId);
  const changed = records.filter(isChanged);
  totals.unchanged = records.length - changed.length;
  const bringing = records.filter((record) => record.raw.contents && !isChanged(record));
  if (bringing.length > 0) await hub.database.inTenant(stream.tenantId, (tx) => keepContents(tx, stream, bringing));
  return changed;
}

async function appliedBefore(tx: TenantTx, batch: Batch): Promise<Totals | undefined> {
  const [row] = await tx.query<{ totals: Totals }>(`SELECT totals FROM batch WHERE id = $1 AND applied`, [batch.id]);
  return row?.totals;
}

function countOutcomes(work: BatchWork): void {
  for (const item of work.items) work.totals[item.outcome ?? 'unchanged'] += 1;
  for (const outcome of READ_OUTCOMES) if (!Number.isInteger(work.totals[outcome])) throw new Error(`no count for ${outcome}`);
}

async function requestWanted(work: BatchWork): Promise<AppliedBatch['runs']> {
  const distinct = new Map(work.wanted.map((run) => [`${run.kind}:${run.connectionId}:${run.streamId ?? ''}`, run]));
  const runs: AppliedBatch['runs'] = [];
  for (const run of distinct.values())
    runs.push({ kind: run.kind, answer: await requestRun(work.tx, { ...run, cause: run.kind === 'push' ? 'change' : 'dependency' }) });
  return runs;
}
