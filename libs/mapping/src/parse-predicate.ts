import { OBJECTS, type ObjectName } from '#hub/canonical';
import type { FieldCondition, Predicate } from './ast.js';
import { PARENT_ROLES, type ParentRole } from './mapping.js';
import { parsePattern, type Pattern } from './pattern.js';
import { shown, type Path, type Reader, type Yaml } from './reader.js';

const TESTS = ['equals', 'in', 'contains', 'startsWith', 'endsWith', 'matches', 'greaterThan', 'lessThan', 'exists', 'isFuture'] as const;
const PREDICATE_WORDS = ['all', 'any', 'not', 'field', ...TESTS, 'parent', 'known'];
const DEPTH = 4;
const BRANCHES = 100;

interface Place {
  path: Path;
  /** Conditions over a vendor's record name paths in it, over a canonical one its fields. */
  side: 'vendor' | ObjectName;
  depth?: number;
  /** Parents that the mapping names. */
  parents?: readonly ParentRole[];
}

/** Reads a condition of the closed set; undefined where there is none. */
export function parsePredicate(reader: Reader, value: unknown, place: Place): Predicate | undefined {
  if (value === undefined) return undefined;
  const { path } = place;
  const spec = reader.group(value, path, '{ field: state, equals: open }');
  reader.known(spec, path, PREDICATE_WORDS);
  const kinds = ['all', 'any', 'not', 'parent', 'field'].filter((word) => spec[word] !== undefined);
  if (kinds.length !== 1) {
    reader.fault(path, 'a condition holds one of all, any, not, field or parent');
    return undefined;
  }
  if (spec.all !== undefined || spec.any !== undefined) return several(reader, spec, place);
  if (spec.not !== undefined) return negated(reader, spec, place);
  if (spec.parent !== undefined) return parentKnown(reader, spec, place);
  return condition(reader, spec, place);
}

function parentKnown(reader: Reader, spec: Yaml, { path, parents }: Place): Predicate {
  const parent = reader.oneOf<ParentRole>(spec.parent, [...path, 'parent'], { words: PARENT_ROLES, fallback: 'application' });
  if (!parents) reader.fault([...path, 'parent'], 'parent: goes with createWhen');
  else if (!parents.includes(parent)) reader.fault([...path, 'parent'], `${parent} does not stand under parents:`);
  return { parent, known: reader.flag(spec.known, [...path, 'known'], true) };
}

function tooDeep(reader: Reader, { path, depth = 0 }: Place): boolean {
  if (depth <= DEPTH) return false;
  reader.fault(path, `conditions go at most ${DEPTH} deep`);
  return true;
}

function several(reader: Reader, spec: Yaml, place: Place): Predicate | undefined {
  const word = spec.all === undefined ? 'any' : 'all';
  if (tooDeep(reader, place)) return undefined;
  const inner = reader
    .list(spec[word], [...place.path, word], BRANCHES)
    .flatMap((one, at) => parsePredicate(reader, one, { ...place, path: [...place.path, word, at], depth: (place.depth ?? 0) + 1 }) ?? []);
  return word === 'all' ? { all: inner } : { any: inner };
}

function negated(reader: Reader, spec: Yaml, place: Place): Predicate | undefined {
  if (tooDeep(reader, place)) return undefined;
  const inner = parsePredicate(reader, spec.not, { ...place, path: [...place.path, 'not'], depth: (place.depth ?? 0) + 1 });
  return inner && { not: inner };
}

function condition(reader: Reader, spec: Yaml, { path, side }: Place): FieldCondition | undefined {
  const name = reader.string(spec.field, [...path, 'field']);
  if (side !== 'vendor' && name && !Object.hasOwn(OBJECTS[side].fields, name.split(/[.[]/)[0]))
    reader.fault([...path, 'field'], `${side} has no field "${shown(name)}"`, reader.meant(name, Object.keys(OBJECTS[side].fields)));
  const field = reader.path(name || undefined, [...path, 'field']);
  if (TESTS.every((word) => spec[word] === undefined))
    reader.fault(path, `a condition needs ${TESTS.slice(0, -1).join(', ')} or ${TESTS.at(-1)}`);
  const scalar = (word: 'equals' | 'contains'): never => {
    const value = spec[word];
    if (value !== undefined && !(['string', 'number', 'boolean'].includes(typeof value) || (value === null && word === 'equals')))
      reader.fault([...path, word], `${word} takes one word, number, true or false`);
    return value as never;
  };
  const words = (word: 'startsWith' | 'endsWith'): string | undefined =>
    spec[word] === undefined ? undefined : reader.string(spec[word], [...path, word]);
  for (const word of ['exists', 'isFuture']) reader.flag(spec[word], [...path, word], false);
  return (
    field && {
      field,
      equals: scalar('equals'),
      in: spec.in === undefined ? undefined : (reader.list(spec.in, [...path, 'in'], 1_000) as never),
      contains: scalar('contains'),
      startsWith: words('startsWith'),
      endsWith: words('endsWith'),
      matches: parsePatternAt(reader, spec.matches, [...path, 'matches']),
      greaterThan: bound(reader, spec.greaterThan, [...path, 'greaterThan']),
      lessThan: bound(reader, spec.lessThan, [...path, 'lessThan']),
      exists: spec.exists as boolean | undefined,
      isFuture: spec.isFuture as boolean | undefined,
    }
  );
}

export function parsePatternAt(reader: Reader, value: unknown, path: Path): Pattern | undefined {
  if (value === undefined) return undefined;
  const parsed = typeof value === 'string' && value !== '' ? parsePattern(value) : 'a pattern must be text';
  if (typeof parsed !== 'string') return parsed;
  reader.fault(path, parsed);
  return undefined;
}

function bound(reader: Reader, value: unknown, path: Path): string | number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return value;
  reader.fault(path, `"${shown(value)}" must be a number or a date such as 2026-03-01`);
  return undefined;
}
