import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectorFailure } from './failure.js';
import type { Budget } from './ports.js';

/** A header that says when the vendor wants to be called again. */
export interface WaitHeader {
  name: string;
  /** Seconds from now, a point in time as seconds or ms since 1970, or an HTTP date. */
  unit: 'seconds' | 'epoch' | 'epoch-ms' | 'http-date';
}
/** What the vendor allows per account. */
export interface Throttle {
  perSecond: number;
  /** Calls under way at the same time, over all workers. */
  concurrent?: number;
  /** Where a refusal says how long to stay away; the first that is there counts. Default: Retry-After and the common reset headers, by their size. */
  headers?: WaitHeader[];
  /** A header of every answer that counts down the calls left: at `keep` (default 0) nobody calls until the reset. */
  remaining?: { header: string; keep?: number; reset: WaitHeader };
}

const LONGEST_SLEEP_MS = 1_000;
const LONGEST_QUEUE_MS = 10_000;
const ASK_AGAIN_MS = 50;

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

/** Waits for a place among the calls that the account may have under way; after ten seconds the caller goes away and comes again. */
export async function takePlace(budget: Budget, account: string, limit: { concurrent: number }): Promise<{ leave: () => void }> {
  for (const until = Date.now() + LONGEST_QUEUE_MS; Date.now() < until; await sleep(ASK_AGAIN_MS * (0.5 + Math.random()))) {
    const place = await budget.enter(account, limit);
    if (place) return place;
  }
  throw new ConnectorFailure({
    code: 'RATE_LIMITED',
    retryAfterMs: LONGEST_SLEEP_MS,
    detail: 'this vendor account has as many calls under way as it may',
  });
}
