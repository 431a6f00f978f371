import { sqlState } from '#hub/persistence';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

/**
 * The database was away, its answer was lost, or it ended one of several transactions that waited for each other once too often: nothing is known to
 * be wrong with the data, so the same call is repeated.
 */
export function isDatabaseAway(error: unknown): boolean {
  const state = sqlState(error);
  if (UNREACHABLE.has(state) || /^(08|57P|53|40)/.test(state)) return true;
  return (
    error instanceof Error &&
    /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Connection ended/i.test(
      error.message,
    )
  );
}

/** The database refused the data itself: halving the batch finds the record. */
export function isDataRefused(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error));
}
