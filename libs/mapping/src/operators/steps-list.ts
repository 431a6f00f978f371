import { canonicalJson, type CanonicalValue } from '#hub/canonical';
import type { Predicate } from '../ast.js';
import { compileRead, type Read, type Segment } from '../path.js';
import { compilePredicate } from '../predicates.js';
import { charge } from '../work.js';
import { NONE, optional, text, whole, type ArgumentRule } from './argument.js';
import { changedType, invalid, ITEMS, type Step } from './refused.js';
import { asItIs, same, step, type StepOperator } from './step.js';

const PATH: ArgumentRule = { kind: 'path' };

/** A list step takes one value for a list of one. */
function onList(change: (items: unknown[]) => unknown): Step {
  return (value) => {
    const items = Array.isArray(value) ? (value as unknown[]) : [value];
    if (items.length > ITEMS) return invalid(`must have at most ${ITEMS} entries`);
    charge(items.length);
    return change(items.filter((item) => item !== undefined && item !== null && item !== ''));
  };
}

export const LIST_STEPS: Record<string, StepOperator> = {
  first: step({
    says: 'the first of a list',
    argument: NONE,
    shape: () => 'one',
    compile: () => onList((items) => items[0]),
    invert: () => 'the others of the list would be lost at the source',
  }),
  last: step({
    says: 'the last of a list',
    argument: NONE,
    shape: () => 'one',
    compile: () => onList((items) => items.at(-1)),
    invert: () => 'the others of the list would be lost at the source',
  }),
  only: step({
    says: 'the one entry of a list; a list with several is refused, since nobody should guess',
    argument: NONE,
    shape: () => 'one',
    compile: () => onList((items) => (items.length > 1 ? invalid('must have one entry only; correct it at the source') : items[0])),
    invert: () => (value) => [value],
  }),
  unique: step<Segment[] | undefined>({
    says: 'each entry once; with a path, each value there once',
    argument: optional(PATH),
    shape: () => 'list',
    compile: (path) => {
      const key = keyAt(path);
      return onList((items) => firstOfEach(items, key));
    },
    invert: asItIs,
  }),
  sort: step<Segment[] | undefined>({
    says: 'in order, smallest first; with a path, by the value there; entries without one come last',
    argument: optional(PATH),
    shape: () => 'list',
    compile: (path) => {
      const read = path ? compileRead(path) : (item: unknown): unknown => item;
      return onList((items) => {
        charge(items.length * 12);
        return items
          .map((item) => ({ item, by: read(item) }))
          .sort((a, b) => order(a.by, b.by))
          .map(({ item }) => item);
      });
    },
    invert: asItIs,
  }),
  where: step<Predicate>({
    says: 'only the entries for which the condition holds; its paths start at the entry',
    argument: { kind: 'condition' },
    shape: () => 'list',
    compile: (condition) => {
      const test = compilePredicate(condition, true);
      return (value, context) => onList((items) => items.filter((root) => test({ root, now: context.now, parents: {} })))(value, context);
    },
    invert: () => 'the entries that were left out would be lost at the source',
  }),
  take: step<Segment[]>({
    says: 'what stands at this path of each entry, or of the value itself',
    argument: PATH,
    shape: same,
    compile: (path) => {
      const read: Read = compileRead(path);
      return (value) =>
        Array.isArray(value)
          ? onList((items) => items.map(read).filter((one) => one !== undefined))(value, undefined as never)
          : read(value);
    },
    invert: () => 'the rest of the entry would be lost at the source',
  }),
  limit: step<number>({
    says: 'the first so many entries of a list',
    argument: whole(1, ITEMS),
    shape: () => 'list',
    compile: (most) => onList((items) => items.slice(0, most)),
    invert: () => 'the others of the list would be lost at the source',
  }),
};

export const VALUE_STEPS: Record<string, StepOperator> = {
  scale: step<number>({
    says: 'times ten to this power: { scale: -2 } makes units of cents',
    argument: whole(-9, 9),
    shape: same,
    compile: (power) => (value) => shift(value, power),
    invert: (power) => (value) => shift(value, -power),
  }),
  lookup: step<{ stream: string; take: Segment[] }>({
    says: 'what stands at this path of the record with this id in another stream of the same connection',
    argument: { kind: 'group', fields: { stream: text(100), take: PATH } },
    shape: same,
    compile: ({ stream, take }) => {
      const read = compileRead(take);
      return (value, context) => lookUp(value, (id) => read(context.lookup?.(stream, id)));
    },
    invert: () => 'the value belongs to the other record',
  }),
};

function lookUp(value: unknown, read: (id: string) => unknown): unknown {
  if (Array.isArray(value)) {
    charge(value.length);
    return value.map((item) => lookUp(item, read)).filter((item) => item !== undefined);
  }
  if (typeof value !== 'string' && typeof value !== 'number') return changedType('an id');
  return read(String(value));
}

/** Exact for decimal fractions: the number is read again from its digits, never multiplied. */
function shift(value: unknown, power: number): unknown {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return changedType('a number');
  const [digits, exponent = '0'] = String(number).split('e');
  return Number(`${digits}e${Number(exponent) + power}`);
}

function firstOfEach(items: unknown[], key: (item: unknown) => string): unknown[] {
  const seen = new Map<string, unknown>();
  for (const item of items) if (!seen.has(key(item))) seen.set(key(item), item);
  return [...seen.values()];
}

function keyAt(path: Segment[] | undefined): (item: unknown) => string {
  const read = path ? compileRead(path) : (item: unknown): unknown => item;
  return (item) => canonicalJson((read(item) ?? null) as CanonicalValue);
}

/** Numbers before texts; texts by code point, so that the order is the same on every machine. */
function order(a: unknown, b: unknown): number {
  const [left, right] = [rank(a), rank(b)];
  if (left !== right) return left - right;
  if (left === 2) return 0;
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}
function rank(value: unknown): number {
  return typeof value === 'number' ? 0 : typeof value === 'string' ? 1 : 2;
}
