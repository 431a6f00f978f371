import type { FailureCode } from '#hub/canonical';
import { noTotals, type Totals } from './totals.js';

/** How a slice of work is told to stop; the activity supplies it from Temporal, tests from nothing. */
export interface SliceLife {
  /** True when the slice has run long enough or the process is draining: end after the batch in hand. */
  shouldStop: () => boolean;
  /** Which attempt of the same slice this is, from 1. */
  attempt: number;
}

/** What a slice says to its workflow: counts and times, never a record or a cursor. */
export interface Slice {
  state: 'more' | 'wait' | 'done';
  waitMs: number;
  totals: Totals;
  failure?: FailureCode;
}

export function sliceMore(totals: Totals = noTotals()): Slice {
  return { state: 'more', waitMs: 0, totals };
}
export function sliceWait(waitMs: number, totals: Totals = noTotals()): Slice {
  return { state: 'wait', waitMs: Math.max(waitMs, 50), totals };
}
export function sliceDone(totals: Totals = noTotals(), failure?: FailureCode): Slice {
  return failure ? { state: 'done', waitMs: 0, totals, failure } : { state: 'done', waitMs: 0, totals };
}
