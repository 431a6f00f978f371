import { hash } from 'node:crypto';
import { isMap, isNode, LineCounter, parseDocument, visit, type Document } from 'yaml';
import {
  brokenRule,
  OBJECT_NAMES,
  OBJECTS,
  type CanonicalValue,
  type FieldDefinition,
  type FieldType,
  type ObjectName,
} from '#hub/canonical';
import {
  OPERATORS,
  type FieldSpec,
  type MappingAst,
  type OperatorName,
  type OutwardSpec,
  type ParentSpec,
  type Predicate,
  type ValueSpec,
} from './ast.js';
import { closestWord } from './closest-word.js';
import type { Direction, MappingFault, OnBoth, ParentRole, Wins } from './mapping.js';
import { SILENT } from './operators/refused.js';
import { isWritable, parsePath, type Segment } from './path.js';

const WINS = ['ats', 'calendar', 'mail', 'crm', 'newest', 'union'];
const ON_BOTH = ['freeze', 'ats', 'newest', 'union'];
const DIRECTIONS = ['in', 'out', 'both'];
const ROLES = ['candidate', 'client', 'job', 'application', 'stage'];
const TOP = ['mapping', 'version', 'from', 'into', 'keepIf', 'identify', 'parents', 'createWhen', 'fields', 'outward', 'description'];
const FIELD = [
  'to',
  'from',
  'as',
  'table',
  'zone',
  'country',
  'parts',
  'value',
  'wins',
  'onBoth',
  'direction',
  'required',
  'nullMeans',
  'description',
];
const PART = ['from', 'as', 'table', 'zone', 'country', 'parts', 'value'];
const PREDICATE = ['all', 'any', 'field', 'equals', 'in', 'contains', 'exists', 'isFuture', 'parent', 'known'];
const STAGE_LIKE = new Set(['status', 'stage', 'outcome', 'bucket', 'toStage']);
const LIMIT = 256 * 1024;
const FIELDS_AT_MOST = 300;
const PARTS_DEPTH = 4;
/** Operators that cannot be written back. */
const ONE_WAY = new Set<OperatorName>(['firstName', 'lastName', 'phones', 'phone']);
const FITS: Record<OperatorName, FieldType['kind'][]> = {
  text: ['text'],
  email: ['email', 'text'],
  emails: ['set', 'list'],
  phone: ['phone', 'text'],
  phones: ['set', 'list'],
  instant: ['instant'],
  date: ['date'],
  boolean: ['boolean'],
  integer: ['integer'],
  url: ['url', 'text'],
  zone: ['zone'],
  enum: ['enum'],
  object: ['object'],
  list: ['set', 'list'],
  firstName: ['text'],
  lastName: ['text'],
};

/** A value of the file for a message: short, and a group is not spelled out. */
function shown(value: unknown): string {
  return value !== null && typeof value === 'object' ? 'a group of values' : String(value).slice(0, 60);
}

type Yaml = Record<string, unknown>;
type Path = (string | number)[];

/** Reads a mapping file: either the mapping, or every fault of it with its line and column. */
export function parseMapping(text: string, file: string): { mapping?: MappingAst; faults: MappingFault[] } {
  try {
    return new Reader(text, file).read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { faults: [{ file, line: 1, column: 1, message: 'groups within groups go too deep here' }] };
  }
}

class Reader {
  private readonly lines = new LineCounter();
  private readonly document: Document;
  private readonly faults: MappingFault[] = [];
  private object: ObjectName = 'candidate';

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {
    this.document = parseDocument(text.length > LIMIT ? '' : text, {
      lineCounter: this.lines,
      uniqueKeys: true,
      merge: false,
      maxAliasCount: 0,
      schema: 'core',
    } as never);
  }

