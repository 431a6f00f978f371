import { canonicalEquals, type CanonicalValue, type ObjectName } from '#hub/canonical';

/** Canonical equality where either side may be absent; absent equals only absent. */
export function sameValue(
  at: { object: ObjectName; field: string },
  a: CanonicalValue | undefined,
  b: CanonicalValue | undefined,
): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && canonicalEquals(at.object, at.field, a, b);
}
