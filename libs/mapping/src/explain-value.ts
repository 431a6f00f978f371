import type { CanonicalValue } from '#hub/canonical';
import type { ValueSpec } from './ast.js';
import { compileDecode, compileReadFirst, compileSteps, compileTemplate } from './compile-value.js';
import type { ExplainStep, InwardContext } from './mapping.js';
import { Refused, type Decoded } from './operators/refused.js';
import { gathersPaths } from './operators/type.js';
import { TYPES } from './operators/types.js';
import { compileRead } from './path.js';
import { compilePredicate } from './predicates.js';
import { sayArgument, sayPredicate } from './say.js';

/** How one value comes about: what was read, what each step made of it, what the type made of that. */
export function explainValue(spec: ValueSpec, root: unknown, context: InwardContext): { steps: ExplainStep[]; value: Decoded } {
  const value = compileDecode(spec)(root, context);
  const steps = stepsOf(spec, root, context);
  if (spec.fallback !== undefined && value === spec.fallback) steps.push({ operator: 'default', value: spec.fallback });
  return { steps, value };
}

function stepsOf(spec: ValueSpec, root: unknown, context: InwardContext): ExplainStep[] {
  const { source } = spec;
  if (source.kind === 'constant') return [{ operator: 'constant', value: source.value }];
  if (source.kind === 'cases') {
    const chosen = source.cases.find((one) => compilePredicate(one.if, true)({ root, now: context.now, parents: {} }));
    const branch = chosen?.then ?? source.otherwise;
    const why = chosen ? `because ${sayPredicate(chosen.if)}` : 'otherwise';
    return [{ operator: why, value: null }, ...(branch ? stepsOf(branch, root, context) : [])];
  }
  const read = source.kind === 'template' ? readSlots(source.pieces, root) : readPaths(spec, source.paths, root);
  return [...read, ...walk(spec, root, context)];
}

function readPaths(spec: ValueSpec, paths: Parameters<typeof compileReadFirst>[0], root: unknown): ExplainStep[] {
  const texts = spec.fromText.split(' | ');
  return paths.map((path, at) => ({ operator: `read ${texts[at] ?? '.'}`, value: shown(compileRead(path)(root)) }));
}

function readSlots(pieces: Parameters<typeof compileTemplate>[0], root: unknown): ExplainStep[] {
  const slots = pieces.flatMap((piece) =>
    typeof piece === 'string' ? [] : [{ operator: `slot ${piece.slot}`, value: shown(compileRead(piece.path)(root)) }],
  );
  return [...slots, { operator: 'template', value: shown(compileTemplate(pieces)(root)) }];
}

function walk(spec: ValueSpec, root: unknown, context: InwardContext): ExplainStep[] {
  const steps: ExplainStep[] = [];
  for (let at = 1; at <= spec.steps.length; at += 1) {
    const { name, argument } = spec.steps[at - 1];
    const value = valueAfter(spec, at, root, context);
    steps.push({ operator: `${name}${sayArgument(argument)}`, value: shown(value) });
  }
  const decode = compileDecode({ ...spec, fallback: undefined });
  return [...steps, { operator: spec.as, value: shown(decode(root, context)) }];
}

function valueAfter(spec: ValueSpec, count: number, root: unknown, context: InwardContext): unknown {
  const { source } = spec;
  const read = source.kind === 'template' ? compileTemplate(source.pieces) : compileReadFirst(source.kind === 'paths' ? source.paths : []);
  let value =
    gathersPaths(TYPES[spec.as], spec.options) && source.kind === 'paths'
      ? source.paths.flatMap((path) => compileRead(path)(root) ?? [])
      : read(root);
  for (const step of compileSteps(spec.steps.slice(0, count))) {
    if (value === undefined || value === null || value === '' || value instanceof Refused) return value;
    value = step(value, context);
  }
  return value;
}

function shown(value: unknown): CanonicalValue {
  if (value instanceof Refused) return `refused: ${value.rule}`;
  return (value ?? null) as CanonicalValue;
}
