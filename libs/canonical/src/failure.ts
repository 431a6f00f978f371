/** Every way a record, a call or a run can fail; engine.md §5 holds the meaning of each. */
export const FAILURE_CODES = [
  'TRANSIENT',
  'RATE_LIMITED',
  'AUTH',
  'PERMISSION',
  'CONFIG',
  'CURSOR_EXPIRED',
  'INVALID_VALUE',
  'MISSING_REQUIRED',
  'STAGE_UNMAPPED',
  'AMBIGUOUS_MATCH',
  'CONFLICT',
  'DEPENDENCY_MISSING',
  'SCHEMA_DRIFT',
  'NOT_FOUND',
  'UNKNOWN_OUTCOME',
  'POLICY',
  'DRIFT',
  'MISSING',
  'ORPHAN',
  'BUG',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];
