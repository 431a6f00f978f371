import { randomUUID } from 'node:crypto';
import { ConnectorFailure, type ConnectorSession } from '#hub/connector-sdk';
import { LostLease } from '#hub/persistence';
import { applyHalving } from './apply-halving.js';
import { braked } from './brake.js';
import { policyFor, TRANSIENT_ATTEMPTS } from '../runs/failure-policy.js';
import { advanceHints } from './advance-hints.js';
import { asFailure } from '../runs/bug-failure.js';
import { isDatabaseAway } from '../runs/database-failure.js';
import { dispatchAnswer } from '../runs/dispatch-run.js';
import type { Hub } from '../hub.js';
import { probeChanged } from './probe-records.js';
import { fetchVanished } from './fetch-vanished.js';
import { pullBatch, type PulledBatch } from './pull-batch.js';
import { beginRun, endRun, pauseConnection, stopStream, type RunKey, type RunRow } from '../runs/run-lifecycle.js';
import { sliceDone, sliceMore, sliceWait, type Slice, type SliceLife } from '../runs/slice.js';
import { claimSlot, type Progress, type Slot } from '../runs/slot.js';
import { useMapping } from '../mappings/tenant-mappings.js';
import { loadStreams, type StreamContext, type TenantStreams } from '../stream-context.js';
import { sweepUnseen } from './sweep-unseen.js';
import { addTotals, noTotals, type Totals } from '../runs/totals.js';
import type { AppliedBatch } from './apply-batch.js';

/** One stream under one claim: what every step of a slice needs. */
export interface StreamWork {
  hub: Hub;
  key: RunKey;
  run: RunRow;
  slot: Slot;
  stream: StreamContext;
  streams: TenantStreams;
  session: ConnectorSession;
  life: SliceLife;
}

/** Brings one stream forward for about one slice, batch after batch, the next pulled while this one is applied. Safe to kill at any line. */
export async function advance(hub: Hub, key: RunKey, life: SliceLife): Promise<Slice> {
  const run = await beginRun(hub, key);
  if (run === 'busy') return sliceWait(1_000);
  if (run === 'over') return sliceDone();
  const opened = await openStream(hub, key, { run, life });
  try {
    refuseChangedWords(opened.stream);
    const slice = run.kind === 'hints' ? await advanceHints(opened) : await advanceWalk(opened);
    if (slice.state === 'done' && slice.failure === undefined) await endRun(hub, key);
    return slice;
  } catch (error) {
    return await settleFailure(opened, error);
  } finally {
    opened.session.close();
  }
}

async function openStream(hub: Hub, key: RunKey, input: { run: RunRow; life: SliceLife }): Promise<StreamWork> {
  const { run, life } = input;
  return hub.database.inTenant(key.tenantId, async (tx) => {
    const streams = await loadStreams(tx, hub);
    const stream = streams.byId(run.streamId ?? '');
    const slot = await claimSlot(tx, { subjectId: run.subjectId, kind: run.kind, runId: run.id });
    if (stream.mappingFault === undefined) await useMapping(tx, run.id, stream.mapping);
    return { hub, key, run, slot, stream, streams, life, session: await hub.open(tx, stream.connection.id) };
  });
}

function refuseChangedWords({ mappingFault }: StreamContext): void {
  if (mappingFault !== undefined) throw new ConnectorFailure({ code: 'CONFIG', detail: mappingFault });
}

async function advanceWalk(work: StreamWork): Promise<Slice> {
  let totals = noTotals();
  if (work.slot.walk === 'idle') await startWalk(work);
  let pulled: Promise<NextBatch> | undefined;
  while (work.slot.walk !== 'sweep') {
    const batch = await (pulled ?? pullNext(work, { cursor: work.slot.cursor, records: [] }));
    if (await braked(work, batch.records.filter((record) => record.raw.deleted).length)) return sliceDone(totals, 'POLICY');
    pulled = batch.done || !mayPullAhead(work) ? undefined : pullNext(work, batch);
    pulled?.catch(() => undefined);
    totals = addTotals(totals, await applyPulled(work, batch));
    if (work.slot.walk === 'idle') return sliceDone(totals);
    if (work.life.shouldStop()) return sliceMore(totals);
  }
  return sweepUnseen(work, totals);
}

/** What a queue is asked for next acknowledges what it gave before, which must be stored by then. */
function mayPullAhead({ life, stream }: StreamWork): boolean {
  return !life.shouldStop() && stream.definition.cursor.kind !== 'queue';
}

interface NextBatch extends PulledBatch {
  /** Ids of the records that are not known as they came; undefined where the database could not be asked. */
  differing: Promise<Set<string> | undefined>;
}