  read(): { mapping?: MappingAst; faults: MappingFault[] } {
    if (this.text.length > LIMIT)
      return { faults: [{ file: this.file, line: 1, column: 1, message: `a mapping file has at most ${LIMIT} bytes` }] };
    for (const error of this.document.errors) {
      const [place] = error.linePos ?? [{ line: 1, col: 1 }];
      this.faults.push({ file: this.file, line: place.line, column: place.col, message: error.message.split('\n')[0] });
    }
    this.refuseAliases();
    if (this.faults.length > 0) return { faults: this.faults };
    const root = this.document.toJS({ maxAliasCount: 0 }) as unknown;
    if (!isMap(this.document.contents))
      return {
        faults: [
          { file: this.file, line: 1, column: 1, message: 'a mapping file holds one mapping: mapping, version, from, into, fields' },
        ],
      };
    const mapping = this.mapping(root as Yaml);
    return this.faults.length > 0 ? { faults: this.faults } : { mapping, faults: [] };
  }

  /** An alias saves typing and hides what a rule says; a few of them make gigabytes. */
  private refuseAliases(): void {
    visit(this.document, {
      Alias: (_key, node) => {
        const { line, col } = this.lines.linePos(node.range?.[0] ?? 0);
        this.faults.push({ file: this.file, line, column: col, message: 'write it out: aliases (*name) are not part of the language' });
        return visit.BREAK;
      },
    });
  }

  private fault(path: Path, message: string, hint?: string): void {
    const node = this.document.getIn(path, true);
    const range = isNode(node) ? node.range : undefined;
    const parent = range ? undefined : this.document.getIn(path.slice(0, -1), true);
    const offset = range?.[0] ?? (isNode(parent) ? parent.range?.[0] : 0) ?? 0;
    const { line, col } = this.lines.linePos(offset);
    this.faults.push({ file: this.file, line, column: col, message, ...(hint ? { hint } : {}) });
  }

  private known(value: Yaml, path: Path, words: readonly string[]): void {
    for (const key of Object.keys(value))
      if (!words.includes(key)) this.fault([...path, key], `unknown word "${key}"; here stand ${words.join(', ')}`, this.meant(key, words));
  }

  private meant(word: string, words: readonly string[]): string | undefined {
    const closest = closestWord(word, words);
    return closest ? `did you mean "${closest}"?` : undefined;
  }

  private oneOf<Word extends string>(value: unknown, path: Path, choice: { words: readonly string[]; fallback: Word }): Word {
    if (value === undefined) return choice.fallback;
    if (typeof value === 'string' && choice.words.includes(value)) return value as Word;
    this.fault(path, `"${shown(value)}" must be one of ${choice.words.join(', ')}`, this.meant(String(value), choice.words));
    return choice.fallback;
  }

  private mapping(root: Yaml): MappingAst {
    this.known(root, [], TOP);
    const from = this.object_(root.from, ['from']);
    this.known(from, ['from'], ['connector', 'stream']);
    const name = this.string(root.mapping, ['mapping']);
    if (!Number.isInteger(root.version) || (root.version as number) < 1) this.fault(['version'], 'version must be a whole number from 1');
    this.object = this.oneOf<ObjectName>(root.into, ['into'], { words: OBJECT_NAMES, fallback: 'candidate' });
    if (root.into === undefined) this.fault(['into'], `into is missing: it names the canonical object, one of ${OBJECT_NAMES.join(', ')}`);
    const identify = this.object_(root.identify ?? {}, ['identify']);
    this.known(identify, ['identify'], ['externalId', 'ref', 'writeId', 'match']);
    this.path(identify.externalId, ['identify', 'externalId']);
    return {
      mapping: name,
      version: root.version as number,
      connector: this.string(from.connector, ['from', 'connector']),
      stream: this.string(from.stream, ['from', 'stream']),
      into: this.object,
      digest: hash('sha256', this.text, 'hex').slice(0, 32),
      keepIf: this.predicate(root.keepIf, ['keepIf'], 'vendor'),
      createWhen: this.predicate(root.createWhen, ['createWhen'], 'canonical'),
      identify: { ref: this.path(identify.ref, ['identify', 'ref']), writeId: this.path(identify.writeId, ['identify', 'writeId']) },
      parents: this.parents(root.parents),
      fields: this.fields(root.fields),
      outward: this.outward(root.outward),
    };
  }

