import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectorFailure } from './failure.js';
import type { Budget } from './ports.js';

const LONGEST_SLEEP_MS = 1_000;

/** Takes one call from the account's budget. Short waits are slept; a longer one surfaces, so that no slot is held while waiting. */
export async function takeCall(budget: Budget, account: string, limit: { perSecond: number }): Promise<void> {
  let sleptMs = 0;
  for (;;) {
    const waitMs = await budget.take(account, limit);
    if (waitMs <= 0) return;
    if (sleptMs + waitMs > LONGEST_SLEEP_MS) {
      throw new ConnectorFailure({
        code: 'RATE_LIMITED',
        retryAfterMs: waitMs,
        detail: 'the call budget of this vendor account is used up',
      });
    }
    await sleep(waitMs);
    sleptMs += waitMs;
  }
}
