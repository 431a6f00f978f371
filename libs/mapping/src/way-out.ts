import type { ValueSpec } from './ast.js';
import { STEPS } from './operators/steps.js';
import { collapse } from './operators/steps-text.js';
import { TYPES } from './operators/types.js';
import { isOnePlace, isWritable } from './path.js';
import type { Path, Reader } from './reader.js';

const WAY_OUT = 'use direction: in, or say under back: how it is written';

/** A field that is written needs one place and a way back through its type and every step; says which has none, and why. */
export function refuseOneWay(reader: Reader, value: ValueSpec, path: Path): void {
  const direction = [...path, 'direction'];
  if (value.source.kind === 'constant')
    return reader.fault(direction, `a constant is not read from anywhere, so it is written under outward:; use direction: in`);
  if (value.source.kind !== 'paths')
    return reader.fault(direction, `"${value.source.kind === 'template' ? 'template' : 'when'}" has no inverse; ${WAY_OUT}`);
  if (!hasPlace(value)) reader.fault(direction, `a field that is written needs one path without [] or [name=word]; ${WAY_OUT}`);
  const type = TYPES[value.as].encode(value, () => (one) => one);
  if (typeof type === 'string') reader.fault(direction, `as: ${value.as} has no inverse (${type}); ${WAY_OUT}`);
  refuseSteps(reader, value, path);
  for (const [name, part] of Object.entries(value.parts ?? {})) refusePart(reader, part, { path, name, custom: value.as === 'custom' });
}

/** A group or custom fields may be spread over the record: then each part has its place. */
function hasPlace({ source, as }: ValueSpec): boolean {
  if (source.kind !== 'paths') return false;
  if (source.paths.length === 0) return as === 'object' || as === 'custom';
  return source.paths.length === 1 && isWritable(source.paths[0]);
}

function refuseSteps(reader: Reader, value: ValueSpec, path: Path): void {
  let shaped: string | undefined;
  for (const [at, { name, argument }] of value.steps.entries()) {
    const inverse = STEPS[name].invert(argument as never);
    if (typeof inverse === 'string') reader.fault([...path, 'do', at], `"${name}" has no inverse (${inverse}); ${WAY_OUT}`);
    else if (shaped !== undefined && !(STEPS[name].shapes && ['prefix', 'suffix'].includes(name) && ['prefix', 'suffix'].includes(shaped)))
      reader.fault(
        [...path, 'do', at],
        `"${name}" behind "${shaped}" cannot be taken back; put ${shaped} last, or say under back: how it is written`,
      );
    const before =
      STEPS[name].strips &&
      value.steps
        .slice(0, at)
        .find((earlier) => !keepsLetters(earlier.name, name === 'removePrefix' ? `${String(argument)}.` : `.${String(argument)}`));
    if (before)
      reader.fault(
        [...path, 'do', at],
        `"${name}" behind "${before.name}" cannot be taken back; put ${name} first, or say under back: how it is written`,
      );
    if (STEPS[name].shapes) shaped = name;
  }
  if (shaped !== undefined && !TYPES[value.as].keepsText)
    reader.fault([...path, 'do'], `"${shaped}" before as: ${value.as} cannot be taken back; ${WAY_OUT}`);
}

/** Blanks at the ends and runs of them are all that trim and collapse change. */
function keepsLetters(step: string, text: string): boolean {
  return STEPS[step].strips === true || (['trim', 'collapse'].includes(step) && collapse(text) === text);
}

function refusePart(reader: Reader, part: ValueSpec, at: { path: Path; name: string; custom: boolean }): void {
  const path = [...at.path, 'parts', at.name];
  const single = part.source.kind === 'paths' && part.source.paths.length === 1 ? part.source.paths[0] : undefined;
  if (!single || !(at.custom ? isOnePlace(single) : isWritable(single)))
    reader.fault(path, `part ${at.name} has no place of its own to be written to; ${WAY_OUT}`);
  const type = TYPES[part.as].encode(part, () => (one) => one);
  if (typeof type === 'string') reader.fault(path, `part ${at.name}: as: ${part.as} has no inverse (${type}); ${WAY_OUT}`);
  refuseSteps(reader, part, path);
  for (const [name, inner] of Object.entries(part.parts ?? {})) refusePart(reader, inner, { path, name, custom: part.as === 'custom' });
}
