import { withLookups } from '../mappings/with-lookups.js';
import { randomUUID } from 'node:crypto';
import type { ConnectorSession, RawRecord } from '#hub/connector-sdk';
import { LostLease, type TenantTx } from '#hub/persistence';
import { dispatchAnswer } from '../runs/dispatch-run.js';
import { closeOnProof, type Agreement } from '../errors/close-on-proof.js';
import { compareRecord, type Comparison, type DifferenceKind } from './compare-record.js';
import { rememberSeen } from '../erasure/drop-suppressed.js';
import { findSuppressed, type Suspect } from '../erasure/suppression.js';
import { asFailure } from '../runs/bug-failure.js';
import { isDatabaseAway } from '../runs/database-failure.js';
import { parkItems, type ParkedItem } from '../errors/park-items.js';
import { fetchRecords } from '../inward/fetch-records.js';
import { hintRecords } from '../inward/hint-records.js';
import { policyFor } from '../runs/failure-policy.js';
import type { Hub } from '../hub.js';
import { orphansAmong } from '../inward/resolve-parents.js';
import type { MapResult } from '#hub/mapping';
import { loadHeld, mapFresh, type HeldRecord } from './load-held.js';
import { requestRun } from '../runs/request-run.js';
import { beginRun, endRun, pauseConnection, type RunKey, type RunRow } from '../runs/run-lifecycle.js';
import { sliceDone, sliceMore, sliceWait, type Slice, type SliceLife } from '../runs/slice.js';
import { claimSlot, saveCheckpoint, type Slot } from '../runs/slot.js';
import { loadStreams, type StreamContext, type TenantStreams } from '../stream-context.js';
import { noTotals } from '../runs/totals.js';

const LOOKS = 12;
const BETWEEN_LOOKS_MS = 1_000;

/** What a reconciliation has found so far; kept with the run, so that a slice can die anywhere. */
interface Findings {
  matched: number;
  doubtful: string[];
  looks: number;
  phase: 'walk' | 'absent' | 'look';
  stages: Record<string, number>;
}
const NOTHING: Findings = { matched: 0, doubtful: [], looks: 0, phase: 'walk', stages: {} };

interface ReconcileWork {
  hub: Hub;
  key: RunKey;
  run: RunRow;
  slot: Slot;
  stream: StreamContext;
  streams: TenantStreams;
  session: ConnectorSession;
  life: SliceLife;
  findings: Findings;
}

/**
 * Compares a whole stream with fresh vendor reads. What differs is re-fetched through the ordinary way and looked at again;
 * what still differs when nothing of it is under way is parked, or, where no item explains it, counted as unexplained.
 */
export async function advanceReconcile(hub: Hub, key: RunKey, life: SliceLife): Promise<Slice> {
  const run = await beginRun(hub, key);
  if (run === 'busy') return sliceWait(1_000);
  if (run === 'over') return sliceDone();
  const work = await openReconcile(hub, key, { run, life });
  try {
    if (work.findings.phase === 'walk') return await walk(work);
    if (work.findings.phase === 'absent') return await lookForAbsent(work);
    return await lookAgain(work);
  } catch (error) {
    return await settleReconcileFailure(work, error);
  } finally {
    work.session.close();
  }
}

async function openReconcile(hub: Hub, key: RunKey, input: { run: RunRow; life: SliceLife }): Promise<ReconcileWork> {
  const { run, life } = input;
  return hub.database.inTenant(key.tenantId, async (tx) => {
    const streams = await loadStreams(tx, hub);
    const stream = streams.byId(run.streamId ?? '');
    let slot = await claimSlot(tx, { subjectId: run.subjectId, kind: run.kind, runId: run.id });
    const findings = (run.options.findings as Findings | undefined) ?? NOTHING;
    if (run.options.findings === undefined) slot = await startOver(tx, slot);
    return { hub, key, run, slot, stream, streams, life, findings, session: await hub.open(tx, stream.connection.id) };
  });
}

async function startOver(tx: TenantTx, slot: Slot): Promise<Slot> {
  const [row] = await tx.query<{ walk_started_at: Date }>(
    `UPDATE checkpoint SET cursor = NULL, walk = 'full', walk_started_at = now() WHERE subject_id = $1 AND kind = 'reconcile' RETURNING walk_started_at`,
    [slot.subjectId],
  );
  return { ...slot, cursor: null, walk: 'full', walkStartedAt: row.walk_started_at };
}

async function walk(work: ReconcileWork): Promise<Slice> {
  const since = new Date(work.hub.now().getTime() - work.stream.historyDays * 86_400_000);
  for (;;) {
    const page = await work.session.pull(work.stream.name, { cursor: work.slot.cursor ?? undefined, since });
    await comparePage(work, { records: page.records, cursor: page.nextCursor ?? null, done: page.done });
    if (page.done) return sliceMore();
    if (work.life.shouldStop()) return sliceMore();
  }
}

