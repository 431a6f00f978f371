import type { CanonicalValue, CanonicalValues } from '#hub/canonical';
import type { BackSpec, StepSpec, TemplatePiece, ValueSpec } from './ast.js';
import type { InwardContext } from './mapping.js';
import { Refused, type Decode, type DecodeValue, type Decoded, type Encode, type Step } from './operators/refused.js';
import { STEPS } from './operators/steps.js';
import { textOf } from './operators/types-text.js';
import { gathersPaths } from './operators/type.js';
import { TYPES } from './operators/types.js';
import { compileRead, isObject, ownKeys, type Read, type Segment } from './path.js';
import { compilePredicate } from './predicates.js';

/** Compiles how a value is read: its source, its steps, its type, and what stands in where nothing is said. */
export function compileDecode(spec: ValueSpec): Decode {
  const decode = compileSource(spec);
  const { fallback } = spec;
  if (fallback === undefined) return decode;
  return (root, context) => decode(root, context) ?? fallback;
}

function compileSource(spec: ValueSpec): Decode {
  const { source } = spec;
  if (source.kind === 'constant') {
    const constant = source.value;
    return () => constant;
  }
  if (source.kind === 'cases') return compileCases(source);
  const type = TYPES[spec.as];
  const decode = type.decode(spec, compileDecode);
  const steps = compileSteps(spec.steps);
  if (source.kind === 'paths' && source.paths.length === 1 && steps.length === 0 && decode === textOf) return compileText(source.paths[0]);
  if (source.kind === 'template') return withSteps(compileTemplate(source.pieces), steps, decode);
  return withSteps(gathersPaths(type, spec.options) ? compileReadAll(source.paths) : compileReadFirst(source.paths), steps, decode);
}

/** The commonest rule of all, a text of one place, in one step. */
function compileText(path: Segment[]): Decode {
  const [outer, inner, ...more] = ownKeys(path) ?? [];
  if (outer !== undefined && inner === undefined) return (root) => textOf(isObject(root) ? root[outer] : undefined);
  if (outer !== undefined && more.length === 0)
    return (root) => {
      const group = isObject(root) ? root[outer] : undefined;
      return textOf(isObject(group) ? group[inner] : undefined);
    };
  const read = compileRead(path);
  return (root) => textOf(read(root));
}

function compileCases({ cases, otherwise }: Extract<ValueSpec['source'], { kind: 'cases' }>): Decode {
  const branches = cases.map((one) => ({ test: compilePredicate(one.if, true), decode: compileDecode(one.then) }));
  const last = otherwise ? compileDecode(otherwise) : (): Decoded => undefined;
  return (root, context) => {
    for (const { test, decode } of branches) if (test({ root, now: context.now, parents: {} })) return decode(root, context);
    return last(root, context);
  };
}

function withSteps(read: Read, steps: Step[], decode: DecodeValue): Decode {
  if (steps.length === 0) return (root, context) => decode(read(root), root, context);
  return (root, context) => {
    const value = runSteps(steps, read(root), context);
    return value instanceof Refused ? value : decode(value, root, context);
  };
}

export function compileSteps(specs: readonly StepSpec[]): Step[] {
  return specs.map(({ name, argument }) => STEPS[name].compile(argument as never));
}

/** What says nothing passes every step untouched. */
function runSteps(steps: readonly Step[], first: unknown, context: InwardContext): unknown {
  let value = first;
  for (const step of steps) {
    if (value === undefined || value === null || value === '' || value instanceof Refused) return value;
    value = step(value, context);
  }
  return value;
}

/** The first place that says something; without a place, the record or list item itself. */
export function compileReadFirst(paths: Segment[][]): Read {
  const reads = paths.map(compileRead);
  if (reads.length === 0) return (root) => root;
  if (reads.length === 1) return reads[0];
  return (root) => {
    let cleared = false;
    for (const read of reads) {
      const value = read(root);
      if (value !== undefined && value !== null && value !== '') return value;
      cleared ||= value === null;
    }
    return cleared ? null : undefined;
  };
}

/** Everything that all places say, as one list; a place may hold a list or one entry. */
function compileReadAll(paths: Segment[][]): Read {
  const reads = paths.map(compileRead);
  return (root) => {
    const all: unknown[] = [];
    let said = false;
    for (const read of reads) {
      const value = read(root);
      if (value === undefined || value === null) continue;
      said = true;
      for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) all.push(item);
    }
    return said ? all : undefined;
  };
}

/** Fills the slots; blanks around slots that say nothing go, and a text of letters only says nothing. */
export function compileTemplate(pieces: readonly TemplatePiece[]): Read {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? piece : compileRead(piece.path)));
  return (root) => {
    let [text, said] = ['', false];
    for (const part of parts) {
      const value = typeof part === 'string' ? part : part(root);
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
      if (typeof part !== 'string' && String(value).trim() !== '') said = true;
      text += typeof part === 'string' ? value : String(value).trim();
    }
    return said ? text.replace(/\s+/gu, ' ').trim() : undefined;
  };
}

/** Compiles how a canonical value is written. @throws Error for a value that has no way out: the validator demands `back:` there. */
export function compileEncode(spec: ValueSpec): Encode {
  const encode = TYPES[spec.as].encode(spec, compileEncode);
  if (typeof encode === 'string') throw new Error(encode);
  const back = [...spec.steps].reverse().map(({ name, argument }) => {
    const invert = STEPS[name].invert(argument as never);
    if (typeof invert === 'string') throw new Error(invert);
    return invert;
  });
  if (back.length === 0) return encode;
  return (value, settings) => {
    const written = encode(value, settings);
    return written === undefined || written === null ? written : back.reduce<unknown>((held, step) => step(held), written);
  };
}

/** Compiles `back:`; several canonical fields may make what is written. Steps that refuse write nothing. */
export function compileBack(field: string, back: BackSpec): (values: CanonicalValues, context: InwardContext) => unknown {
  const read: Read = back.pieces ? compileTemplate(back.pieces) : compileRead([{ kind: 'key', key: field }]);
  const steps = compileSteps(back.steps);
  const { table } = back;
  return (values, context) => {
    const value = runSteps(steps, read(values), context);
    if (value instanceof Refused) return undefined;
    return table === undefined ? value : table[String(value as CanonicalValue)];
  };
}
