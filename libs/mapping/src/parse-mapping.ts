import { hash } from 'node:crypto';
import { OBJECT_NAMES, OBJECTS, type FieldDefinition, type ObjectName } from '#hub/canonical';
import type { BackSpec, FieldSpec, MappingAst, OutwardSpec, ParentSpec, ThreadSpec, ValueSpec } from './ast.js';
import {
  DIRECTIONS,
  FIELD_CLASSES,
  ON_BOTH,
  PARENT_ROLES,
  WINS,
  WRITE_POLICIES,
  type Direction,
  type FieldClass,
  type MappingFault,
  type OnBoth,
  type ParentRole,
  type Wins,
  type WritePolicy,
} from './mapping.js';
import { parsePredicate } from './parse-predicate.js';
import { parseSteps, parseTemplate, parseValue, VALUE_WORDS } from './parse-value.js';
import { isOnePlace, isWritable } from './path.js';
import { Reader, shown, type Path, type Yaml } from './reader.js';
import { refuseOneWay } from './way-out.js';

const TOP = [
  'mapping',
  'version',
  'description',
  'from',
  'into',
  'allow',
  'keepIf',
  'identify',
  'parents',
  'thread',
  'needsParent',
  'createWhen',
  'fields',
  'outward',
];
const FIELD = ['to', ...VALUE_WORDS, 'wins', 'onBoth', 'direction', 'writePolicy', 'required', 'nullMeans', 'class', 'back', 'description'];
const STAGE_LIKE = new Set(['status', 'stage', 'outcome', 'bucket', 'toStage']);
const FIELDS_AT_MOST = 300;

/** Reads a mapping file: either the mapping, or every fault of it with its line and column. */
export function parseMapping(text: string, file: string): { mapping?: MappingAst; faults: MappingFault[] } {
  try {
    const reader = new Reader(text, file);
    const root = reader.root();
    const mapping = root && new MappingParser(reader).mapping(root);
    return reader.faults.length > 0 ? { faults: reader.faults } : { mapping, faults: [] };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { faults: [{ file, line: 1, column: 1, message: 'groups within groups go too deep here' }] };
  }
}

class MappingParser {
  private object: ObjectName = 'candidate';
  private allowed: FieldClass[] = [];

  constructor(private readonly reader: Reader) {}

  mapping(root: Yaml): MappingAst {
    const { reader } = this;
    reader.known(root, [], TOP);
    const from = reader.group(root.from, ['from'], '{ connector: acme, stream: people }');
    reader.known(from, ['from'], ['connector', 'stream']);
    if (!Number.isInteger(root.version) || (root.version as number) < 1)
      reader.fault(['version'], 'version must be a whole number from 1, without quotes');
    if (root.into === undefined) reader.fault([], `into is missing: it names the canonical object, one of ${OBJECT_NAMES.join(', ')}`);
    this.object = reader.oneOf<ObjectName>(root.into, ['into'], { words: OBJECT_NAMES, fallback: 'candidate' });
    const allow = this.allow(root.allow);
    const identify = reader.group(root.identify ?? {}, ['identify']);
    reader.known(identify, ['identify'], ['externalId', 'ref', 'writeId', 'match']);
    reader.path(identify.externalId, ['identify', 'externalId']);
    const parents = this.parents(root.parents);
    const [connector, stream] = ['connector', 'stream'].map((word) =>
      root.from === undefined ? '' : reader.string(from[word], ['from', word]),
    );
    const mapping = reader.string(root.mapping, ['mapping']);
    if (mapping && connector && stream && mapping !== `${connector}.${stream}`)
      reader.fault(['mapping'], `a mapping is named after what it reads: ${shown(`${connector}.${stream}`)}`);
    return {
      mapping,
      version: root.version as number,
      description: root.description === undefined ? undefined : reader.string(root.description, ['description']),
      connector,
      stream,
      into: this.object,
      digest: hash('sha256', reader.text, 'hex').slice(0, 32),
      text: reader.text,
      allow,
      keepIf: parsePredicate(reader, root.keepIf, { path: ['keepIf'], side: 'vendor' }),
      createWhen: parsePredicate(reader, root.createWhen, {
        path: ['createWhen'],
        side: this.object,
        parents: parents.map((one) => one.role),
      }),
      identify: { ref: reader.path(identify.ref, ['identify', 'ref']), writeId: reader.path(identify.writeId, ['identify', 'writeId']) },
      parents,
      thread: this.thread(root.thread),
      needsParent: reader.flag(root.needsParent, ['needsParent'], false),
      fields: this.fields(root.fields),
      outward: this.outward(root.outward),
    };
  }

