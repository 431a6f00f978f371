import { OBJECTS, parseRef, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import type { FieldSpec, MappingAst, OutwardSpec, ValueSpec } from './ast.js';
import type {
  CompiledMapping,
  FieldExplanation,
  FieldRule,
  InwardContext,
  LookupKey,
  MapResult,
  OutwardContext,
  ParentLink,
  ThreadLink,
  RecordFailure,
} from './mapping.js';
import { compileBack, compileDecode, compileEncode } from './compile-value.js';
import { explainValue } from './explain-value.js';
import { Refused, type Decode } from './operators/refused.js';
import { asJson, compileRead, emptyObject, parsePath, pointerOf, writePath, type Read, type Segment } from './path.js';
import { fieldPlaces } from './presence.js';
import { compilePredicate } from './predicates.js';
import { beginRecord, TooMuchWork } from './work.js';

interface CompiledField {
  to: string;
  spec: FieldSpec;
  decode: Decode;
}

/** Turns a validated mapping into closures, once. Nothing of the file is evaluated when a record passes. */
export function compileMapping(ast: MappingAst): CompiledMapping {
  const inwardFields = ast.fields
    .filter((field) => field.direction !== 'out')
    .map((spec): CompiledField => ({ to: spec.to, spec, decode: compileDecode(spec) }));
  const outwardFields = ast.fields.filter((field) => field.direction !== 'in');
  const keep = ast.keepIf && compilePredicate(ast.keepIf, true);
  const create = compilePredicate(ast.createWhen, false);
  const toCanonical = compileToCanonical(ast, {
    fields: inwardFields,
    keep: keep && ((root, now) => keep({ root, now, parents: {} })),
  });
  return {
    name: ast.mapping,
    version: ast.version,
    digest: ast.digest,
    text: ast.text,
    connector: ast.connector,
    stream: ast.stream,
    into: ast.into,
    allows: ast.allow.classes,
    fields: ast.fields.map(ruleOf),
    outward: outwardFields.map((field) => field.to),
    written: writtenFields(ast),
    inward: inwardFields.map((field) => field.spec.to),
    places: fieldPlaces(inwardFields.map((field) => field.spec)),
    toCanonical,
    needsParent: ast.needsParent,
    looksUp: ast.fields.some(looksUp),
    lookups: compileLookups(ast, toCanonical),
    fromCanonical: compileFromCanonical(ast.outward, outwardFields),
    outwardPaths: (names) => outwardFields.filter((field) => names.includes(field.to)).map((field) => field.back?.toText ?? field.fromText),
    creates: ast.createWhen !== undefined,
    shouldCreate: (values, context) => create({ root: values, now: context.now, parents: context.parents }),
    explain: (payload, context) => inwardFields.map((field) => explainField(field.spec, payload, context)),
  };
}

/** Those of a way out of their own, and those that `outward:` takes. */
function writtenFields({ fields, outward }: MappingAst): string[] {
  const taken = outward.flatMap(({ from }) => /^\$values\.(\w+)/.exec(from ?? '')?.[1] ?? []);
  return [...new Set([...fields.filter(({ direction }) => direction !== 'in').map(({ to }) => to), ...taken])];
}

function ruleOf({ to, wins, onBoth, direction, writePolicy, required, class: fieldClass, fromText }: FieldSpec): FieldRule {
  return { to, wins, onBoth, direction, writePolicy, required, class: fieldClass, from: fromText };
}

function compileToCanonical(
  ast: MappingAst,
  input: { fields: CompiledField[]; keep?: (root: unknown, now: Date) => boolean },
): CompiledMapping['toCanonical'] {
  const { fields, keep } = input;
  const readRef = optional(ast.identify.ref);
  const readWriteId = optional(ast.identify.writeId);
  const parents = ast.parents.map((spec) => ({
    ...spec,
    byId: optional(spec.externalId),
    byRef: optional(spec.ref),
    byEmail: optional(spec.email),
    byMention: optional(spec.mentioned),
  }));
  const readThread = compileThread(ast.thread);
  const { needsOneOf, span } = OBJECTS[ast.into];
  const spans = span !== undefined;
  const isNamed = (values: CanonicalValues): boolean => needsOneOf.some((field) => Object.hasOwn(values, field));
  const map = (payload: unknown, context: InwardContext): MapResult => {
    if (keep && !keep(payload, context.now)) return { kind: 'excluded' };
    const values: CanonicalValues = {};
    const failures: RecordFailure[] = [];
    const blocked: RecordFailure[] = [];
    for (let at = 0; at < fields.length; at += 1) {
      const field = fields[at];
      const value = field.decode(payload, context);
      if (typeof value === 'string') values[field.to] = value;
      else if (value instanceof Refused) (blocksOnly(field.spec, value) ? blocked : failures).push(failureOf(field.spec, value));
      else if (value === undefined || (value === null && field.spec.nullMeans === 'absent')) {
        if (field.spec.required) failures.push(missing(field.spec));
      } else values[field.to] = value;
    }
    const links = parents.length === 0 ? [] : parents.flatMap((parent) => linkOf(parent, payload, failures));
    if (failures.length === 0 && blocked.length === 0 && !isNamed(values)) failures.push(missingAny(needsOneOf));
    if (spans && failures.length === 0) failures.push(...endBeforeStart(ast, values));
    if (failures.length > 0) return { kind: 'refused', failures };
    return {
      kind: 'mapped',
      values,
      parents: links,
      thread: readThread?.(payload),
      ref: refOf(readRef?.(payload)),
      writeId: textOf(readWriteId?.(payload)),
      blocked,
    };
  };
  return (payload, context) => {
    beginRecord();
    try {
      return map(asJson(payload), context);
    } catch (error) {
      if (!(error instanceof TooMuchWork)) throw error;
      return { kind: 'refused', failures: [tooMuchWork()] };
    }
  };
}

function tooMuchWork(): RecordFailure {
  return {
    code: 'INVALID_VALUE',
    field: '',
    pointer: '',
    message:
      'this record is too large for the steps of its mapping; make it smaller at the source, or use fewer patterns and long lists in the mapping',
    blocksOnlyField: false,
  };
}

/** What would be looked up is found by mapping the record with a pair of eyes that remembers what it was asked for. */
function compileLookups(ast: MappingAst, toCanonical: CompiledMapping['toCanonical']): CompiledMapping['lookups'] {
  if (!ast.fields.some(looksUp)) return () => [];
  return (payload, context) => {
    const keys = new Map<string, LookupKey>();
    const lookup = (stream: string, externalId: string): unknown => {
      keys.set(`${stream} ${externalId}`, { stream, externalId });
      return context.lookup?.(stream, externalId);
    };
    toCanonical(payload, { ...context, lookup });
    return [...keys.values()];
  };
}

function looksUp(spec: ValueSpec): boolean {
  if (spec.steps.some((step) => step.name === 'lookup')) return true;
  const branches =
    spec.source.kind === 'cases'
      ? [...spec.source.cases.map((one) => one.then), ...(spec.source.otherwise ? [spec.source.otherwise] : [])]
      : [];
  return [...branches, ...Object.values(spec.parts ?? {})].some(looksUp);
}

function optional(segments: Segment[] | undefined): Read | undefined {
  return segments && compileRead(segments);
}
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
function refOf(value: unknown): string | undefined {
  return typeof value === 'string' ? parseRef(value)?.ref : undefined;
}

/** Stage, status and outcome are never guessed, so they stop the record; any other drift or unknown word stops only its field. */
function blocksOnly(spec: FieldSpec, refused: Refused): boolean {
  return !spec.parks && !spec.required && (refused.code === 'STAGE_UNMAPPED' || refused.code === 'SCHEMA_DRIFT');
}

function failureOf(spec: FieldSpec, refused: Refused): RecordFailure {
  const blocksOnlyField = blocksOnly(spec, refused);
  const code = refused.code === 'STAGE_UNMAPPED' && !spec.stageLike ? 'SCHEMA_DRIFT' : refused.code;
  return {
    code,
    field: spec.to,
    pointer: pointerAt(spec),
    message: `${spec.to} (from ${spec.fromText}) ${refused.rule}`,
    blocksOnlyField,
  };
}

function pointerAt({ source }: ValueSpec): string {
  if (source.kind === 'cases') return source.otherwise ? pointerAt(source.otherwise) : '';
  const path =
    source.kind === 'paths'
      ? source.paths[0]
      : source.kind === 'template'
        ? source.pieces.find((piece) => typeof piece !== 'string')?.path
        : undefined;
  return pointerOf(path ?? []);
}

function missing(spec: FieldSpec): RecordFailure {
  return {
    code: 'MISSING_REQUIRED',
    field: spec.to,
    pointer: pointerAt(spec),
    message: `${spec.to} (from ${spec.fromText}) is required and empty; fill it at the source, or edit the record here`,
    blocksOnlyField: false,
  };
}
function missingAny(fields: readonly string[]): RecordFailure {
  return {
    code: 'MISSING_REQUIRED',
    field: fields[0],
    pointer: '',
    message: `one of ${fields.join(', ')} is required and all are empty; fill one at the source, or edit the record here`,
    blocksOnlyField: false,
  };
}

function endBeforeStart(ast: MappingAst, values: CanonicalValues): RecordFailure[] {
  const [start, end] = OBJECTS[ast.into].span ?? [];
  if (start === undefined || end === undefined) return [];
  const [from, to] = [values[start], values[end]];
  if (typeof from !== 'string' || typeof to !== 'string' || Date.parse(to) >= Date.parse(from)) return [];
  const spec = ast.fields.find((field) => field.to === end);
  const pointer = spec ? pointerAt(spec) : '';
  const message = `${end}${spec ? ` (from ${spec.fromText})` : ''} lies before ${start}; correct it at the source`;
  return [{ code: 'INVALID_VALUE', field: end, pointer, message, blocksOnlyField: false }];
}

type CompiledParent = MappingAst['parents'][number] & { byId?: Read; byRef?: Read; byEmail?: Read; byMention?: Read };

function linkOf(parent: CompiledParent, payload: unknown, failures: RecordFailure[]): ParentLink[] {
  const { role, object, required } = parent;
  const refuse = (code: RecordFailure['code'], message: string, place: Segment[]) => {
    failures.push({ code, field: role, pointer: pointerOf(place), message, blocksOnlyField: false });
    return [];
  };
  const externalId = textOf(parent.byId?.(payload));
  const [carried, mentioned] = [parent.byRef, parent.byMention].map((read) =>
    textsOf(read?.(payload)).flatMap((text) => parseRef(text) ?? []),
  );
  const refs = [...new Set([...carried, ...mentioned].map(({ ref }) => ref))];
  const stranger = [...carried, ...mentioned].find(({ kind }) => kind !== object);
  if (stranger)
    return refuse(
      'AMBIGUOUS_MATCH',
      `the reference number names a ${stranger.kind} where a ${object} belongs; correct it at the source`,
      parent.ref ?? parent.mentioned ?? [],
    );
  if (refs.length > 1)
    return refuse(
      'AMBIGUOUS_MATCH',
      `the record carries ${refs.length} reference numbers of different ${object}s; say which one is meant, or correct it at the source`,
      parent.ref ?? parent.mentioned ?? [],
    );
  const addresses = textsOf(parent.byEmail?.(payload));
  const [ref] = carried;
  if (externalId !== undefined || ref !== undefined || addresses.length > 0 || mentioned.length > 0)
    return [
      {
        role,
        object,
        externalId,
        ref: ref?.ref,
        required,
        ...(addresses.length > 0 && { addresses }),
        ...(ref === undefined && mentioned.length > 0 && { mentioned: mentioned[0].ref }),
      },
    ];
  if (!required) return [];
  return refuse(
    'MISSING_REQUIRED',
    `the record does not say which ${role} it belongs to; add it at the source`,
    parent.externalId ?? parent.ref ?? [],
  );
}

/** One text, or the texts of a list. */
function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((one) => textOf(one) ?? []);
}

