import type { CanonicalValue } from '#hub/canonical';
import type { Read } from '../path.js';
import { textOf } from './decode-scalars.js';
import { ITEMS, Refused, type Decode, type Decoded } from './refused.js';

export type Part = [string, Decode];

export function objectDecode(parts: Part[], read: Read): Decode {
  return (root, settings) => {
    const value = read(root);
    if (value === undefined || value === null) return value;
    if (typeof value !== 'object' || Array.isArray(value)) return new Refused('SCHEMA_DRIFT', 'changed its type; it was a group of values');
    return decodeParts(parts, value, settings);
  };
}

export function listDecode(parts: Part[], read: Read): Decode {
  return (root, settings) => {
    const value = read(root);
    if (value === undefined || value === null) return value;
    if (!Array.isArray(value)) return new Refused('SCHEMA_DRIFT', 'changed its type; it was a list');
    if (value.length > ITEMS) return new Refused('INVALID_VALUE', `must have at most ${ITEMS} entries`);
    const items: CanonicalValue[] = [];
    for (const item of value) {
      const decoded = parts.length > 0 ? decodeParts(parts, item, settings) : textOf(item);
      if (decoded instanceof Refused) return decoded;
      if (decoded !== undefined && decoded !== null) items.push(decoded);
    }
    return items;
  };
}

/** Nothing said by any part is nothing said. */
function decodeParts(parts: Part[], item: unknown, settings: Record<string, unknown>): Decoded {
  const object: Record<string, CanonicalValue> = {};
  let said = false;
  for (const [name, decode] of parts) {
    const value = decode(item, settings);
    if (value instanceof Refused) return new Refused(value.code, `has a part ${name} that ${value.rule}`);
    if (value === undefined || value === null) continue;
    object[name] = value;
    said = true;
  }
  return said ? object : undefined;
}