  /** What is sensitive stays out unless the file asks for it and says why; secrets always stay out. */
  private allow(value: unknown): MappingAst['allow'] {
    if (value === undefined) return { classes: [], because: '' };
    const spec = this.reader.group(value, ['allow']);
    this.reader.known(spec, ['allow'], ['classes', 'because']);
    this.allowed = this.reader
      .list(spec.classes, ['allow', 'classes'], 5)
      .map((one, at) =>
        this.reader.oneOf<FieldClass>(one, ['allow', 'classes', at], { words: ['sensitive', 'eeo'], fallback: 'sensitive' }),
      );
    return { classes: this.allowed, because: this.reader.string(spec.because, ['allow', 'because']) };
  }

  private parents(value: unknown): ParentSpec[] {
    if (value === undefined) return [];
    const { reader } = this;
    return Object.entries(reader.group(value, ['parents'])).map(([role, spec]) => {
      const path = ['parents', role];
      const parent = reader.group(spec, path);
      reader.known(parent, path, ['object', 'externalId', 'ref', 'email', 'mentioned', 'required']);
      if (!(PARENT_ROLES as readonly string[]).includes(role))
        reader.fault(path, `"${shown(role)}" is no parent`, reader.meant(role, PARENT_ROLES) ?? `parents are ${PARENT_ROLES.join(', ')}`);
      else this.refuseStranger(role, path);
      if ([parent.externalId, parent.ref, parent.email, parent.mentioned].every((one) => one === undefined))
        reader.fault(path, `say by what ${shown(role)} is named: externalId, ref, email or mentioned`);
      if (parent.email !== undefined && role !== 'candidate' && role !== 'client')
        reader.fault([...path, 'email'], `an address belongs to a candidate or a client, not to ${shown(role)}`);
      const certain = parent.externalId !== undefined || parent.ref !== undefined;
      if (!certain && parent.required !== false) reader.fault(path, `an address or a mention may lead to nobody: write required: false`);
      return {
        role: role as ParentRole,
        object: reader.oneOf<ObjectName>(parent.object, [...path, 'object'], {
          words: OBJECT_NAMES,
          fallback: ((PARENT_ROLES as readonly string[]).includes(role) ? role : 'application') as ObjectName,
        }),
        required: reader.flag(parent.required, [...path, 'required'], true),
        externalId: reader.path(parent.externalId, [...path, 'externalId']),
        ref: reader.path(parent.ref, [...path, 'ref']),
        email: reader.path(parent.email, [...path, 'email']),
        mentioned: reader.path(parent.mentioned, [...path, 'mentioned']),
      };
    });
  }

  private thread(value: unknown): ThreadSpec | undefined {
    if (value === undefined) return undefined;
    const { reader } = this;
    const spec = reader.group(value, ['thread'], '{ answers: inReplyTo, references: references }');
    reader.known(spec, ['thread'], ['answers', 'references', 'subject', 'sender']);
    if (this.object !== 'communication') reader.fault(['thread'], 'only a communication answers another one');
    const answers = reader.path(spec.answers, ['thread', 'answers']);
    if (!answers) reader.fault(['thread'], 'say where the message stands that is answered: answers');
    const [references, subject, sender] = ['references', 'subject', 'sender'].map((word) => reader.path(spec[word], ['thread', word]));
    return answers && { answers, references, subject, sender };
  }

  /** A parent that the model does not know for this object would be looked for and never used. */
  private refuseStranger(role: string, path: Path): void {
    const known: readonly string[] = OBJECTS[this.object].parents;
    if (!known.includes(role))
      this.reader.fault(
        path,
        known.length > 0
          ? `a record of ${this.object} belongs to ${known.join(' or ')}, not to ${role}`
          : `${this.object} belongs to nobody, so it has no parents`,
      );
  }

