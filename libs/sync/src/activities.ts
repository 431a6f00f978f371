import { Context } from '@temporalio/activity';
import { advance } from './inward/advance.js';
import { advancePush } from './outward/advance-push.js';
import { advanceReconcile } from './reconcile/advance-reconcile.js';
import { advanceRetries } from './errors/advance-retries.js';
import { dispatchAnswer } from './runs/dispatch-run.js';
import type { Hub } from './hub.js';
import { plainFailure } from './runs/plain-failure.js';
import { proveItems } from './errors/prove-items.js';
import { requestRun } from './runs/request-run.js';
import type { RunKey } from './runs/run-lifecycle.js';
import type { Slice, SliceLife } from './runs/slice.js';
import type { ScheduledRunInput } from './workflows/scheduled-run.workflow.js';

const SLICE_MS = 30_000;
const HEARTBEAT_MS = 2_000;

/** The activities that workflows may call: ids in, counts and times out. */
export interface HubActivities {
  advance: (key: RunKey) => Promise<Slice>;
  advancePush: (key: RunKey) => Promise<Slice>;
  compareWithSource: (key: RunKey) => Promise<Slice>;
  advanceRetries: (key: RunKey) => Promise<Slice>;
  proveItems: (key: RunKey) => Promise<Slice>;
  requestScheduledRun: (input: ScheduledRunInput) => Promise<void>;
}

/** @param draining true once the process was told to end: slices then stop after the batch in hand. */
export function createActivities(hub: Hub, draining: () => boolean = () => false): HubActivities {
  const slice = (work: (hub: Hub, key: RunKey, life: SliceLife) => Promise<Slice>) => (key: RunKey) =>
    inSlice(draining, (life) => work(hub, key, life));
  return {
    advance: slice(advance),
    advancePush: slice(advancePush),
    compareWithSource: slice(advanceReconcile),
    advanceRetries: slice(advanceRetries),
    proveItems: slice(proveItems),
    requestScheduledRun: (input) => requestScheduledRun(hub, input).catch((error: unknown) => Promise.reject(plainFailure(error))),
  };
}

async function requestScheduledRun(hub: Hub, { tenantId, connectionId, streamId, kind }: ScheduledRunInput): Promise<void> {
  const answer = await hub.database.inTenant(tenantId, (tx) => requestRun(tx, { kind, connectionId, streamId, cause: 'schedule' }));
  await dispatchAnswer(hub, tenantId, { answer, kind });
}

async function inSlice(draining: () => boolean, work: (life: SliceLife) => Promise<Slice>): Promise<Slice> {
  const context = Context.current();
  const started = Date.now();
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work({
      attempt: context.info.attempt,
      shouldStop: () => draining() || Date.now() - started >= SLICE_MS || context.cancellationSignal.aborted,
    });
  } catch (error) {
    throw plainFailure(error);
  } finally {
    clearInterval(heartbeat);
  }
}
