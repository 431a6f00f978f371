import type { CanonicalValues, ObjectName } from '#hub/canonical';
import type { Base } from './merge-types.js';
import { sameValue } from './same-value.js';

export interface OutwardInput {
  object: ObjectName;
  golden: CanonicalValues;
  bases: Record<string, Base>;
  outwardFields: readonly string[];
}

/** Fields that the other system does not yet hold as we do; a field on which golden says nothing is never written. */
export function outwardDifference({ object, golden, bases, outwardFields }: OutwardInput): string[] {
  return outwardFields.filter((field) => golden[field] !== undefined && !sameValue({ object, field }, golden[field], bases[field]?.ours));
}
