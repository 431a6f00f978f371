import { ConnectorFailure, type ConnectorSession } from '#hub/connector-sdk';
import { LostLease } from '#hub/persistence';
import { isDatabaseAway } from '../runs/database-failure.js';
import { policyFor } from '../runs/failure-policy.js';
import type { Hub } from '../hub.js';
import { claimWrites, soonestWrite, type Write } from './claim-writes.js';
import { pushChange } from './push-change.js';
import { beginRun, endRun, pauseConnection, type RunKey, type RunRow } from '../runs/run-lifecycle.js';
import { sliceDone, sliceMore, sliceWait, type Slice, type SliceLife } from '../runs/slice.js';
import { claimSlot, type Slot } from '../runs/slot.js';
import { loadStreams, type TenantStreams } from '../stream-context.js';
import { noTotals } from '../runs/totals.js';

const AT_ONCE = 40;
const TOGETHER = 4;
const WAIT_AT_MOST_MS = 15_000;

/** One target connection under one claim. */
export interface PushWork {
  hub: Hub;
  key: RunKey;
  run: RunRow;
  slot: Slot;
  streams: TenantStreams;
  session: ConnectorSession;
  life: SliceLife;
}

/** Sends what is due to one target, one write in flight per record, until nothing is due or the slice is over. */
export async function advancePush(hub: Hub, key: RunKey, life: SliceLife): Promise<Slice> {
  const run = await beginRun(hub, key);
  if (run === 'busy') return sliceWait(1_000);
  if (run === 'over') return sliceDone();
  const work = await hub.database.inTenant(key.tenantId, async (tx): Promise<PushWork> => ({
    hub,
    key,
    run,
    life,
    streams: await loadStreams(tx, hub),
    slot: await claimSlot(tx, { subjectId: run.subjectId, kind: run.kind, runId: run.id }),
    session: await hub.open(tx, run.connectionId),
  }));
  try {
    return await pushDue(work);
  } catch (error) {
    return await settlePushFailure(work, error);
  } finally {
    work.session.close();
  }
}

async function pushDue(work: PushWork): Promise<Slice> {
  for (;;) {
    const writes = await claimWrites(work, AT_ONCE);
    if (writes.length === 0) return waitOrEnd(work);
    await pushTogether(work, writes);
    if (work.life.shouldStop()) return sliceMore();
  }
}

/** A failure of the connection stops the slice only after the writes beside it are settled. */
async function pushTogether(work: PushWork, writes: Write[]): Promise<void> {
  for (let start = 0; start < writes.length; start += TOGETHER) {
    const settled = await Promise.allSettled(writes.slice(start, start + TOGETHER).map((write) => pushChange(work, write)));
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

async function waitOrEnd(work: PushWork): Promise<Slice> {
  const waitMs = await soonestWrite(work);
  if (waitMs !== undefined && waitMs <= WAIT_AT_MOST_MS) return sliceWait(waitMs);
  return sliceDone(await endRun(work.hub, work.key));
}

async function settlePushFailure(work: PushWork, error: unknown): Promise<Slice> {
  if (error instanceof LostLease) return sliceWait(1_000);
  if (isDatabaseAway(error) || !(error instanceof ConnectorFailure)) throw error;
  const failure = { code: error.code, detail: error.detail };
  if (policyFor(error.code) === 'wait') return sliceWait(error.retryAfterMs ?? 30_000);
  if (policyFor(error.code) === 'pause-connection')
    await pauseConnection(work.hub, work.key, { connectionId: work.run.connectionId, failure });
  await endRun(work.hub, work.key, failure);
  return sliceDone(noTotals(), error.code);
}