  private string(value: unknown, path: Path): string {
    if (typeof value === 'string' && value !== '') return value;
    this.fault(path, `${path.join('.')} is missing: it must be a word`);
    return '';
  }

  private object_(value: unknown, path: Path): Yaml {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Yaml;
    this.fault(path, `${path.join('.')} must be a group of words and values`);
    return {};
  }

  private path(value: unknown, path: Path): Segment[] | undefined {
    if (value === undefined) return undefined;
    const segments = typeof value === 'string' ? parsePath(value) : 'a path must be text';
    if (typeof segments !== 'string') return segments;
    this.fault(path, segments);
    return undefined;
  }

  private parents(value: unknown): ParentSpec[] {
    if (value === undefined) return [];
    return Object.entries(this.object_(value, ['parents'])).map(([role, spec]) => {
      const path = ['parents', role];
      const parent = this.object_(spec, path);
      this.known(parent, path, ['object', 'externalId', 'ref', 'required']);
      if (!ROLES.includes(role)) this.fault(path, `"${role}" is no parent; parents are ${ROLES.join(', ')}`, this.meant(role, ROLES));
      if (parent.externalId === undefined && parent.ref === undefined) this.fault(path, `say by what ${role} is named: externalId or ref`);
      return {
        role: role as ParentRole,
        object: this.oneOf<ObjectName>(parent.object, [...path, 'object'], {
          words: OBJECT_NAMES,
          fallback: (ROLES.includes(role) ? role : 'application') as ObjectName,
        }),
        required: this.flag(parent.required, [...path, 'required'], true),
        externalId: this.path(parent.externalId, [...path, 'externalId']),
        ref: this.path(parent.ref, [...path, 'ref']),
      };
    });
  }

  private fields(value: unknown): FieldSpec[] {
    if (!Array.isArray(value) || value.length === 0) {
      this.fault(['fields'], 'fields is missing: a list of { to, from, as }');
      return [];
    }
    if (value.length > FIELDS_AT_MOST) this.fault(['fields'], `a mapping has at most ${FIELDS_AT_MOST} fields`);
    const seen = new Set<string>();
    return value.slice(0, FIELDS_AT_MOST).flatMap((spec, at) => this.field(spec, ['fields', at], seen) ?? []);
  }

  private field(value: unknown, path: Path, seen: Set<string>): FieldSpec | undefined {
    const spec = this.object_(value, path);
    this.known(spec, path, FIELD);
    const to = this.string(spec.to, [...path, 'to']);
    const definition = this.canonical(to);
    if (!definition) {
      const words = Object.keys(OBJECTS[this.object].fields);
      if (to)
        this.fault([...path, 'to'], `${this.object} has no field "${to}"`, this.meant(to, words) ?? `its fields are ${words.join(', ')}`);
      return undefined;
    }
    if (seen.has(to)) this.fault([...path, 'to'], `${to} is mapped twice; one rule per field`);
    seen.add(to);
    if (['sensitive', 'eeo', 'secret'].includes(definition.class))
      this.fault([...path, 'to'], `${to} is of the class ${definition.class}, which mappings may not carry`);
    const read = this.value(spec, { path, type: definition.type, depth: 0 });
    const direction = this.oneOf<Direction>(spec.direction, [...path, 'direction'], { words: DIRECTIONS, fallback: 'in' });
    if (direction !== 'in') this.refuseOneWay(read, [...path, 'direction']);
    return {
      ...read,
      to,
      direction,
      class: definition.class,
      stageLike: STAGE_LIKE.has(to),
      required: this.flag(spec.required, [...path, 'required'], false),
      wins: this.oneOf<Wins>(spec.wins, [...path, 'wins'], { words: WINS, fallback: 'ats' }),
      onBoth: this.oneOf<OnBoth>(spec.onBoth, [...path, 'onBoth'], { words: ON_BOTH, fallback: 'freeze' }),
      nullMeans: this.oneOf<'absent' | 'cleared'>(spec.nullMeans, [...path, 'nullMeans'], {
        words: ['absent', 'cleared'],
        fallback: 'absent',
      }),
    };
  }

