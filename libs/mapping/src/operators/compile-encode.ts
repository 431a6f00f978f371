import type { CanonicalValue } from '#hub/canonical';
import type { ValueSpec } from '../ast.js';
import { emptyObject } from '../path.js';

/** Compiles how a canonical value is written; only invertible operators reach this. */
export function compileEncode(spec: ValueSpec): (value: CanonicalValue) => unknown {
  if (spec.as === 'enum') {
    const inverse = new Map<string, string>();
    for (const [theirs, ours] of Object.entries(spec.table ?? {})) if (!inverse.has(ours)) inverse.set(ours, theirs);
    return (value) => inverse.get(String(value));
  }
  if (spec.as === 'object' || spec.as === 'list') return encodeParts(spec);
  if (spec.as === 'emails') return (value) => (Array.isArray(value) ? value.map(encodeEmail) : value);
  return (value) => value;
}

function encodeEmail(item: CanonicalValue): CanonicalValue {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
  const { value, type, primary } = item;
  return { value, ...(typeof type === 'string' ? { type: type[0] + type.slice(1).toLowerCase() } : {}), isPrimary: primary === true };
}

function encodeParts(spec: ValueSpec): (value: CanonicalValue) => unknown {
  const parts = Object.entries(spec.parts ?? {}).map(([name, part]) => ({ name, to: part.from[0]?.[0], encode: compileEncode(part) }));
  const one = (item: CanonicalValue): unknown => {
    if (item === null || typeof item !== 'object' || Array.isArray(item) || parts.length === 0) return item;
    const object = emptyObject();
    for (const { name, to, encode } of parts) if (Object.hasOwn(item, name) && to?.kind === 'key') object[to.key] = encode(item[name]);
    return object;
  };
  return (value) => (Array.isArray(value) ? value.map(one) : one(value));
}
