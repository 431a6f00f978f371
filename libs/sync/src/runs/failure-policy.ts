import type { FailureCode } from '#hub/canonical';

/** What a run does when a call fails with this code; the only place that decides it (engine.md §5). */
export type RunPolicy = 'retry' | 'wait' | 'pause-connection' | 'stop-stream' | 'resync' | 'park-record';

const POLICY: Record<FailureCode, RunPolicy> = {
  TRANSIENT: 'retry',
  UNKNOWN_OUTCOME: 'retry',
  RATE_LIMITED: 'wait',
  AUTH: 'pause-connection',
  CONFIG: 'stop-stream',
  BUG: 'stop-stream',
  CURSOR_EXPIRED: 'resync',
  PERMISSION: 'park-record',
  INVALID_VALUE: 'park-record',
  MISSING_REQUIRED: 'park-record',
  STAGE_UNMAPPED: 'park-record',
  AMBIGUOUS_MATCH: 'park-record',
  CONFLICT: 'park-record',
  DEPENDENCY_MISSING: 'park-record',
  SCHEMA_DRIFT: 'park-record',
  NOT_FOUND: 'park-record',
  POLICY: 'park-record',
  DRIFT: 'park-record',
  MISSING: 'park-record',
  ORPHAN: 'park-record',
};

export function policyFor(code: FailureCode): RunPolicy {
  return POLICY[code];
}

/** Attempts of one slice without any progress before the run gives up; progress starts the count anew. */
export const TRANSIENT_ATTEMPTS = 8;
