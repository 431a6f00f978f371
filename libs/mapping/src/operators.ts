import parsePhone from 'libphonenumber-js/min';
import { brokenRule, type CanonicalValue, type FailureCode } from '#hub/canonical';
import type { ValueSpec } from './ast.js';
import { closestWord } from './closest-word.js';
import { compileRead, emptyObject, type Read } from './path.js';
import { wallTimeToInstant } from './wall-time.js';

/** A value that an operator refuses; `rule` ends a sentence that begins with the field. It never holds the value. */
export class Refused {
  constructor(
    readonly code: FailureCode,
    readonly rule: string,
  ) {}
}
/** undefined: the vendor says nothing. */
export type Decoded = CanonicalValue | undefined | Refused;
/** Reads one canonical value out of a record; `settings` are the connection's. */
export type Decode = (root: unknown, settings: Record<string, unknown>) => Decoded;

/** A vendor word that a table lists with null says nothing canonical. */
export const SILENT = '';

/** What a message may quote: a vendor's own word, never something that could be an address or a number of a person. */
const WORD = /^[A-Za-z][A-Za-z _-]{0,39}$/;
const ITEMS = 2_000;
const TEXT = 300_000;

/** Compiles how a value is read. */
export function compileDecode(spec: ValueSpec): Decode {
  if (spec.value !== undefined) {
    const constant = spec.value as CanonicalValue;
    return () => constant;
  }
  const read = readFirst(spec);
  switch (spec.as) {
    case 'text':
      return (root) => textOf(read(root));
    case 'email':
      return (root) => email(read(root));
    case 'emails':
      return addresses(spec, emailItem);
    case 'phone':
      return (root) => phone(read(root), spec.country);
    case 'phones':
      return addresses(spec, (item) => phoneItem(item, spec.country));
    case 'instant':
      return instantDecode(spec, read);
    case 'object':
      return objectDecode(spec, read);
    case 'list':
      return listDecode(spec, read);
    case 'enum':
      return enumDecode(spec, read);
    case 'firstName':
      return (root) => namePart(read(root), 'first');
    case 'lastName':
      return (root) => namePart(read(root), 'last');
    case 'date':
      return checked(read, 'date');
    case 'url':
      return checked((root) => withScheme(read(root)), 'url');
    case 'zone':
      return checked(read, 'zone');
    case 'boolean':
      return checked(read, 'boolean');
    case 'integer':
      return checked(read, 'integer');
  }
}

function readFirst(spec: ValueSpec): Read {
  const reads = spec.from.map(compileRead);
  if (reads.length === 1) return reads[0];
  if (reads.length === 0) return (root) => root;
  return (root) => {
    for (const read of reads) {
      const value = read(root);
      if (value !== undefined && value !== null && value !== '') return value;
    }
    return undefined;
  };
}

function checked(read: Read, kind: 'date' | 'url' | 'zone' | 'boolean' | 'integer'): Decode {
  return (root) => {
    const value = read(root);
    if (value === undefined || value === null || value === '') return value === '' ? undefined : (value as null | undefined);
    if (typeof value === 'object') return new Refused('SCHEMA_DRIFT', `changed its type; it was ${kind}`);
    const rule = brokenRule({ kind }, value as CanonicalValue);
    return rule ? new Refused('INVALID_VALUE', rule) : (value as CanonicalValue);
  };
}

