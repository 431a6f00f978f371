import type { CanonicalValue, FailureCode } from '#hub/canonical';
import type { InwardContext } from '../mapping.js';

/** A value that an operator refuses; `rule` ends a sentence that begins with the field. It never holds the value. */
export class Refused {
  constructor(
    readonly code: FailureCode,
    readonly rule: string,
    /** A vendor word that a table does not know. */
    readonly word?: string,
  ) {}
}
/** undefined: the vendor says nothing. */
export type Decoded = CanonicalValue | undefined | Refused;
/** Reads one canonical value out of a record or list item. */
export type Decode = (root: unknown, context: InwardContext) => Decoded;
/** Makes a canonical value of what was read; `root` is the record or list item that it was read from. */
export type DecodeValue = (value: unknown, root: unknown, context: InwardContext) => Decoded;
/** One step between reading and the type; what says nothing (undefined, null) never reaches it. */
export type Step = (value: unknown, context: InwardContext) => unknown;
/** Makes what a vendor gets of a canonical value. */
export type Encode = (value: CanonicalValue, settings: Record<string, unknown>) => unknown;

/** A vendor word that a table lists with null says nothing canonical. */
export const SILENT = '';

/** Longest list that a field may hold. */
export const ITEMS = 2_000;
/** Longest text that a field may hold. */
export const TEXT = 300_000;

export function changedType(was: string): Refused {
  return new Refused('SCHEMA_DRIFT', `changed its type; it was ${was}`);
}
export function invalid(rule: string): Refused {
  return new Refused('INVALID_VALUE', rule);
}
