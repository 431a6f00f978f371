import type { CanonicalValue, ObjectName } from '#hub/canonical';
import type { Base } from './merge-types.js';
import { sameValue } from './same-value.js';

export type Side = 'same' | 'theirs' | 'ours' | 'agreed' | 'both';
export interface ThreeWayInput {
  object: ObjectName;
  field: string;
  base: Base | undefined;
  golden?: CanonicalValue;
  incoming?: CanonicalValue;
}

/** Who changed a field since both sides last agreed; `agreed`: both, to one value; `both`: a conflict. Without a base the other side speaks first. */
export function threeWay({ object, field, base, golden, incoming }: ThreeWayInput): Side {
  if (base === undefined) return 'theirs';
  const weChanged = !sameValue({ object, field }, golden, base.ours);
  const theyChanged = !sameValue({ object, field }, incoming, base.theirs);
  if (!theyChanged) return weChanged ? 'ours' : 'same';
  if (!weChanged) return 'theirs';
  return sameValue({ object, field }, golden, incoming) ? 'agreed' : 'both';
}
