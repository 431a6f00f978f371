import { brokenRule, type CanonicalValue, type FieldType } from '#hub/canonical';
import type { Argument, Scalar, Source, StepSpec, TemplatePiece, ValueSpec } from './ast.js';
import { parseArgument } from './parse-argument.js';
import { parsePredicate } from './parse-predicate.js';
import type { Shape } from './operators/step.js';
import { SILENT } from './operators/refused.js';
import { STEPS } from './operators/steps.js';
import { gathersPaths } from './operators/type.js';
import { TYPES } from './operators/types.js';
import { parsePath, type Segment } from './path.js';
import { shown, type Path, type Reader, type Yaml } from './reader.js';
import { sayPath } from './say.js';

const OPTIONS = [...new Set(Object.values(TYPES).flatMap((type) => Object.keys(type.options)))];
const SOURCES = ['from', 'template', 'value', 'when'];
export const VALUE_WORDS = [...SOURCES, 'slots', 'otherwise', 'do', 'as', 'table', 'else', 'parts', 'default', ...OPTIONS];
const DEPTH = 4;
const STEPS_AT_MOST = 20;
const CASES_AT_MOST = 50;
const PATHS_AT_MOST = 20;
const PARTS_AT_MOST = 100;
const TABLE_AT_MOST = 2_000;

export interface ValuePlace {
  path: Path;
  type: FieldType;
  depth: number;
  /** A branch of `when:` may not branch again. */
  branch?: true;
}

/** Reads how one value comes about: one source, its steps, its type with its options. */
export function parseValue(reader: Reader, spec: Yaml, at: ValuePlace): ValueSpec {
  const as = reader.oneOf<string>(spec.as ?? 'text', [...at.path, 'as'], { words: Object.keys(TYPES), fallback: 'text' });
  const source = parseSource(reader, spec, { ...at, as });
  const constant = source.kind === 'constant';
  if (!constant && (spec.as === undefined || spec.as === as)) refuseUnfit(reader, as, at);
  const value: ValueSpec = {
    as,
    source,
    steps: parseSteps(reader, spec.do, [...at.path, 'do']),
    options: parseOptions(reader, spec, { ...at, as }),
    table: parseTable(reader, spec, { ...at, as }),
    parts: parseParts(reader, spec, { ...at, as }),
    fallback: parseConstant(reader, spec.default, { ...at, word: 'default' }),
    fromText: textOfSource(source),
  };
  checkShape(reader, value, at.path);
  const fault = TYPES[as].check?.(value);
  if (fault) reader.fault([...at.path, 'as'], fault);
  return value;
}

function refuseUnfit(reader: Reader, as: string, { path, type }: ValuePlace): void {
  if (TYPES[as].fits.includes(type.kind)) return;
  const fitting = Object.keys(TYPES).filter((name) => TYPES[name].fits.includes(type.kind));
  const meant = fitting.find((name) => name === path.at(-1) || name === `${as}s`);
  const holds = type.kind === 'set' || type.kind === 'list' ? 'a list' : type.kind;
  reader.fault(
    [...path, 'as'],
    `"${as}" does not make what this field holds (${holds})`,
    meant ? `did you mean as: ${meant}?` : `as: ${fitting.join(', ')} ${fitting.length > 1 ? 'do' : 'does'}`,
  );
}

function parseSource(reader: Reader, spec: Yaml, at: ValuePlace & { as: string }): Source {
  const given = SOURCES.filter((word) => spec[word] !== undefined);
  const wholeRecord = TYPES[at.as].parts !== undefined && TYPES[at.as].parts !== undefined && at.as !== 'list' && at.as !== 'attachments';
  if (given.length > 1) reader.fault(at.path, `say either ${given.map((word) => `${word}:`).join(' or ')}`);
  if (given.length === 0 && !wholeRecord)
    reader.fault(at.path, 'say where the value comes from: from: path, template: text, when: cases, or value: constant');
  if (spec.slots !== undefined && spec.template === undefined) reader.fault([...at.path, 'slots'], 'slots: go with template:');
  if (spec.otherwise !== undefined && spec.when === undefined) reader.fault([...at.path, 'otherwise'], 'otherwise: goes with when:');
  if (spec.value !== undefined) return { kind: 'constant', value: parseConstant(reader, spec.value, { ...at, word: 'value' }) ?? '' };
  if (spec.template !== undefined)
    return {
      kind: 'template',
      pieces: parseTemplate(reader, spec.template, { path: [...at.path, 'template'], slots: spec.slots, slotsPath: [...at.path, 'slots'] }),
    };
  if (spec.when !== undefined) return parseCases(reader, spec, at);
  return { kind: 'paths', paths: parsePaths(reader, spec.from, [...at.path, 'from']) };
}

