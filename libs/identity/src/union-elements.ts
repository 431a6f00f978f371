import { canonicalHash, type CanonicalValue } from '#hub/canonical';

/** What makes two elements of a list the same thing, most telling first; an element with none of these is its whole value. */
const IDENTITIES = ['normalised', 'e164', 'url', 'value', 'raw'];
type Element = CanonicalValue;

/**
 * Set union of lists, given strongest first: each element once, as its strongest list says it; primary ones first, at most one
 * stays primary; within that the order of the lists.
 */
export function unionElements(lists: CanonicalValue[][]): CanonicalValue[] {
  const seen = new Map<string, Element>();
  for (const element of lists.flat()) {
    const identity = identityOf(element);
    if (!seen.has(identity)) seen.set(identity, element);
  }
  const elements = [...seen.values()];
  const [primary, ...others] = elements.filter(isPrimary);
  return [...(primary === undefined ? [] : [primary]), ...others.map(demote), ...elements.filter((element) => !isPrimary(element))];
}

function identityOf(element: Element): string {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return canonicalHash(element);
  const name = IDENTITIES.find((each) => typeof element[each] === 'string' && element[each] !== '');
  return name === undefined ? canonicalHash(element) : `${name}:${String(element[name]).trim().toLowerCase()}`;
}

function isPrimary(element: Element): boolean {
  return typeof element === 'object' && element !== null && !Array.isArray(element) && element.primary === true;
}

function demote(element: Element): Element {
  return { ...(element as Record<string, CanonicalValue>), primary: false };
}