function compileThread(spec: MappingAst['thread']): ((payload: unknown) => ThreadLink | undefined) | undefined {
  if (!spec) return undefined;
  const [answers, references, subject, sender] = [spec.answers, spec.references, spec.subject, spec.sender].map(optional);
  return (payload) => {
    const link = {
      answers: textOf(answers?.(payload)),
      references: textsOf(references?.(payload)),
      subject: textOf(subject?.(payload)) ?? '',
      sender: textOf(sender?.(payload)),
    };
    return link.answers !== undefined || link.references.length > 0 ? link : undefined;
  };
}

function compileFromCanonical(extras: OutwardSpec[], fields: FieldSpec[]): CompiledMapping['fromCanonical'] {
  const writers = fields.map(compileWriter);
  const additions = extras.map((extra) => ({ segments: extra.to, value: compileExtra(extra) }));
  return (values, context) => {
    beginRecord();
    const body = emptyObject();
    for (const write of writers) write(body, values, context);
    for (const { segments, value } of additions) {
      const extra = value(values, context);
      if (extra !== undefined) writePath(body, segments, extra);
    }
    return body;
  };
}

type Writer = (body: Record<string, unknown>, values: CanonicalValues, context: OutwardContext) => void;

/** Writes one field to its place; what `values` does not hold is not written. */
function compileWriter(spec: FieldSpec): Writer {
  const { to, back } = spec;
  if (back) {
    const make = compileBack(to, back);
    return (body, values, context) => {
      const value = Object.hasOwn(values, to) ? make(values, context) : undefined;
      if (value !== undefined) writePath(body, back.to, value);
    };
  }
  const encode = compileEncode(spec);
  const path = spec.source.kind === 'paths' ? (spec.source.paths[0] ?? []) : [];
  return (body, values, { settings }) => {
    if (!Object.hasOwn(values, to)) return;
    const value = values[to] === null ? null : encode(values[to], settings);
    if (value === undefined) return;
    if (path.length > 0) writePath(body, path, value);
    else if (value !== null) mergeInto(body, value as Record<string, unknown>);
  };
}