async function comparePage(work: ReconcileWork, page: { records: RawRecord[]; cursor: string | null; done: boolean }): Promise<void> {
  const next = { cursor: page.cursor, walk: 'full' as const, walkStartedAt: work.slot.walkStartedAt };
  const findings = await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    const live = [
      ...new Map(
        page.records.filter((record) => !record.deleted && !record.mergedInto).map((record) => [record.externalId, record]),
      ).values(),
    ];
    const compared = await compareAll(tx, work, live);
    const findings: Findings = { ...work.findings, stages: { ...work.findings.stages }, phase: page.done ? 'absent' : 'walk' };
    const agreed = compared.filter((one) => one.comparison.agrees);
    findings.matched += agreed.filter((one) => one.held !== undefined).length;
    findings.doubtful = [...findings.doubtful, ...compared.filter((one) => !one.comparison.agrees).map((one) => one.externalId)];
    for (const one of compared) countStages(findings, one);
    await closeOnProof(tx, work.stream, { agreements: agreed.map(agreementOf) });
    await tx.query(`UPDATE source_record SET seen_at = now() WHERE stream_id = $1 AND external_id = ANY ($2)`, [
      work.stream.streamId,
      live.map((record) => record.externalId),
    ]);
    await saveFindings(tx, work, findings);
    await saveCheckpoint(tx, work.slot, next);
    return findings;
  });
  work.findings = findings;
  work.slot = { ...work.slot, ...next };
}

interface Compared {
  externalId: string;
  payload: unknown;
  comparison: Comparison;
  held?: HeldRecord;
  values?: Record<string, unknown>;
}

async function compareAll(tx: TenantTx, work: ReconcileWork, records: RawRecord[]): Promise<Compared[]> {
  const held = await loadHeld(
    tx,
    work.stream,
    records.map((record) => record.externalId),
  );
  const stream = await withLookups(
    work.hub,
    work.stream,
    records.map((record) => record.payload),
  );
  const mapped = records.map((record) => ({ ...record, fresh: mapFresh(stream, record.payload, work.hub.now()) }));
  const unheld = mapped.flatMap(({ externalId, fresh }) =>
    fresh.kind === 'mapped' && !held.has(externalId) ? [{ externalId, fresh }] : [],
  );
  const scope = { tx, hub: work.hub, stream: work.stream, streams: work.streams };
  const orphans = await orphansAmong(scope, unheld);
  const { suppressed } = await findSuppressed(scope, mapped.filter(({ externalId }) => !held.has(externalId)).map(suspectOf));
  await rememberSeen(
    scope,
    [...suppressed].map(([externalId, { erasureId }]) => ({ externalId, erasureId, gone: false })),
  );
  const leftOut = (externalId: string): boolean => orphans.has(externalId) || suppressed.has(externalId);
  return mapped.map(({ fresh: read, ...record }) => {
    const fresh: MapResult = leftOut(record.externalId) ? { kind: 'excluded' } : read;
    const own = held.get(record.externalId);
    const comparison = compareRecord({ stream: work.stream, fresh, held: own, now: work.hub.now() });
    return {
      externalId: record.externalId,
      payload: record.payload,
      held: own,
      comparison,
      values: fresh.kind === 'mapped' ? fresh.values : undefined,
    };
  });
}

function suspectOf({ externalId, fresh, payload }: { externalId: string; fresh: MapResult; payload: unknown }): Suspect {
  if (fresh.kind === 'mapped') return { externalId, values: fresh.values, parents: fresh.parents, ref: fresh.ref, text: '' };
  return { externalId, text: fresh.kind === 'refused' ? JSON.stringify(payload) : '' };
}

function agreementOf(one: Compared): Agreement {
  return { externalId: one.externalId, clusterId: one.held?.clusterId, payload: one.payload };
}

/** The stage matrix: what the vendor says × what the hub holds. */
function countStages(findings: Findings, one: Compared): void {
  const theirs = bucketOf(one.values);
  const ours = bucketOf(one.held?.golden);
  if (theirs === undefined && ours === undefined) return;
  const cell = `${theirs ?? '-'}>${ours ?? '-'}`;
  findings.stages[cell] = (findings.stages[cell] ?? 0) + 1;
}

function bucketOf(values: Record<string, unknown> | undefined): string | undefined {
  const stage = values?.stage as { bucket?: string } | null | undefined;
  return stage?.bucket;
}

