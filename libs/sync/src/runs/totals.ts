/** Counts of one batch or run, in the words of API, CLI and console. Everything up to `repeated` adds up to `read`. */
export const READ_OUTCOMES = [
  'created',
  'updated',
  'unchanged',
  'deleted',
  'excluded',
  'suppressed',
  'waiting',
  'review',
  'parked',
  'conflicting',
  'repeated',
] as const;
export type ReadOutcome = (typeof READ_OUTCOMES)[number];
export type Totals = Record<ReadOutcome | 'read' | 'swept' | 'pushed' | 'confirmed' | 'held', number>;

export function noTotals(): Totals {
  return {
    read: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    deleted: 0,
    excluded: 0,
    suppressed: 0,
    waiting: 0,
    review: 0,
    parked: 0,
    conflicting: 0,
    repeated: 0,
    swept: 0,
    pushed: 0,
    confirmed: 0,
    held: 0,
  };
}

export function addTotals(a: Totals, b: Totals): Totals {
  const sum = noTotals();
  for (const word of Object.keys(sum) as (keyof Totals)[]) sum[word] = a[word] + b[word];
  return sum;
}

/** The balance law: each record read counts exactly once. @throws Error, which fails the batch before its commit. */
export function assertBalance(totals: Totals): void {
  const counted = READ_OUTCOMES.reduce((sum, outcome) => sum + totals[outcome], 0);
  if (counted !== totals.read) throw new Error(`balance law broken: read ${totals.read}, counted ${counted}`);
}