/** People type addresses without `https://`. */
function withScheme(value: unknown): unknown {
  return typeof value === 'string' && /^[\w-]+(\.[\w-]+)+([/?#]\S*)?$/.test(value) ? `https://${value}` : value;
}

function textOf(value: unknown): Decoded {
  if (typeof value === 'string') {
    if (value.length > TEXT) return new Refused('INVALID_VALUE', `must have at most ${TEXT} characters`);
    const text = value.trim();
    return text === '' ? undefined : text;
  }
  if (value === undefined || value === null) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return new Refused('SCHEMA_DRIFT', 'changed its type; it was text');
}

function email(value: unknown): Decoded {
  const text = textOf(value);
  if (typeof text !== 'string') return text;
  const address = text.toLowerCase();
  const rule = brokenRule({ kind: 'email' }, address);
  return rule ? new Refused('INVALID_VALUE', rule) : address;
}

function phone(value: unknown, country?: string): Decoded {
  const text = textOf(value);
  if (typeof text !== 'string') return text;
  const number = parsePhone(text, country as never);
  return number?.isPossible() ? number.number : new Refused('INVALID_VALUE', 'must be a phone number with its country, such as +4930123456');
}

/** Words of vendors for the kind of an address or number. */
const TYPES = new Map([['personal', 'PERSONAL'], ['work', 'WORK'], ['home', 'HOME'], ['mobile', 'MOBILE'], ['other', 'OTHER']]);
const EMAIL_TYPES = new Set(['PERSONAL', 'WORK', 'OTHER']);
const PHONE_TYPES = new Set(['MOBILE', 'WORK', 'HOME', 'OTHER']);
const [valueIn, typeIn, isPrimaryIn, primaryIn] = ['value', 'type', 'isPrimary', 'primary'].map((key) => compileRead([{ kind: 'key', key }]));

function emailItem(item: unknown): Decoded {
  const value = email(valueOf(item));
  return typeof value === 'string' ? { value, ...typeOf(item, EMAIL_TYPES), ...primaryOf(item) } : value;
}

/** A number without a country is kept as it was typed; it can be called, only not matched. */
function phoneItem(item: unknown, country?: string): Decoded {
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
function addresses(spec: ValueSpec, decode: (item: unknown) => Decoded): Decode {
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
  const of = (value: CanonicalValue): unknown => (value as { value?: unknown; e164?: unknown; raw?: unknown }).value ?? (value as { e164?: unknown }).e164 ?? (value as { raw?: unknown }).raw;
  return of(a) === of(b);
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const WALL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;

function instantDecode(spec: ValueSpec, read: Read): Decode {
  const zone = spec.zone && compileRead(spec.zone);
  return (root) => {
    const value = read(root);
    if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
    if (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 8.64e15) return new Date(value).toISOString();
    if (typeof value !== 'string') return new Refused('SCHEMA_DRIFT', 'changed its type; it was an instant');
    if (INSTANT.test(value) && namesRealDay(value)) {
      const time = Date.parse(value);
      if (!Number.isNaN(time)) return new Date(time).toISOString();
    } else if (zone && WALL.test(value) && namesRealDay(value)) {
      const instant = wallTimeToInstant(value, zone(root));
      if (instant) return instant;
    }
    return new Refused('INVALID_VALUE', 'must be an instant such as 2026-03-01T10:00:00Z');
  };
}

/** `Date.parse` turns 30 February into 2 March; a day that does not exist is no instant. */
function namesRealDay(text: string): boolean {
  const day = Number(text.slice(8, 10));
  return day <= 28 || day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
}

function enumDecode(spec: ValueSpec, read: Read): Decode {
  const table = new Map(Object.entries(spec.table ?? {}));
  const words = [...table.keys()];
  return (root) => {
    const value = read(root);
    if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
    if (typeof value === 'object') return new Refused('SCHEMA_DRIFT', 'changed its type; it was a word');
    const known = table.get(String(value));
    if (known !== undefined) return known === SILENT ? undefined : known;
    const word = WORD.test(String(value)) ? `"${String(value)}"` : 'a word';
    const meant = closestWord(String(value).slice(0, 60), words);
    return new Refused('STAGE_UNMAPPED', `holds ${word}, which its table does not know${meant ? ` (near "${meant}")` : ''}; add the word to the table or correct it at the source`);
  };
}

function objectDecode(spec: ValueSpec, read: Read): Decode {
  const parts = compileParts(spec);
  const has = spec.from.length > 0;
  return (root, settings) => {
    const value = has ? read(root) : root;
    if (value === undefined || value === null) return value;
    if (typeof value !== 'object' || Array.isArray(value)) return new Refused('SCHEMA_DRIFT', 'changed its type; it was a group of values');
    return decodeParts(parts, value, settings);
  };
}

function listDecode(spec: ValueSpec, read: Read): Decode {
  const parts = compileParts(spec);
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

type Part = [string, Decode];

function compileParts(spec: ValueSpec): Part[] {
  return Object.entries(spec.parts ?? {}).map(([name, part]) => [name, compileDecode(part)]);
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

/** Vendors that give one name: the last word is the surname; a single word is one. */
function namePart(value: unknown, which: 'first' | 'last'): Decoded {
  const text = textOf(value);
  if (typeof text !== 'string') return text;
  const words = text.split(/\s+/);
  if (which === 'last') return words.at(-1);
  return words.length > 1 ? words.slice(0, -1).join(' ') : undefined;
}

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
