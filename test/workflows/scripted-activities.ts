import { heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { noTotals, type HubActivities, type Slice } from '#hub/sync';

export type Step = 'more' | 'wait' | 'long-wait' | 'done' | 'throw' | 'give-up';
export const LONG_WAIT_MS = 6 * 3_600_000;
const READ_ONE = { ...noTotals(), read: 1, created: 1 };

/** Activities that play a script per run; what was called stays in `calls`. */
export function scriptedActivities(scripts: Record<string, Step[]>): HubActivities & { calls: string[] } {
  const calls: string[] = [];
  const play =
    (name: string) =>
    ({ runId }: { runId: string }): Promise<Slice> => {
      calls.push(name);
      heartbeat();
      return Promise.resolve(slice(scripts[runId]?.shift() ?? 'done'));
    };
  return {
    calls,
    advance: play('advance'),
    advancePush: play('advancePush'),
    compareWithSource: play('compareWithSource'),
    advanceRetries: play('advanceRetries'),
    proveItems: play('proveItems'),
    requestScheduledRun: async ({ streamId }) => void (await play('requestScheduledRun')({ runId: streamId })),
  };
}

function slice(step: Step): Slice {
  if (step === 'throw') throw new Error('the connection was reset');
  if (step === 'give-up') throw ApplicationFailure.nonRetryable('the run is over');
  const waitMs = { wait: 200, 'long-wait': LONG_WAIT_MS, more: 0, done: 0 }[step];
  return { state: step === 'long-wait' ? 'wait' : step, waitMs, totals: READ_ONE };
}