  private fields(value: unknown): FieldSpec[] {
    if (!Array.isArray(value) || value.length === 0) {
      this.reader.fault(['fields'], 'fields is missing: a list of { to, from, as }');
      return [];
    }
    const seen = new Set<string>();
    return this.reader.list(value, ['fields'], FIELDS_AT_MOST).flatMap((spec, at) => this.field(spec, ['fields', at], seen) ?? []);
  }

  private field(value: unknown, path: Path, seen: Set<string>): FieldSpec | undefined {
    const { reader } = this;
    const spec = reader.group(value, path);
    reader.known(spec, path, FIELD);
    const to = reader.string(spec.to, [...path, 'to']);
    const definition = this.canonical(to, path);
    if (!definition) return undefined;
    if (seen.has(to)) reader.fault([...path, 'to'], `${to} is mapped twice; one rule per field`);
    seen.add(to);
    const read = parseValue(reader, spec, { path, type: definition.type, depth: 0 });
    if (read.as === 'custom' && to !== 'customFields') reader.fault([...path, 'as'], '"custom" fills customFields only');
    const direction = reader.oneOf<Direction>(spec.direction, [...path, 'direction'], { words: DIRECTIONS, fallback: 'in' });
    const back = this.back(spec, { path, direction, read });
    if (direction !== 'in' && !back) refuseOneWay(reader, read, path);
    return {
      ...read,
      to,
      direction,
      back,
      class: this.fieldClass(spec, definition, path),
      stageLike: STAGE_LIKE.has(to),
      parks: this.parks(spec, to, path),
      required: reader.flag(spec.required, [...path, 'required'], false),
      writePolicy: this.writePolicy(spec, direction, path),
      wins: this.together(reader.oneOf<Wins>(spec.wins, [...path, 'wins'], { words: WINS, fallback: 'ats' }), definition, [
        ...path,
        'wins',
      ]),
      onBoth: this.together(reader.oneOf<OnBoth>(spec.onBoth, [...path, 'onBoth'], { words: ON_BOTH, fallback: 'freeze' }), definition, [
        ...path,
        'onBoth',
      ]),
      nullMeans: reader.oneOf<'absent' | 'cleared'>(spec.nullMeans, [...path, 'nullMeans'], {
        words: ['absent', 'cleared'],
        fallback: 'absent',
      }),
    };
  }

  private canonical(to: string, path: Path): FieldDefinition | undefined {
    const { fields } = OBJECTS[this.object];
    if (Object.hasOwn(fields, to)) return fields[to];
    const words = Object.keys(fields);
    if (to)
      this.reader.fault(
        [...path, 'to'],
        `${this.object} has no field "${shown(to)}"`,
        this.reader.meant(to, words) ?? `its fields are ${words.join(', ')}`,
      );
    return undefined;
  }

  /** A file may treat a field with more care than the model does, never with less. */
  private fieldClass(spec: Yaml, definition: FieldDefinition, path: Path): FieldClass {
    const said = this.reader.oneOf<FieldClass>(spec.class, [...path, 'class'], { words: FIELD_CLASSES, fallback: definition.class });
    const rank = (one: FieldClass): number => FIELD_CLASSES.indexOf(one);
    if (rank(said) < rank(definition.class))
      this.reader.fault([...path, 'class'], `this field is of the class ${definition.class}; a file can only be stricter`);
    const held = rank(said) > rank(definition.class) ? said : definition.class;
    if (rank(held) >= rank('sensitive') && !this.allowed.includes(held))
      this.reader.fault(
        [...path, spec.class === undefined ? 'to' : 'class'],
        held === 'secret'
          ? 'secrets are not carried by mappings'
          : `this field is of the class ${held}, which mappings may not carry unless allow: { classes: [${held}], because: … } says so`,
      );
    return held;
  }

  private together<Word extends string>(word: Word, { type }: FieldDefinition, path: Path): Word {
    if (word === 'union' && type.kind !== 'set' && type.kind !== 'list')
      this.reader.fault(path, 'union puts lists together, and this field holds one value');
    return word;
  }