/** Live records that the walk did not show are asked for one by one; absence from a list proves nothing. */
async function lookForAbsent(work: ReconcileWork): Promise<Slice> {
  const absent = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ external_id: string }>(
      `SELECT external_id FROM source_record WHERE stream_id = $1 AND deleted_at IS NULL AND seen_at < $2 AND created_at < $2 ORDER BY external_id LIMIT 200`,
      [work.stream.streamId, work.slot.walkStartedAt],
    ),
  );
  if (absent.length > 0) {
    const found = await fetchAndCompare(
      work,
      absent.map((row) => row.external_id),
    );
    await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
      const findings = { ...work.findings, matched: work.findings.matched + found.filter((one) => one.comparison.agrees).length };
      findings.doubtful = [...findings.doubtful, ...found.filter((one) => !one.comparison.agrees).map((one) => one.externalId)];
      await tx.query(`UPDATE source_record SET seen_at = now() WHERE stream_id = $1 AND external_id = ANY ($2)`, [
        work.stream.streamId,
        absent.map((row) => row.external_id),
      ]);
      await saveFindings(tx, work, findings);
    });
    return sliceMore();
  }
  const findings = { ...work.findings, phase: 'look' as const };
  await work.hub.database.inTenant(work.key.tenantId, (tx) => saveFindings(tx, work, findings));
  if (findings.doubtful.length > 0) await refetch(work, findings.doubtful);
  return findings.doubtful.length > 0 ? sliceWait(BETWEEN_LOOKS_MS) : sliceMore();
}

/** Differences go through the ordinary way once more before anyone is bothered with them. */
async function refetch(work: ReconcileWork, externalIds: string[]): Promise<void> {
  const answer = await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await hintRecords(tx, { streamId: work.stream.streamId, externalIds, cause: 'reconcile' });
    return requestRun(tx, { kind: 'hints', connectionId: work.stream.connection.id, streamId: work.stream.streamId, cause: 'dependency' });
  });
  await dispatchAnswer(work.hub, work.key.tenantId, { answer, kind: 'hints' });
}

async function lookAgain(work: ReconcileWork): Promise<Slice> {
  const found = await fetchAndCompare(work, [...new Set(work.findings.doubtful)]);
  const settled = found.filter((one) => one.comparison.agrees);
  const differing = found.filter((one) => !one.comparison.agrees);
  const underWay = differing.some((one) => one.held?.busy) || (await hintsOpen(work));
  const findings: Findings = {
    ...work.findings,
    matched: work.findings.matched + settled.filter((one) => one.held !== undefined).length,
    doubtful: differing.map((one) => one.externalId),
    looks: work.findings.looks + 1,
  };
  await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await closeOnProof(tx, work.stream, { agreements: settled.map(agreementOf) });
    await saveFindings(tx, work, findings);
  });
  if (differing.length > 0 && findings.looks < (underWay ? LOOKS : 3)) return sliceWait(BETWEEN_LOOKS_MS);
  await conclude(work, { findings, differing });
  return sliceDone(await endRun(work.hub, work.key));
}

async function hintsOpen(work: ReconcileWork): Promise<boolean> {
  const [row] = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ open: boolean }>(`SELECT EXISTS (SELECT FROM hint WHERE stream_id = $1 AND done_at IS NULL) AS open`, [
      work.stream.streamId,
    ]),
  );
  return row.open;
}

async function fetchAndCompare(work: ReconcileWork, externalIds: string[]): Promise<Compared[]> {
  const fetched = await fetchRecords(
    work,
    externalIds.map((externalId) => ({ externalId })),
  );
  return work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    const held = await loadHeld(tx, work.stream, externalIds);
    const stream = await withLookups(
      work.hub,
      work.stream,
      fetched.records.map((record) => record.raw.payload),
    );
    const answers = fetched.records.map((record): Compared => {
      const fresh = record.raw.deleted || record.raw.mergedInto ? ('gone' as const) : mapFresh(stream, record.raw.payload, work.hub.now());
      const own = held.get(record.raw.externalId);
      return {
        externalId: record.raw.externalId,
        payload: record.raw.payload,
        held: own,
        comparison: compareRecord({ stream: work.stream, fresh, held: own, now: work.hub.now() }),
      };
    });
    const refused = fetched.refused.map((item): Compared => ({
      externalId: item.externalId ?? '',
      payload: null,
      comparison: { agrees: false, kind: 'unmapped', fields: [] },
    }));
    return [...answers, ...refused];
  });
}

