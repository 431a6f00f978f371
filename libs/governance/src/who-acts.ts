import type { FailureCode } from '#hub/canonical';

export type Actor = 'ops' | 'admin' | 'it';

/** Who must act when a failure of this class does not go away; what the engine settles alone falls to ops once it has aged. */
const ACTORS: Record<FailureCode, Actor> = {
  TRANSIENT: 'ops',
  RATE_LIMITED: 'ops',
  AUTH: 'ops',
  PERMISSION: 'admin',
  CONFIG: 'ops',
  CURSOR_EXPIRED: 'ops',
  INVALID_VALUE: 'ops',
  MISSING_REQUIRED: 'ops',
  STAGE_UNMAPPED: 'ops',
  AMBIGUOUS_MATCH: 'admin',
  CONFLICT: 'admin',
  DEPENDENCY_MISSING: 'ops',
  SCHEMA_DRIFT: 'ops',
  NOT_FOUND: 'ops',
  UNKNOWN_OUTCOME: 'ops',
  POLICY: 'ops',
  DRIFT: 'ops',
  MISSING: 'ops',
  ORPHAN: 'ops',
  BUG: 'it',
};

export function whoActs(code: string | null): Actor {
  return code !== null && code in ACTORS ? ACTORS[code as FailureCode] : 'ops';
}
