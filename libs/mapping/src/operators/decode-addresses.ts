import type { CanonicalValue } from '#hub/canonical';
import type { ValueSpec } from '../ast.js';
import { compileRead } from '../path.js';
import { email, phone, textOf } from './decode-scalars.js';
import { ITEMS, Refused, type Decode, type Decoded } from './refused.js';

/** Words of vendors for the kind of an address or number. */
const TYPES = new Map([
  ['personal', 'PERSONAL'],
  ['work', 'WORK'],
  ['home', 'HOME'],
  ['mobile', 'MOBILE'],
  ['other', 'OTHER'],
]);
const EMAIL_TYPES = new Set(['PERSONAL', 'WORK', 'OTHER']);
const PHONE_TYPES = new Set(['MOBILE', 'WORK', 'HOME', 'OTHER']);
const [valueIn, typeIn, isPrimaryIn, primaryIn] = ['value', 'type', 'isPrimary', 'primary'].map((key) =>
  compileRead([{ kind: 'key', key }]),
);

export function emailItem(item: unknown): Decoded {
  const value = email(valueOf(item));
  return typeof value === 'string' ? { value, ...typeOf(item, EMAIL_TYPES), ...primaryOf(item) } : value;
}

/** A number without a country is kept as it was typed; it can be called, only not matched. */
export function phoneItem(item: unknown, country?: string): Decoded {
  const raw = textOf(valueOf(item));
  if (typeof raw !== 'string') return raw;
  const e164 = phone(raw, country);
  return { raw, ...(typeof e164 === 'string' ? { e164 } : {}), ...typeOf(item, PHONE_TYPES), ...primaryOf(item) };
}

/** An item is a bare text or a group that holds it as `value`; an array is neither. */
function valueOf(item: unknown): unknown {
  return typeof item === 'object' && !Array.isArray(item) ? valueIn(item) : item;
}

function typeOf(item: unknown, allowed: ReadonlySet<string>): { type?: string } {
  const word = typeIn(item);
  const type = typeof word === 'string' ? TYPES.get(word.toLowerCase()) : undefined;
  return type !== undefined && allowed.has(type) ? { type } : {};
}

function primaryOf(item: unknown): { primary?: true } {
  return isPrimaryIn(item) === true || primaryIn(item) === true ? { primary: true } : {};
}

/** All addresses of all paths; one path may hold a list, one address or one text. */
export function addresses(spec: ValueSpec, decode: (item: unknown) => Decoded): Decode {
  const reads = spec.from.map(compileRead);
  return (root) => {
    const found: CanonicalValue[] = [];
    let said = false;
    for (const read of reads) {
      const value = read(root);
      if (value === undefined || value === null) continue;
      said = true;
      const items = Array.isArray(value) ? value : [value];
      if (items.length > ITEMS) return new Refused('INVALID_VALUE', `must have at most ${ITEMS} entries`);
      for (const item of items) {
        const decoded = decode(item);
        if (decoded instanceof Refused) return decoded;
        if (decoded !== undefined && decoded !== null && !found.some((known) => sameAddress(known, decoded))) found.push(decoded);
      }
    }
    return said ? found : undefined;
  };
}

function sameAddress(a: CanonicalValue, b: CanonicalValue): boolean {
  const of = (value: CanonicalValue): unknown =>
    (value as { value?: unknown; e164?: unknown; raw?: unknown }).value ??
    (value as { e164?: unknown }).e164 ??
    (value as { raw?: unknown }).raw;
  return of(a) === of(b);
}