/** Differences that an open item explains stay with that item; for the others one is opened, and they count as unexplained now. */
async function conclude(work: ReconcileWork, input: { findings: Findings; differing: Compared[] }): Promise<void> {
  const { findings, differing } = input;
  await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    const explained = await explainedIds(tx, work.stream, differing);
    const unexplained = differing.filter((one) => !explained.has(one.externalId));
    await parkItems(
      tx,
      unexplained.map((one) => driftItem(work, one)),
    );
    const total = findings.matched + differing.length;
    const byKind: Record<string, number> = {};
    const byField: Record<string, number> = {};
    for (const one of differing) {
      byKind[one.comparison.kind ?? 'divergent'] = (byKind[one.comparison.kind ?? 'divergent'] ?? 0) + 1;
      for (const field of one.comparison.fields) byField[field] = (byField[field] ?? 0) + 1;
    }
    await tx.query(
      `INSERT INTO reconciliation (tenant_id, id, run_id, stream_id, matched, total, explained, unexplained, result) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        tx.tenantId,
        randomUUID(),
        work.run.id,
        work.stream.streamId,
        findings.matched,
        total,
        explained.size,
        unexplained.length,
        { byKind, byField, stageMatrix: findings.stages },
      ],
    );
  });
}

async function explainedIds(tx: TenantTx, stream: StreamContext, differing: Compared[]): Promise<Set<string>> {
  const rows = await tx.query<{ external_id: string }>(
    `SELECT d.external_id FROM unnest($2::text[], $3::uuid[]) AS d (external_id, cluster_id)
     WHERE EXISTS (SELECT FROM error_item e WHERE e.state <> 'resolved' AND ((e.stream_id = $1 AND e.external_id = d.external_id) OR e.cluster_id = d.cluster_id))
        OR EXISTS (SELECT FROM waiting w WHERE w.stream_id = $1 AND w.external_id = d.external_id)`,
    [stream.streamId, differing.map((one) => one.externalId), differing.map((one) => one.held?.clusterId ?? null)],
  );
  return new Set(rows.map((row) => row.external_id));
}

const CODES: Record<DifferenceKind, { code: ParkedItem['code']; sentence: string }> = {
  'missing-in-hub': {
    code: 'MISSING',
    sentence: 'is in the source and not in the hub; sync it again, and if it stays away look at its raw payload',
  },
  'missing-in-source': { code: 'ORPHAN', sentence: 'is in the hub and not in the source any more; confirm the deletion or recreate it' },
  stale: { code: 'DRIFT', sentence: 'differs from the source; fetch it again, and if it stays different look at its mapping' },
  divergent: { code: 'DRIFT', sentence: 'was not brought to the value that the hub holds; retry, or choose which value counts' },
  'stage-mismatch': { code: 'DRIFT', sentence: 'stands in another stage at the source; fetch it again' },
  unmapped: { code: 'DRIFT', sentence: 'cannot be compared, since its mapping refuses it; mend the data or the mapping' },
};

function driftItem(work: ReconcileWork, one: Compared): ParkedItem {
  const kind = CODES[one.comparison.kind ?? 'divergent'];
  const what =
    one.comparison.fields.length > 0 ? `${work.stream.object} field ${one.comparison.fields.join(', ')}` : `this ${work.stream.object}`;
  return {
    stage: 'reconcile',
    code: kind.code,
    connectionId: work.stream.connection.id,
    streamId: work.stream.streamId,
    traceKey: `reconcile:${work.stream.streamId}:${one.externalId}`,
    externalId: one.externalId,
    recordId: one.held?.recordId,
    clusterId: one.held?.clusterId,
    field: one.comparison.fields[0],
    message: `${what} ${kind.sentence}`,
    mapping: work.stream.mapping.name,
    mappingVersion: work.stream.mapping.version,
  };
}

async function saveFindings(tx: TenantTx, work: ReconcileWork, findings: Findings): Promise<void> {
  const kept = await tx.query(
    `UPDATE run r SET options = jsonb_set(r.options, '{findings}', $2) FROM checkpoint p WHERE r.id = $1 AND p.subject_id = $3 AND p.kind = 'reconcile' AND p.fence = $4 RETURNING 1`,
    [work.run.id, JSON.stringify(findings), work.slot.subjectId, work.slot.fence],
  );
  if (kept.length === 0) throw new LostLease();
  work.findings = findings;
}

async function settleReconcileFailure(work: ReconcileWork, error: unknown): Promise<Slice> {
  if (error instanceof LostLease) return sliceWait(1_000);
  if (isDatabaseAway(error)) throw error;
  const { code, detail, retryAfterMs } = asFailure(error);
  const failure = { code, detail };
  if (policyFor(code) === 'wait') return sliceWait(retryAfterMs ?? 30_000);
  if (code === 'CURSOR_EXPIRED' && work.slot.cursor !== null) {
    await work.hub.database.inTenant(work.key.tenantId, (tx) =>
      tx.query(`UPDATE run SET options = options - 'findings' WHERE id = $1`, [work.run.id]),
    );
    return sliceMore();
  }
  if (policyFor(code) === 'retry' && work.life.attempt < 8) throw error;
  if (policyFor(code) === 'pause-connection')
    await pauseConnection(work.hub, work.key, { connectionId: work.stream.connection.id, failure });
  await endRun(work.hub, work.key, failure);
  return sliceDone(noTotals(), code);
}
