import { canonicalJson, normaliseValues, OBJECTS, type CanonicalValue, type ObjectName } from '#hub/canonical';

/**
 * Set union of lists, given strongest first: each element once, as its strongest list says it; primary ones first, at most one
 * stays primary; within that the order of the lists. Elements are one when the field's definition says so (`canonicalEquals`).
 */
export function unionElements(at: { object: ObjectName; field: string }, lists: CanonicalValue[][]): CanonicalValue[] {
  const seen = new Map<string, CanonicalValue>();
  for (const element of lists.flat()) {
    const identity = identityOf(at, element);
    if (!seen.has(identity)) seen.set(identity, element);
  }
  const elements = [...seen.values()];
  const [primary, ...others] = elements.filter(isPrimary);
  return [...(primary === undefined ? [] : [primary]), ...others.map(demote), ...elements.filter((element) => !isPrimary(element))];
}

/** What an element names (an address, a number), in its canonical spelling; else its whole value. */
function identityOf({ object, field }: { object: ObjectName; field: string }, element: CanonicalValue): string {
  const type = OBJECTS[object].fields[field]?.type;
  const normal = normaliseValues(object, { [field]: [element] })[field];
  const [member] = Array.isArray(normal) ? normal : [element];
  const name = type?.kind === 'set' ? type.key : undefined;
  return canonicalJson((name !== undefined && isRecord(member) ? member[name] : undefined) ?? member);
}

function isPrimary(element: CanonicalValue): boolean {
  return isRecord(element) && element.primary === true;
}

function demote(element: CanonicalValue): CanonicalValue {
  return { ...(element as Record<string, CanonicalValue>), primary: false };
}

function isRecord(value: CanonicalValue): value is Record<string, CanonicalValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
