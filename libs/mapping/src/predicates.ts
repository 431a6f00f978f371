import type { FieldCondition, Predicate } from './ast.js';
import type { ParentRole } from './mapping.js';
import { compileRead } from './path.js';
import { charge } from './work.js';

interface PredicateScope {
  root: unknown;
  now: Date;
  parents: Partial<Record<ParentRole, { externalId?: string }>>;
}
export type Test = (scope: PredicateScope) => boolean;
type ValueTest = (value: unknown, now: Date) => boolean;

/** Compiles a closed condition; an absent one holds or not as `absent` says. */
export function compilePredicate(predicate: Predicate | undefined, absent: boolean): Test {
  if (predicate === undefined) return () => absent;
  if ('all' in predicate) {
    const tests = predicate.all.map((one) => compilePredicate(one, true));
    return (scope) => tests.every((test) => test(scope));
  }
  if ('any' in predicate) {
    const tests = predicate.any.map((one) => compilePredicate(one, false));
    return (scope) => tests.some((test) => test(scope));
  }
  if ('not' in predicate) {
    const test = compilePredicate(predicate.not, false);
    return (scope) => !test(scope);
  }
  if ('parent' in predicate) return ({ parents }) => (parents[predicate.parent]?.externalId !== undefined) === predicate.known;
  return compileCondition(predicate);
}

function compileCondition(condition: FieldCondition): Test {
  const read = compileRead(condition.field);
  const tests = testsOf(condition);
  if (tests.length === 1) {
    const [test] = tests;
    return ({ root, now }) => test(read(root), now);
  }
  return ({ root, now }) => {
    const value = read(root);
    return tests.every((test) => test(value, now));
  };
}

function testsOf(condition: FieldCondition): ValueTest[] {
  const { equals, in: among, contains, startsWith, endsWith, matches, greaterThan, lessThan, exists, isFuture } = condition;
  const tests: ValueTest[] = [];
  if (equals !== undefined) tests.push((value) => value === equals);
  if (among !== undefined) tests.push((value) => (among as unknown[]).includes(value));
  if (contains !== undefined) tests.push((value) => holds(value, contains));
  if (startsWith !== undefined) tests.push((value) => typeof value === 'string' && value.startsWith(startsWith));
  if (endsWith !== undefined) tests.push((value) => typeof value === 'string' && value.endsWith(endsWith));
  if (matches !== undefined) tests.push((value) => typeof value === 'string' && find(matches.compiled, value));
  if (greaterThan !== undefined) tests.push((value) => compare(value, greaterThan) > 0);
  if (lessThan !== undefined) tests.push((value) => compare(value, lessThan) < 0);
  if (exists !== undefined) tests.push((value) => (value !== undefined && value !== null && value !== '') === exists);
  if (isFuture !== undefined) tests.push((value, now) => (typeof value === 'string' && Date.parse(value) > now.getTime()) === isFuture);
  return tests;
}

function holds(value: unknown, wanted: unknown): boolean {
  if (typeof value === 'string') return value.includes(String(wanted));
  return Array.isArray(value) && value.includes(wanted);
}

function find(pattern: NonNullable<FieldCondition['matches']>['compiled'], value: string): boolean {
  charge(value.length * pattern.programSize());
  return pattern.matcher(value).find();
}

/** Numbers with numbers, instants and dates with instants and dates, NaN (never greater nor less) for anything else. */
function compare(value: unknown, bound: string | number): number {
  if (typeof bound === 'number') return typeof value === 'number' ? value - bound : NaN;
  return typeof value === 'string' ? Date.parse(value) - Date.parse(bound) : NaN;
}