function parsePaths(reader: Reader, from: unknown, path: Path): Segment[][] {
  if (from === undefined) return [];
  if (!Array.isArray(from)) return [reader.path(from, path)].flatMap((one) => (one ? [one] : []));
  if (from.length === 0) reader.fault(path, 'from: names at least one path');
  return reader.list(from, path, PATHS_AT_MOST).flatMap((one, at) => {
    const segments = reader.path(one, [...path, at]);
    return segments ? [segments] : [];
  });
}

/** Cuts a template at its `{slots}`; a slot is a path, or a name that `slots:` gives a path. */
export function parseTemplate(
  reader: Reader,
  value: unknown,
  at: { path: Path; slots?: unknown; slotsPath?: Path; side?: readonly string[] },
): TemplatePiece[] {
  const text = reader.string(value, at.path).slice(0, 2_000);
  const slots = at.slots === undefined ? {} : reader.group(at.slots, at.slotsPath ?? at.path);
  const pieces = text.split(/\{([^{}]*)\}/).map((piece, index): TemplatePiece | undefined => {
    if (index % 2 === 0) return piece;
    const named = Object.hasOwn(slots, piece) ? slots[piece] : piece;
    const segments = typeof named === 'string' ? parsePath(named) : 'a slot must be a path';
    if (at.side && !at.side.includes(piece))
      reader.fault(at.path, `{${shown(piece)}} is no field of this object`, reader.meant(piece, at.side));
    if (typeof segments !== 'string') return { slot: piece, path: segments };
    reader.fault(at.path, `{${shown(piece)}}: ${segments}`);
    return undefined;
  });
  if (pieces.every((piece) => typeof piece === 'string'))
    reader.fault(at.path, 'a template needs a {slot}; a text that is always the same is value:');
  for (const slot of Object.keys(slots))
    if (!text.includes(`{${slot}}`)) reader.fault([...(at.slotsPath ?? at.path), slot], `the template has no {${shown(slot)}}`);
  return pieces.filter((piece) => piece !== undefined && piece !== '') as TemplatePiece[];
}

function parseCases(reader: Reader, spec: Yaml, at: ValuePlace): Source {
  if (at.branch) reader.fault([...at.path, 'when'], 'a case may not hold cases again; write more cases instead');
  const { when, otherwise, do: steps, default: _default, ...rest } = spec;
  const shared = { ...rest, ...(steps === undefined ? {} : { do: steps }) };
  const cases = at.branch ? [] : reader.list(when, [...at.path, 'when'], CASES_AT_MOST);
  const branch = (value: unknown, path: Path): ValueSpec | undefined => {
    const own = reader.group(value, path);
    reader.known(own, path, ['if', ...VALUE_WORDS]);
    const { if: _if, ...words } = own;
    return parseValue(reader, { ...(words.value === undefined ? shared : { as: spec.as }), ...words }, { ...at, path, branch: true });
  };
  return {
    kind: 'cases',
    cases: cases.flatMap((one, index) => {
      const path = [...at.path, 'when', index];
      const condition = parsePredicate(reader, reader.group(one, path).if, { path: [...path, 'if'], side: 'vendor' });
      if (condition === undefined) reader.fault(path, 'a case needs if: and a condition');
      const then = branch(one, path);
      return condition && then ? [{ if: condition, then }] : [];
    }),
    otherwise: otherwise === undefined || at.branch ? undefined : branch(otherwise, [...at.path, 'otherwise']),
  };
}

