import { OBJECTS, parseRef, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import type { FieldSpec, MappingAst, OutwardSpec } from './ast.js';
import type {
  CompiledMapping,
  ExplainStep,
  FieldExplanation,
  FieldRule,
  InwardContext,
  MapResult,
  OutwardContext,
  ParentLink,
  RecordFailure,
} from './mapping.js';
import { compileDecode } from './operators/compile-decode.js';
import { compileEncode } from './operators/compile-encode.js';
import { Refused, type Decode } from './operators/refused.js';
import { compileRead, emptyObject, parsePath, pointerOf, writePath, type Read, type Segment } from './path.js';
import { compilePredicate } from './predicates.js';

interface CompiledField {
  spec: FieldSpec;
  decode: Decode;
}

/** Turns a validated mapping into closures, once. Nothing of the file is evaluated when a record passes. */
export function compileMapping(ast: MappingAst): CompiledMapping {
  const inwardFields = ast.fields
    .filter((field) => field.direction !== 'out')
    .map((spec): CompiledField => ({ spec, decode: compileDecode(spec) }));
  const outwardFields = ast.fields.filter((field) => field.direction !== 'in');
  const keep = compilePredicate(ast.keepIf, true);
  const create = compilePredicate(ast.createWhen, false);
  return {
    name: ast.mapping,
    version: ast.version,
    digest: ast.digest,
    connector: ast.connector,
    stream: ast.stream,
    into: ast.into,
    fields: ast.fields.map(ruleOf),
    outward: outwardFields.map((field) => field.to),
    inward: inwardFields.map((field) => field.spec.to),
    toCanonical: compileToCanonical(ast, { fields: inwardFields, keep: (root, now) => keep({ root, now, parents: {} }) }),
    fromCanonical: compileFromCanonical(ast.outward, outwardFields),
    outwardPaths: (names) => outwardFields.filter((field) => names.includes(field.to)).map((field) => field.fromText),
    shouldCreate: (values, context) => create({ root: values, now: context.now, parents: context.parents }),
    explain: (payload, context) => inwardFields.map((field) => explainField(field, payload, context)),
  };
}

function ruleOf({ to, wins, onBoth, direction, required, class: fieldClass, fromText }: FieldSpec): FieldRule {
  return { to, wins, onBoth, direction, required, class: fieldClass, from: fromText };
}

function compileToCanonical(
  ast: MappingAst,
  input: { fields: CompiledField[]; keep: (root: unknown, now: Date) => boolean },
): CompiledMapping['toCanonical'] {
  const { fields, keep } = input;
  const readRef = optional(ast.identify.ref);
  const readWriteId = optional(ast.identify.writeId);
  const parents = ast.parents.map((spec) => ({ ...spec, byId: optional(spec.externalId), byRef: optional(spec.ref) }));
  const { needsOneOf } = OBJECTS[ast.into];
  return (payload, context): MapResult => {
    if (!keep(payload, context.now)) return { kind: 'excluded' };
    const values: CanonicalValues = {};
    const failures: RecordFailure[] = [];
    const blocked: RecordFailure[] = [];
    for (const { spec, decode } of fields) {
      const value = decode(payload, context.settings);
      if (value instanceof Refused) (blocksOnly(spec, value) ? blocked : failures).push(failureOf(spec, value));
      else if (value === undefined || (value === null && spec.nullMeans === 'absent')) {
        if (spec.required) failures.push(missing(spec));
      } else values[spec.to] = value;
    }
    const links = parents.flatMap((parent) => linkOf(parent, payload, failures));
    if (failures.length === 0 && blocked.length === 0 && !needsOneOf.some((field) => Object.hasOwn(values, field)))
      failures.push(missingAny(needsOneOf));
    if (failures.length === 0) failures.push(...endBeforeStart(ast, values));
    if (failures.length > 0) return { kind: 'refused', failures };
    return { kind: 'mapped', values, parents: links, ref: refOf(readRef?.(payload)), writeId: textOf(readWriteId?.(payload)), blocked };
  };
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
  return !spec.stageLike && !spec.required && (refused.code === 'STAGE_UNMAPPED' || refused.code === 'SCHEMA_DRIFT');
}

function failureOf(spec: FieldSpec, refused: Refused): RecordFailure {
  const blocksOnlyField = blocksOnly(spec, refused);
  const code = blocksOnlyField && refused.code === 'STAGE_UNMAPPED' ? 'SCHEMA_DRIFT' : refused.code;
  return {
    code,
    field: spec.to,
    pointer: pointerOf(spec.from[0] ?? []),
    message: `${spec.to} (from ${spec.fromText}) ${refused.rule}`,
    blocksOnlyField,
  };
}

function missing(spec: FieldSpec): RecordFailure {
  return {
    code: 'MISSING_REQUIRED',
    field: spec.to,
    pointer: pointerOf(spec.from[0] ?? []),
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
  const pointer = pointerOf(spec?.from[0] ?? []);
  const message = `${end}${spec ? ` (from ${spec.fromText})` : ''} lies before ${start}; correct it at the source`;
  return [{ code: 'INVALID_VALUE', field: end, pointer, message, blocksOnlyField: false }];
}

type CompiledParent = MappingAst['parents'][number] & { byId?: Read; byRef?: Read };

function linkOf(parent: CompiledParent, payload: unknown, failures: RecordFailure[]): ParentLink[] {
  const { role, object, required } = parent;
  const externalId = textOf(parent.byId?.(payload));
  const carried = textOf(parent.byRef?.(payload));
  const ref = carried === undefined ? undefined : parseRef(carried);
  if (ref && ref.kind !== object) {
    failures.push({
      code: 'AMBIGUOUS_MATCH',
      field: role,
      pointer: pointerOf(parent.ref ?? []),
      message: `the reference number names a ${ref.kind} where a ${object} belongs; correct it at the source`,
      blocksOnlyField: false,
    });
    return [];
  }
  if (externalId !== undefined || ref !== undefined) return [{ role, object, externalId, ref: ref?.ref, required }];
  if (required)
    failures.push({
      code: 'MISSING_REQUIRED',
      field: role,
      pointer: pointerOf(parent.externalId ?? parent.ref ?? []),
      message: `the record does not say which ${role} it belongs to; add it at the source`,
      blocksOnlyField: false,
    });
  return [];
}

function compileFromCanonical(extras: OutwardSpec[], fields: FieldSpec[]): CompiledMapping['fromCanonical'] {
  const writers = fields.map((spec) => ({ to: spec.to, segments: spec.from[0], encode: compileEncode(spec) }));
  const additions = extras.map((extra) => ({ segments: extra.to, value: compileExtra(extra) }));
  return (values, context) => {
    const body = emptyObject();
    for (const { to, segments, encode } of writers) {
      if (!Object.hasOwn(values, to)) continue;
      const value = values[to] === null ? null : encode(values[to]);
      if (value !== undefined) writePath(body, segments, value);
    }
    for (const { segments, value } of additions) {
      const extra = value(values, context);
      if (extra !== undefined) writePath(body, segments, extra);
    }
    return body;
  };
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

function explainField({ spec, decode }: CompiledField, payload: unknown, context: InwardContext): FieldExplanation {
  const steps: ExplainStep[] = spec.from.map((segments, at) => ({
    operator: `read ${spec.fromText.split(' | ')[at] ?? ''}`,
    value: compileRead(segments)(payload) ?? null,
  }));
  const value = decode(payload, context.settings);
  if (value instanceof Refused) return { to: spec.to, from: spec.fromText, steps, failure: failureOf(spec, value) };
  return {
    to: spec.to,
    from: spec.fromText,
    steps: [...steps, { operator: spec.as, value: value ?? null }],
    ...(value === undefined ? {} : { result: value as CanonicalValue }),
  };
}