  private parks(spec: Yaml, to: string, path: Path): boolean {
    const stage = STAGE_LIKE.has(to);
    if (spec.else === undefined) return stage;
    if (spec.as !== 'enum') this.reader.fault([...path, 'else'], 'else: goes with as: enum');
    const said = this.reader.oneOf<'park' | 'block'>(spec.else, [...path, 'else'], { words: ['park', 'block'], fallback: 'block' });
    if (stage && said === 'block')
      this.reader.fault([...path, 'else'], `${to} is never guessed: a word that its table does not know parks the record`);
    return stage || said === 'park';
  }

  private writePolicy(spec: Yaml, direction: Direction, path: Path): WritePolicy {
    if (spec.writePolicy !== undefined && direction === 'in')
      this.reader.fault([...path, 'writePolicy'], 'writePolicy goes with direction: out or both');
    return this.reader.oneOf<WritePolicy>(spec.writePolicy, [...path, 'writePolicy'], { words: WRITE_POLICIES, fallback: 'always' });
  }

  private back(spec: Yaml, at: { path: Path; direction: Direction; read: ValueSpec }): BackSpec | undefined {
    if (spec.back === undefined) return undefined;
    const { reader } = this;
    const path = [...at.path, 'back'];
    if (at.direction === 'in') reader.fault(path, 'back: goes with direction: out or both');
    const own = reader.group(spec.back, path);
    reader.known(own, path, ['to', 'template', 'do', 'table']);
    const first = at.read.source.kind === 'paths' ? at.read.source.paths[0] : undefined;
    const to = own.to === undefined ? first : reader.path(own.to, [...path, 'to']);
    if (!to || !isOnePlace(to)) {
      reader.fault(own.to === undefined ? path : [...path, 'to'], 'back: needs to: one place, a path without []');
      return undefined;
    }
    const table = own.table === undefined ? undefined : this.backTable(own.table, [...path, 'table']);
    return {
      to,
      toText: own.to === undefined ? at.read.fromText : String(own.to),
      pieces:
        own.template === undefined
          ? undefined
          : parseTemplate(reader, own.template, { path: [...path, 'template'], side: Object.keys(OBJECTS[this.object].fields) }),
      steps: parseSteps(reader, own.do, [...path, 'do']),
      table,
    };
  }

  private backTable(value: unknown, path: Path): Record<string, string> {
    const table: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const [ours, theirs] of Object.entries(this.reader.group(value, path))) {
      if (!['string', 'number', 'boolean'].includes(typeof theirs)) this.reader.fault([...path, ours], 'a table holds words');
      table[ours] = String(theirs);
    }
    return table;
  }

  private outward(value: unknown): OutwardSpec[] {
    if (value === undefined) return [];
    const { reader } = this;
    if (!Array.isArray(value)) {
      reader.fault(['outward'], 'outward is a list of { to, from } or { to, value }');
      return [];
    }
    return reader.list(value, ['outward'], FIELDS_AT_MOST).flatMap((one, at) => {
      const path: Path = ['outward', at];
      const spec = reader.group(one, path);
      reader.known(spec, path, ['to', 'from', 'value', 'without', 'description']);
      const to = reader.path(spec.to, [...path, 'to']);
      if (!to || !isWritable(to)) reader.fault([...path, 'to'], 'to must be one place: keys and [n] only');
      if ((spec.from === undefined) === (spec.value === undefined)) reader.fault(path, 'say either from: or value:');
      const [from, without] = (['from', 'without'] as const).map((word) => this.outwardSource(spec[word], [...path, word]));
      if (spec.value !== undefined && !['string', 'number', 'boolean'].includes(typeof spec.value))
        reader.fault([...path, 'value'], 'value must be one word, number, true or false');
      return to ? [{ to, toText: String(spec.to), from, without, value: spec.value as never }] : [];
    });
  }

  /** What an outward value may be taken from, besides the record's own fields. */
  private outwardSource(value: unknown, path: Path): string | undefined {
    if (value === undefined) return undefined;
    const text = String(value);
    if (text === '$ref' || text === '$writeId') return text;
    if (/^\$(settings|parents|values)\./.test(text)) this.reader.path(text.slice(1), path);
    else this.reader.fault(path, `"${shown(value)}" must be $ref, $writeId or begin with $settings., $parents. or $values.`);
    return text;
  }
}