export function parseSteps(reader: Reader, value: unknown, path: Path): StepSpec[] {
  if (value === undefined) return [];
  return reader.list(value, path, STEPS_AT_MOST).flatMap((one, index) => {
    const place = [...path, index];
    const entries = typeof one === 'string' ? [[one, undefined] as const] : Object.entries(reader.group(one, place));
    if (entries.length !== 1) {
      reader.fault(place, 'a step is one word, or one word with its argument: { truncate: 80 }');
      return [];
    }
    const [name, given] = entries[0];
    if (!Object.hasOwn(STEPS, name)) {
      reader.fault(place, `"${shown(name)}" is no step`, meantStep(reader, name));
      return [];
    }
    const before = reader.faults.length;
    const argument = parseArgument(reader, STEPS[name].argument, {
      value: given ?? undefined,
      path: typeof one === 'string' ? place : [...place, name],
      name,
    });
    return reader.faults.length > before ? [] : [{ name, argument }];
  });
}

function meantStep(reader: Reader, name: string): string {
  return Object.hasOwn(TYPES, name)
    ? `it is a type: write as: ${name}`
    : (reader.meant(name, Object.keys(STEPS)) ?? `steps are ${Object.keys(STEPS).join(', ')}`);
}

function parseOptions(reader: Reader, spec: Yaml, { path, as, branch }: ValuePlace & { as: string }): Record<string, Argument> {
  const { options } = TYPES[as];
  for (const word of OPTIONS) {
    if (spec[word] === undefined || Object.hasOwn(options, word) || branch) continue;
    const types = Object.keys(TYPES).filter((name) => Object.hasOwn(TYPES[name].options, word));
    reader.fault([...path, word], `${word}: does not go with as: ${as}; it goes with as: ${types.join(', ')}`);
  }
  const parsed = Object.entries(options).map(
    ([word, rule]) => [word, parseArgument(reader, rule, { value: spec[word], path: [...path, word], name: word })] as const,
  );
  return Object.fromEntries(parsed.filter(([, argument]) => argument !== undefined));
}

/** @returns the constant, or undefined when there is none or a fault. */
function parseConstant(reader: Reader, value: unknown, at: ValuePlace & { word: string }): Scalar | undefined {
  if (value === undefined) return undefined;
  const rule = ['string', 'number', 'boolean'].includes(typeof value)
    ? brokenRule(at.type, value as CanonicalValue)
    : 'must be one word, number, true or false';
  if (rule) reader.fault([...at.path, at.word], `this constant ${rule}`);
  return value as Scalar;
}

function parseTable(reader: Reader, spec: Yaml, at: ValuePlace & { as: string }): Record<string, string> | undefined {
  if (at.as !== 'enum') {
    if (spec.table !== undefined && !at.branch)
      reader.fault([...at.path, 'table'], 'a table goes with as: enum; words of a text are changed by do: [{ translate: … }]');
    return undefined;
  }
  if (spec.when !== undefined && spec.table === undefined) return undefined;
  const words = at.type.kind === 'enum' ? at.type.values : [];
  const table = reader.group(spec.table, [...at.path, 'table'], `{ Open: ${words[0] ?? 'OPEN'} }`);
  const entries = Object.entries(table);
  if (entries.length === 0 || entries.length > TABLE_AT_MOST)
    reader.fault([...at.path, 'table'], `a table has 1 to ${TABLE_AT_MOST} words`);
  const parsed: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [theirs, ours] of entries) {
    if (ours !== null && (typeof ours !== 'string' || !words.includes(ours)))
      reader.fault(
        [...at.path, 'table', theirs],
        `"${shown(ours)}" must be one of ${words.join(', ')}, or null for a word that says nothing`,
        reader.meant(String(ours), words),
      );
    parsed[theirs] = ours === null ? SILENT : String(ours);
  }
  return parsed;
}

