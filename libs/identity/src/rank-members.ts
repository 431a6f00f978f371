import { canonicalHash, type CanonicalValue } from '#hub/canonical';
import type { FieldPolicy, Member } from './merge-types.js';

/** One member's say on one field. `at`: ISO instant of the hub's clock at which it was seen to change. */
export interface Claim {
  member: Member;
  value: CanonicalValue;
  at: string;
}
type Order = (a: Claim, b: Claim) => number;

const systemOfRecordFirst: Order = (a, b) => Number(b.member.systemOfRecord) - Number(a.member.systemOfRecord);
const priorityFirst: Order = (a, b) => a.member.priority - b.member.priority;
const newestFirst: Order = (a, b) => (a.at === b.at ? 0 : compare(instantOf(b.at), instantOf(a.at)));
const categoryFirst =
  (category: string): Order =>
  (a, b) =>
    Number(b.member.category === category) - Number(a.member.category === category);
/** The last word belongs to the values, then the ids: the same from whichever side it is seen, never the order of arrival. */
const byContent: Order = (a, b) => compare(canonicalHash(a.value), canonicalHash(b.value));
const byRecord: Order = (a, b) => compare(a.member.recordId, b.member.recordId);

const AUTHORITY: Order[] = [systemOfRecordFirst, priorityFirst];
const LAST_WORD: Order[] = [...AUTHORITY, newestFirst, byContent, byRecord];

/** Total order of claims under a rule's `wins`, the strongest first. */
export function orderOf(wins: FieldPolicy['wins']): Order {
  const steps = [...(typeof wins === 'string' ? [wins] : wins).flatMap(stepsOf), ...LAST_WORD];
  return (a, b) => {
    for (const step of steps) {
      const order = step(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function stepsOf(word: string): Order[] {
  if (word === 'union') return [];
  if (word === 'ats') return AUTHORITY;
  return [word === 'newest' ? newestFirst : categoryFirst(word)];
}

/** A time that cannot be read counts as oldest: it wins nothing. */
function instantOf(at: string): number {
  return Date.parse(at) || 0;
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