  /** Field of the canonical object; `constructor` is none. */
  private canonical(name: string): FieldDefinition | undefined {
    const { fields } = OBJECTS[this.object];
    return Object.hasOwn(fields, name) ? fields[name] : undefined;
  }

  private flag(value: unknown, path: Path, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value !== 'boolean') this.fault(path, `"${shown(value)}" must be true or false`);
    return value === true;
  }

  private refuseOneWay(spec: ValueSpec, path: Path): void {
    if (ONE_WAY.has(spec.as)) this.fault(path, `"${spec.as}" has no inverse, so this field can only be direction: in`);
    if (spec.from.length !== 1 || !spec.from.every(isWritable))
      this.fault(path, 'a field that is written needs one path without [] or [name=word]; use direction: in or write it under outward:');
  }

  private value(spec: Yaml, at: { path: Path; type: FieldType; depth: number }): ValueSpec {
    const { path, type } = at;
    const as = this.oneOf<OperatorName>(spec.as ?? 'text', [...path, 'as'], { words: OPERATORS, fallback: 'text' });
    if ((spec.as === undefined || spec.as === as) && spec.value === undefined && !FITS[as].includes(type.kind))
      this.fault([...path, 'as'], `"${as}" does not make what this field holds (${type.kind})`);
    const texts = spec.from === undefined ? [] : Array.isArray(spec.from) ? spec.from : [spec.from];
    if (texts.length === 0 && spec.value === undefined && as !== 'object')
      this.fault(path, 'say where the value comes from: from: path, or value: constant');
    const from = texts.flatMap((text, index) => {
      const segments = this.path(text, Array.isArray(spec.from) ? [...path, 'from', index] : [...path, 'from']);
      return segments ? [segments] : [];
    });
    if (spec.value !== undefined) this.constant(spec.value, { ...at, from: spec.from });
    return {
      as,
      from,
      fromText: texts.join(' | '),
      table: this.table(spec, { ...at, as }),
      zone: this.path(spec.zone, [...path, 'zone']),
      country: this.country(spec.country, path),
      parts: this.partsOf(spec, { ...at, as }),
      value: spec.value as never,
    };
  }

  private constant(value: unknown, at: { path: Path; type: FieldType; from: unknown }): void {
    if (at.from !== undefined) this.fault(at.path, 'say either from: or value:');
    const rule = !['string', 'number', 'boolean'].includes(typeof value)
      ? 'must be one word, number, true or false'
      : brokenRule(at.type, value as CanonicalValue);
    if (rule) this.fault([...at.path, 'value'], `this constant ${rule}`);
  }

  private country(value: unknown, path: Path): string | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'string' && /^[A-Z]{2}$/.test(value)) return value;
    this.fault([...path, 'country'], 'country must be two capital letters such as DE');
    return undefined;
  }

  private table(spec: Yaml, at: { path: Path; type: FieldType; as: OperatorName }): Record<string, string> | undefined {
    if (at.as !== 'enum') {
      if (spec.table !== undefined) this.fault([...at.path, 'table'], 'a table goes with as: enum');
      return undefined;
    }
    const table = this.object_(spec.table, [...at.path, 'table']);
    const words = at.type.kind === 'enum' ? at.type.values : [];
    const entries = Object.entries(table).map(([theirs, ours]) => {
      if (ours === null) return [theirs, SILENT] as const;
      if (typeof ours !== 'string' || !words.includes(ours))
        this.fault([...at.path, 'table', theirs], `"${shown(ours)}" must be one of ${words.join(', ')}`, this.meant(String(ours), words));
      return [theirs, String(ours)] as const;
    });
    return Object.fromEntries(entries);
  }

  private partsOf(spec: Yaml, at: { path: Path; type: FieldType; as: OperatorName; depth: number }): Record<string, ValueSpec> | undefined {
    if (at.as !== 'object' && at.as !== 'list') return undefined;
    if (at.depth >= PARTS_DEPTH) {
      this.fault(at.path, `parts go at most ${PARTS_DEPTH} deep`);
      return undefined;
    }
    const item = at.type.kind === 'set' || at.type.kind === 'list' ? at.type.of : at.type;
    if (spec.parts === undefined && at.as === 'list') return undefined;
    const types = item.kind === 'object' ? item.fields : {};
    return Object.fromEntries(
      Object.entries(this.object_(spec.parts, [...at.path, 'parts'])).flatMap(([name, part]) => {
        const path = [...at.path, 'parts', name];
        if (!Object.hasOwn(types, name)) {
          this.fault(
            path,
            `there is no part "${name}" here; parts are ${Object.keys(types).join(', ')}`,
            this.meant(name, Object.keys(types)),
          );
          return [];
        }
        const own = typeof part === 'string' ? { from: part } : this.object_(part, path);
        this.known(own, path, PART);
        return [[name, this.value(own, { path, type: types[name], depth: at.depth + 1 })] as const];
      }),
    );
  }

  private predicate(value: unknown, path: Path, side: 'vendor' | 'canonical', depth = 0): Predicate | undefined {
    if (value === undefined) return undefined;
    const spec = this.object_(value, path);
    this.known(spec, path, PREDICATE);
    for (const word of ['all', 'any'] as const) {
      if (spec[word] === undefined) continue;
      if (depth > PARTS_DEPTH || !Array.isArray(spec[word]))
        this.fault([...path, word], `${word} holds a list of conditions, at most ${PARTS_DEPTH} deep`);
      const inner = Array.isArray(spec[word]) && depth <= PARTS_DEPTH ? spec[word] : [];
      return { [word]: inner.flatMap((one, at) => this.predicate(one, [...path, word, at], side, depth + 1) ?? []) } as Predicate;
    }
    if (spec.parent !== undefined)
      return {
        parent: this.oneOf<ParentRole>(spec.parent, [...path, 'parent'], { words: ROLES, fallback: 'application' }),
        known: this.flag(spec.known, [...path, 'known'], true),
      };
    const field = this.string(spec.field, [...path, 'field']);
    if (side === 'canonical' && field && !this.canonical(field))
      this.fault([...path, 'field'], `${this.object} has no field "${field}"`, this.meant(field, Object.keys(OBJECTS[this.object].fields)));
    if (side === 'vendor') this.path(field, [...path, 'field']);
    if (!['equals', 'in', 'contains', 'exists', 'isFuture'].some((word) => spec[word] !== undefined))
      this.fault(path, 'a condition needs equals, in, contains, exists or isFuture');
    for (const word of ['exists', 'isFuture']) this.flag(spec[word], [...path, word], false);
    if (spec.in !== undefined && !Array.isArray(spec.in)) this.fault([...path, 'in'], 'in holds a list of words');
    return spec as Predicate;
  }

  private outward(value: unknown): OutwardSpec[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.fault(['outward'], 'outward is a list of { to, from } or { to, value }');
      return [];
    }
    return value.flatMap((one, at) => {
      const path: Path = ['outward', at];
      const spec = this.object_(one, path);
      this.known(spec, path, ['to', 'from', 'value', 'without', 'description']);
      const to = this.path(spec.to, [...path, 'to']);
      if (!to || !isWritable(to)) this.fault([...path, 'to'], 'to must be one place: keys and [n] only');
      if ((spec.from === undefined) === (spec.value === undefined)) this.fault(path, 'say either from: or value:');
      const [from, without] = (['from', 'without'] as const).map((word) => this.source(spec[word], [...path, word]));
      if (spec.value !== undefined && !['string', 'number', 'boolean'].includes(typeof spec.value))
        this.fault([...path, 'value'], 'value must be one word, number, true or false');
      return to ? [{ to, toText: String(spec.to), from, without, value: spec.value as never }] : [];
    });
  }

  /** What an outward value may be taken from, besides the record's own fields. */
  private source(value: unknown, path: Path): string | undefined {
    if (value === undefined) return undefined;
    const text = String(value);
    if (text === '$ref' || text === '$writeId') return text;
    if (/^\$(settings|parents|values)\./.test(text)) this.path(text.slice(1), path);
    else this.fault(path, `"${shown(value)}" must be $ref, $writeId or begin with $settings., $parents. or $values.`);
    return text;
  }
}
