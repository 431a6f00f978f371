import type { CanonicalValue, FailureCode } from '#hub/canonical';

/** A value that an operator refuses; `rule` ends a sentence that begins with the field. It never holds the value. */
export class Refused {
  constructor(
    readonly code: FailureCode,
    readonly rule: string,
  ) {}
}
/** undefined: the vendor says nothing. */
export type Decoded = CanonicalValue | undefined | Refused;
/** Reads one canonical value out of a record; `settings` are the connection's. */
export type Decode = (root: unknown, settings: Record<string, unknown>) => Decoded;

/** A vendor word that a table lists with null says nothing canonical. */
export const SILENT = '';

/** Longest list that a field may hold. */
export const ITEMS = 2_000;
