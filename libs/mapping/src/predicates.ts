import type { Predicate } from './ast.js';
import type { ParentRole } from './mapping.js';
import { compileRead, parsePath, type Read } from './path.js';

interface PredicateScope {
  root: unknown;
  now: Date;
  parents: Partial<Record<ParentRole, { externalId?: string }>>;
}
export type Test = (scope: PredicateScope) => boolean;

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
  if ('parent' in predicate) return ({ parents }) => (parents[predicate.parent]?.externalId !== undefined) === predicate.known;
  const segments = parsePath(predicate.field);
  return compileCondition(predicate, typeof segments === 'string' ? () => undefined : compileRead(segments));
}

function compileCondition(predicate: Exclude<Predicate, { all: unknown } | { any: unknown } | { parent: unknown }>, read: Read): Test {
  const tests: ((value: unknown, now: Date) => boolean)[] = [];
  if (predicate.equals !== undefined) tests.push((value) => value === predicate.equals);
  if (predicate.in !== undefined) tests.push((value) => (predicate.in as unknown[]).includes(value));
  if (predicate.contains !== undefined)
    tests.push((value) =>
      Array.isArray(value) || typeof value === 'string' ? (value as unknown[]).includes(predicate.contains as never) : false,
    );
  if (predicate.exists !== undefined) tests.push((value) => (value !== undefined && value !== null && value !== '') === predicate.exists);
  if (predicate.isFuture !== undefined)
    tests.push((value, now) => (typeof value === 'string' && Date.parse(value) > now.getTime()) === predicate.isFuture);
  return ({ root, now }) => {
    const value = read(root);
    return tests.every((test) => test(value, now));
  };
}