/** Pulls a batch and asks what of it differs, while the batch before is being applied: what stood in that one may be something else by then. */
async function pullNext(work: StreamWork, before: Pick<PulledBatch, 'cursor' | 'records'>): Promise<NextBatch> {
  const { hub, stream, slot } = work;
  const since = new Date(hub.now().getTime() - stream.historyDays * 86_400_000);
  const batch = await pullBatch(work.session, { stream, database: hub.database, cursor: before.cursor, since });
  if (batch.vanished.length > 0) batch.records.push(...(await fetchVanished(work, batch)));
  const probe = { streamId: stream.streamId, records: batch.records, walkStartedAt: slot.walkStartedAt };
  const differing = hub.database
    .inTenant(stream.tenantId, (tx) => probeChanged(tx, probe))
    .then((ids) => before.records.reduce((all, record) => all.add(record.raw.externalId), ids))
    .catch(() => undefined);
  return { ...batch, differing };
}

async function startWalk(work: StreamWork): Promise<void> {
  const delta = work.slot.cursor !== null && work.stream.definition.deletes !== 'full-scan';
  work.slot = { ...work.slot, walk: delta ? 'delta' : 'full', walkStartedAt: delta ? null : work.hub.now() };
}

async function applyPulled(work: StreamWork, batch: NextBatch): Promise<Totals> {
  const next = progressAfter(work, batch);
  const applied = await applyHalving(work.hub, {
    id: randomUUID(),
    runId: work.run.id,
    slot: work.slot,
    stream: work.stream,
    streams: work.streams,
    records: batch.records,
    repeated: batch.repeated,
    differing: await batch.differing,
    next,
  });
  work.slot = { ...work.slot, ...next };
  await dispatchWanted(work.hub, work.key.tenantId, applied.runs);
  return applied.totals;
}

/** Absence counts only after a complete walk, and only where the stream's deletes are found by absence or its cursor was lost. */
function progressAfter(work: StreamWork, batch: PulledBatch): Progress {
  if (!batch.done) return { cursor: batch.cursor, walk: work.slot.walk, walkStartedAt: work.slot.walkStartedAt };
  const sweeps = work.slot.walk === 'resync' || (work.slot.walk === 'full' && work.stream.definition.deletes === 'full-scan');
  const cursor = work.stream.definition.deletes === 'full-scan' ? null : batch.cursor;
  return sweeps ? { cursor, walk: 'sweep', walkStartedAt: work.slot.walkStartedAt } : { cursor, walk: 'idle', walkStartedAt: null };
}

export async function dispatchWanted(hub: Hub, tenantId: string, runs: AppliedBatch['runs']): Promise<void> {
  for (const run of runs) await dispatchAnswer(hub, tenantId, run);
}

/** Vendor failure → code → policy. Whatever is not a vendor's failure and not the database being away is ours: the stream stops, everything is kept. */
async function settleFailure(work: StreamWork, error: unknown): Promise<Slice> {
  if (error instanceof LostLease) return sliceWait(1_000);
  if (isDatabaseAway(error)) throw error;
  if (!(error instanceof ConnectorFailure)) return stopForBug(work, error);
  const failure = { code: error.code, detail: error.detail };
  switch (policyFor(error.code)) {
    case 'wait':
      return sliceWait(error.retryAfterMs ?? 30_000);
    case 'retry':
      if (work.life.attempt < TRANSIENT_ATTEMPTS) throw error;
      await endRun(work.hub, work.key, failure);
      return sliceDone(noTotals(), error.code);
    case 'resync':
      return startResync(work);
    case 'pause-connection':
      await pauseConnection(work.hub, work.key, { connectionId: work.stream.connection.id, failure });
      break;
    case 'stop-stream':
    case 'park-record':
      await stopStream(work.hub, work.key, { streamId: work.stream.streamId, failure });
  }
  await endRun(work.hub, work.key, failure);
  return sliceDone(noTotals(), error.code);
}

async function stopForBug(work: StreamWork, error: unknown): Promise<Slice> {
  const { detail } = asFailure(error);
  await stopStream(work.hub, work.key, { streamId: work.stream.streamId, failure: { code: 'BUG', detail } });
  await endRun(work.hub, work.key, { code: 'BUG', detail });
  return sliceDone(noTotals(), 'BUG');
}

/** The vendor forgot our cursor: walk everything again, marking what is seen; only then may absence mean anything. */
async function startResync(work: StreamWork): Promise<Slice> {
  const again = work.slot.walk === 'resync' && work.slot.cursor === null;
  if (again) {
    await endRun(work.hub, work.key, { code: 'CURSOR_EXPIRED', detail: 'the vendor refused a walk without any cursor' });
    return sliceDone(noTotals(), 'CURSOR_EXPIRED');
  }
  await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query(
      `UPDATE checkpoint SET cursor = NULL, walk = 'resync', walk_started_at = now() WHERE subject_id = $1 AND kind = $2 AND fence = $3`,
      [work.slot.subjectId, work.slot.kind, work.slot.fence],
    ),
  );
  return sliceMore();
}