/** Parts that are spread over the record find their places beside what others wrote there. */
function mergeInto(body: Record<string, unknown>, parts: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(parts)) {
    const there = body[key];
    if (isPlainGroup(there) && isPlainGroup(value)) mergeInto(there, value);
    else body[key] = value;
  }
}
function isPlainGroup(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

type Source = (values: CanonicalValues, context: OutwardContext) => unknown;

function compileExtra({ from, value, without }: OutwardSpec): Source {
  if (from === undefined) return () => value;
  const read = compileSource(from);
  if (without === undefined) return read;
  const others = compileSource(without);
  return (values, context) => leaveOut(read(values, context), others(values, context));
}

function compileSource(from: string): Source {
  if (from === '$ref') return (_, context) => context.ref;
  if (from === '$writeId') return (_, context) => context.writeId;
  const segments = parsePath(from.slice(1));
  const read = typeof segments === 'string' ? () => undefined : compileRead(segments);
  return (values, { settings, parents }) => read({ settings, parents, values });
}

/** A list of people without those whose address the other list holds. */
function leaveOut(people: unknown, others: unknown): unknown {
  if (!Array.isArray(people) || !Array.isArray(others)) return people;
  const known = new Set(others.map(addressOf));
  return people.filter((person) => !known.has(addressOf(person)));
}

const readAddress = ['email', 'value'].map((key) => compileRead([{ kind: 'key', key }]));
function addressOf(person: unknown): string {
  const address = typeof person === 'string' ? person : (readAddress[0](person) ?? readAddress[1](person));
  return typeof address === 'string' ? address.toLowerCase() : '';
}

function explainField(spec: FieldSpec, payload: unknown, context: InwardContext): FieldExplanation {
  beginRecord();
  const { steps, value } = explainValue(spec, payload, context);
  const about = { to: spec.to, from: spec.fromText, steps };
  if (value instanceof Refused) return { ...about, failure: failureOf(spec, value) };
  return { ...about, ...(value === undefined ? {} : { result: value as CanonicalValue }) };
}
