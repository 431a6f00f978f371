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
  /** Calls under way at the same time, of all workers together. */
  concurrent?: number;
  /** Where a refusal says how long to stay away; the first that is there counts. Default: Retry-After and the common reset headers, by their size. */
  headers?: WaitHeader[];
  /** A header of every answer that counts down the calls left: at `keep` (default 0) nobody calls until the reset. */
  remaining?: { header: string; keep?: number; reset: WaitHeader };
}

const LONGEST_SLEEP_MS = 1_000;
const ASK_AGAIN_MS = 50;

/**
 * Takes one call from the account's budget, and a place where calls at the same time are capped. Short waits are slept; a longer one surfaces, so
 * that no slot is held while waiting.
 * @returns gives the place back
 */
export async function takeCall(
  budget: Budget,
  account: string,
  limit: { perSecond: number; concurrent?: number; callMs: number },
): Promise<() => Promise<void>> {
  const { concurrent, callMs } = limit;
  let sleptMs = 0;
  const wait = async (forMs: number, detail: string): Promise<void> => {
    if (sleptMs + forMs > LONGEST_SLEEP_MS) throw new ConnectorFailure({ code: 'RATE_LIMITED', retryAfterMs: forMs, detail });
    await sleep(forMs);
    sleptMs += forMs;
  };
  for (let waitMs: number; (waitMs = await budget.take(account, limit)) > 0;)
    await wait(waitMs, 'the call budget of this vendor account is used up');
  if (concurrent === undefined) return async () => undefined;
  for (;;) {
    const place = await budget.enter(account, { concurrent, forMs: callMs });
    if (place !== undefined) return () => budget.leave(account, place);
    await wait(ASK_AGAIN_MS, `this vendor account allows ${concurrent} calls at the same time, and all are under way`);
  }
}
