/** Names of the canonical objects that the hub stores today (domain.md §3.3). */
export const OBJECT_NAMES = [
  'candidate',
  'client',
  'job',
  'application',
  'stage',
  'transition',
  'interview',
  'communication',
  'assessment',
] as const;
export type ObjectName = (typeof OBJECT_NAMES)[number];

/** A canonical value: JSON, compared under `canonicalEquals`. `null` = cleared at the source; an absent key = never said. */
export type CanonicalValue = string | number | boolean | null | CanonicalValue[] | { [key: string]: CanonicalValue };
/** Top-level canonical fields of one record; survivorship, bases, provenance, echoes and holds are all per top-level field. */
export type CanonicalValues = Record<string, CanonicalValue>;
