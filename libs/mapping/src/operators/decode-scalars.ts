import parsePhone from 'libphonenumber-js/min';
import { brokenRule, type CanonicalValue } from '#hub/canonical';
import type { Read } from '../path.js';
import { Refused, type Decode, type Decoded } from './refused.js';

const TEXT = 300_000;

export function checked(read: Read, kind: 'date' | 'url' | 'zone' | 'boolean' | 'integer'): Decode {
  return (root) => {
    const value = read(root);
    if (value === undefined || value === null || value === '') return value === '' ? undefined : (value as null | undefined);
    if (typeof value === 'object') return new Refused('SCHEMA_DRIFT', `changed its type; it was ${kind}`);
    const rule = brokenRule({ kind }, value as CanonicalValue);
    return rule ? new Refused('INVALID_VALUE', rule) : (value as CanonicalValue);
  };
}

/** People type addresses without `https://`. */
export function withScheme(value: unknown): unknown {
  return typeof value === 'string' && /^[\w-]+(\.[\w-]+)+([/?#]\S*)?$/.test(value) ? `https://${value}` : value;
}

export function textOf(value: unknown): Decoded {
  if (typeof value === 'string') {
    if (value.length > TEXT) return new Refused('INVALID_VALUE', `must have at most ${TEXT} characters`);
    const text = value.trim();
    return text === '' ? undefined : text;
  }
  if (value === undefined || value === null) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return new Refused('SCHEMA_DRIFT', 'changed its type; it was text');
}

export function email(value: unknown): Decoded {
  const text = textOf(value);
  if (typeof text !== 'string') return text;
  const address = text.toLowerCase();
  const rule = brokenRule({ kind: 'email' }, address);
  return rule ? new Refused('INVALID_VALUE', rule) : address;
}

export function phone(value: unknown, country?: string): Decoded {
  const text = textOf(value);
  if (typeof text !== 'string') return text;
  const number = parsePhone(text, country as never);
  return number?.isPossible()
    ? number.number
    : new Refused('INVALID_VALUE', 'must be a phone number with its country, such as +4930123456');
}

/** Vendors that give one name: the last word is the surname; a single word is one. */
export function namePart(value: unknown, which: 'first' | 'last'): Decoded {
  const text = textOf(value);
  if (typeof text !== 'string') return text;
  const words = text.split(/\s+/);
  if (which === 'last') return words.at(-1);
  return words.length > 1 ? words.slice(0, -1).join(' ') : undefined;
}