function parseParts(reader: Reader, spec: Yaml, at: ValuePlace & { as: string }): Record<string, ValueSpec> | undefined {
  const rule = TYPES[at.as].parts;
  if (rule === undefined) {
    if (spec.parts !== undefined && !at.branch) reader.fault([...at.path, 'parts'], `parts: do not go with as: ${at.as}`);
    return undefined;
  }
  if (spec.parts === undefined && (at.as === 'list' || spec.when !== undefined)) return undefined;
  if (at.depth >= DEPTH) {
    reader.fault(at.path, `parts go at most ${DEPTH} deep`);
    return undefined;
  }
  const types = partTypes(at.type, rule);
  const given = Object.entries(reader.group(spec.parts, [...at.path, 'parts'], '{ name: path }'));
  if (given.length === 0 || given.length > PARTS_AT_MOST) reader.fault([...at.path, 'parts'], `there are 1 to ${PARTS_AT_MOST} parts`);
  return Object.fromEntries(
    given.slice(0, PARTS_AT_MOST).flatMap(([name, part]) => {
      const path = [...at.path, 'parts', name];
      const type = rule === 'any' ? ({ kind: 'scalar' } as const) : Object.hasOwn(types, name) ? types[name] : undefined;
      if (!type || name === '__proto__') {
        reader.fault(
          path,
          `there is no part "${shown(name)}" here`,
          reader.meant(name, Object.keys(types)) ?? `parts are ${Object.keys(types).join(', ')}`,
        );
        return [];
      }
      const own = typeof part === 'string' ? { from: part } : reader.group(part, path);
      reader.known(own, path, VALUE_WORDS);
      return [[name, parseValue(reader, own, { path, type: fitScalar(type, own.as), depth: at.depth + 1 })] as const];
    }),
  );
}

/** A custom field holds whatever simple value its type makes; text too. */
function fitScalar(type: FieldType, as: unknown): FieldType {
  return type.kind === 'scalar' && (as === undefined || as === 'text') ? { kind: 'text' } : type;
}

function partTypes(type: FieldType, rule: 'canonical' | 'any' | readonly string[]): Record<string, FieldType> {
  if (Array.isArray(rule)) return Object.fromEntries((rule as readonly string[]).map((name) => [name, { kind: 'text' } as const]));
  const item = type.kind === 'set' || type.kind === 'list' ? type.of : type;
  return item.kind === 'object' ? item.fields : {};
}

/** A list that arrives where one value belongs, and the other way round, is a mistake of the file, not of a record. */
function checkShape(reader: Reader, value: ValueSpec, path: Path): void {
  if (value.source.kind === 'constant' || value.source.kind === 'cases') return;
  const first: Shape =
    value.source.kind === 'template'
      ? 'one'
      : value.source.paths.some((one) => one.some((segment) => segment.kind === 'all'))
        ? 'list'
        : 'unknown';
  const type = TYPES[value.as];
  const shape = value.steps.reduce<Shape>(
    (input, { name }) => STEPS[name].shape(input),
    gathersPaths(type, value.options) ? 'list' : first,
  );
  const wantsList = type.fits.includes('list') || value.as === 'custom';
  if (shape === 'list' && !wantsList)
    reader.fault(
      [...path, value.steps.length > 0 ? 'do' : 'from'],
      `this gives a list, and as: ${value.as} takes one value; end with do: [first], [only] or [{ join: ", " }]`,
    );
  if (shape === 'one' && wantsList && !type.gathers && value.as !== 'custom')
    reader.fault(
      [...path, value.steps.length > 0 ? 'do' : 'template'],
      `this gives one value, and as: ${value.as} takes a list; end with do: [{ split: "," }]`,
    );
}

function textOfSource(source: Source): string {
  switch (source.kind) {
    case 'paths':
      return source.paths.map(sayPath).join(' | ');
    case 'template':
      return source.pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [sayPath(piece.path)])).join(' | ');
    case 'cases':
      return [
        ...new Set(
          [...source.cases.map((one) => one.then), ...(source.otherwise ? [source.otherwise] : [])].flatMap((one) =>
            one.fromText === '' ? [] : one.fromText.split(' | '),
          ),
        ),
      ].join(' | ');
    case 'constant':
      return '';
  }
}
