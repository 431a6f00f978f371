import type { CanonicalValue } from '#hub/canonical';
import type { Setting, ValueSpec } from '../ast.js';
import { compileRead, emptyObject, writePath } from '../path.js';
import { charge } from '../work.js';
import { optional, word } from './argument.js';
import { changedType, invalid, ITEMS, Refused, type Decode, type DecodeValue, type Decoded, type Encode } from './refused.js';
import { compileSetting, isGroup, type TypeOperator } from './type.js';
import { email, phone, textOf } from './types-text.js';

type Compile = (part: ValueSpec) => Decode;
type Part = [string, Decode];

function partsOf(spec: ValueSpec, compile: Compile): Part[] {
  return Object.entries(spec.parts ?? {}).map(([name, part]) => [name, compile(part)]);
}

/** Nothing said by any part is nothing said. */
function decodeParts(parts: Part[], item: unknown, context: Parameters<Decode>[1]): Decoded {
  charge(parts.length);
  const object: Record<string, CanonicalValue> = {};
  let said = false;
  for (let at = 0; at < parts.length; at += 1) {
    const [name, decode] = parts[at];
    const value = decode(item, context);
    if (typeof value === 'string') {
      object[name] = value;
      said = true;
      continue;
    }
    if (value instanceof Refused) return new Refused(value.code, `has a part ${name} that ${value.rule}`, value.word);
    if (value === undefined || value === null) continue;
    object[name] = value;
    said = true;
  }
  return said ? object : undefined;
}

function decodeObject(spec: ValueSpec, compile: Compile): DecodeValue {
  const parts = partsOf(spec, compile);
  return (value, _root, context) => {
    if (value === undefined || value === null) return value;
    return isGroup(value) ? decodeParts(parts, value, context) : changedType('a group of values');
  };
}

/** Decodes each entry of a list; an entry that says nothing is left out. */
function decodeList(decode: (item: unknown, root: unknown, context: Parameters<Decode>[1]) => Decoded): DecodeValue {
  return (value, root, context) => {
    if (value === undefined || value === null) return value;
    if (!Array.isArray(value)) return changedType('a list');
    if (value.length > ITEMS) return invalid(`must have at most ${ITEMS} entries`);
    charge(value.length);
    const items: CanonicalValue[] = [];
    for (const item of value) {
      const decoded = decode(item, root, context);
      if (decoded instanceof Refused) return decoded;
      if (decoded !== undefined && decoded !== null) items.push(decoded);
    }
    return items;
  };
}

function encodePart(parts: { name: string; spec: ValueSpec; encode: Encode }[]): Encode {
  return (item, settings) => {
    if (!isGroup(item) || parts.length === 0) return item;
    const object = emptyObject();
    for (const { name, spec, encode } of parts) {
      const path = spec.source.kind === 'paths' ? spec.source.paths[0] : undefined;
      if (!path || !Object.hasOwn(item, name)) continue;
      const value = encode(item[name], settings);
      if (value !== undefined) writePath(object, path, value);
    }
    return object;
  };
}

function encodeParts(spec: ValueSpec, compile: (part: ValueSpec) => Encode): Encode {
  const parts = Object.entries(spec.parts ?? {}).map(([name, part]) => ({ name, spec: part, encode: compile(part) }));
  const one = encodePart(parts);
  return (value, settings) => (Array.isArray(value) ? value.map((item) => one(item, settings)) : one(value, settings));
}

/** Words of vendors for the kind of an address or number. */
const KINDS = new Map([
  ['personal', 'PERSONAL'],
  ['work', 'WORK'],
  ['home', 'HOME'],
  ['mobile', 'MOBILE'],
  ['cell', 'MOBILE'],
  ['other', 'OTHER'],
]);
const EMAIL_KINDS = new Set(['PERSONAL', 'WORK', 'OTHER']);
const PHONE_KINDS = new Set(['MOBILE', 'WORK', 'HOME', 'OTHER']);
const [valueIn, typeIn, isPrimaryIn, primaryIn] = ['value', 'type', 'isPrimary', 'primary'].map((key) =>
  compileRead([{ kind: 'key', key }]),
);

function emailItem(item: unknown): Decoded {
  const value = email(textIn(item));
  return typeof value === 'string' ? { value, ...kindOf(item, EMAIL_KINDS), ...primaryOf(item) } : value;
}

/** A number without a country is kept as it was typed; it can be called, only not matched. */
function phoneItem(item: unknown, country: unknown): Decoded {
  const raw = textOf(textIn(item));
  if (typeof raw !== 'string') return raw;
  const e164 = phone(raw, country);
  return { raw, ...(typeof e164 === 'string' ? { e164 } : {}), ...kindOf(item, PHONE_KINDS), ...primaryOf(item) };
}

/** An item is a bare text or a group that holds it as `value`; an array is neither. */
function textIn(item: unknown): unknown {
  return typeof item === 'object' && !Array.isArray(item) ? valueIn(item) : item;
}
function kindOf(item: unknown, allowed: ReadonlySet<string>): { type?: string } {
  const named = typeIn(item);
  const type = typeof named === 'string' ? KINDS.get(named.toLowerCase()) : undefined;
  return type !== undefined && allowed.has(type) ? { type } : {};
}
function primaryOf(item: unknown): { primary?: true } {
  return isPrimaryIn(item) === true || primaryIn(item) === true ? { primary: true } : {};
}

/** The same address twice is one. */
function decodeAddresses(decode: (item: unknown, root: unknown, context: Parameters<Decode>[1]) => Decoded): DecodeValue {
  const list = decodeList(decode);
  return (value, root, context) => {
    const items = list(value, root, context);
    if (!Array.isArray(items)) return items;
    const seen = new Map<unknown, CanonicalValue>();
    for (const item of items) {
      const key = addressOf(item);
      if (!seen.has(key)) seen.set(key, item);
    }
    return [...seen.values()];
  };
}

function addressOf(item: CanonicalValue): unknown {
  if (!isGroup(item)) return item;
  return item.value ?? item.e164 ?? item.raw;
}

function encodeAddress(item: CanonicalValue): CanonicalValue {
  if (!isGroup(item)) return item;
  const { type, primary } = item;
  const value = item.value ?? item.raw ?? item.e164;
  return { value, ...(typeof type === 'string' ? { type: type[0] + type.slice(1).toLowerCase() } : {}), isPrimary: primary === true };
}
const encodeAddresses = (): Encode => (value) => (Array.isArray(value) ? value.map(encodeAddress) : value);

/** By the ending of a file name; what is not listed says nothing. */
const MIMES = new Map(
  Object.entries({
    pdf: 'application/pdf',
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    odt: 'application/vnd.oasis.opendocument.text',
    rtf: 'application/rtf',
    txt: 'text/plain',
    html: 'text/html',
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
  }),
);

function decodeAttachment(spec: ValueSpec, compile: Compile): DecodeValue {
  const parts = partsOf(spec, compile);
  return decodeList((item, _root, context) => {
    const decoded = decodeParts(parts, item, context);
    if (!isGroup(decoded)) return decoded;
    const filename = decoded.filename ?? lastPiece(decoded.url);
    const mime = decoded.mime ?? (typeof filename === 'string' ? MIMES.get(filename.split('.').at(-1)?.toLowerCase() ?? '') : undefined);
    return { ...decoded, ...(filename ? { filename } : {}), ...(mime ? { mime } : {}) };
  });
}

function lastPiece(url: unknown): string | undefined {
  const piece = typeof url === 'string' && URL.canParse(url) ? new URL(url).pathname.split('/').at(-1) : undefined;
  return piece === '' ? undefined : piece;
}

/** What a custom field is, told by its type's word. */
const CUSTOM_TYPES = new Map(
  Object.entries({
    number: 'NUMBER',
    integer: 'NUMBER',
    duration: 'NUMBER',
    boolean: 'BOOLEAN',
    date: 'DATE',
    instant: 'INSTANT',
    url: 'URL',
    email: 'EMAIL',
    phone: 'PHONE',
  }),
);

function decodeCustom(spec: ValueSpec, compile: Compile): DecodeValue {
  const parts = Object.entries(spec.parts ?? {}).map(([key, part]) => ({
    key,
    type: CUSTOM_TYPES.get(part.as) ?? 'TEXT',
    decode: compile(part),
  }));
  return (value, _root, context) => {
    if (value === undefined || value === null) return value;
    if (typeof value !== 'object') return changedType('a group of values');
    charge(parts.length);
    const fields: CanonicalValue[] = [];
    for (const { key, type, decode } of parts) {
      const decoded = decode(value, context);
      if (decoded instanceof Refused) return new Refused(decoded.code, `has a custom field ${key} that ${decoded.rule}`);
      if (decoded !== undefined && decoded !== null) fields.push({ key, type, value: decoded });
    }
    return fields.length > 0 ? fields : undefined;
  };
}

function encodeCustom(spec: ValueSpec, compile: (part: ValueSpec) => Encode): Encode {
  const parts = new Map(Object.entries(spec.parts ?? {}).map(([key, part]) => [key, { part, encode: compile(part) }]));
  return (fields, settings) => {
    const body = emptyObject();
    for (const field of Array.isArray(fields) ? fields : []) {
      const known = isGroup(field) ? parts.get(String(field.key)) : undefined;
      const path = known?.part.source.kind === 'paths' ? known.part.source.paths[0] : undefined;
      const value = isGroup(field) ? known?.encode(field.value, settings) : undefined;
      if (path && value !== undefined) writePath(body, path, value);
    }
    return body;
  };
}

/** Types that fill one entry of a plain list. */
const LIST_OF = ['text', 'email', 'phone', 'url', 'integer', 'number', 'country', 'language', 'region'] as const;

export function listTypes(scalars: Readonly<Record<string, TypeOperator>>): Record<string, TypeOperator> {
  return {
    object: {
      says: 'a group of parts, each with a rule of its own',
      fits: ['object'],
      options: {},
      parts: 'canonical',
      decode: decodeObject,
      encode: encodeParts,
    },
    list: {
      says: 'a list: of groups with parts:, or of: one simple type (text unless said)',
      fits: ['set', 'list'],
      options: { of: optional(word(...LIST_OF)), paths: optional(word('first', 'together')) },
      parts: 'canonical',
      keepsText: true,
      decode: (spec, compile) => {
        if (spec.parts) {
          const parts = partsOf(spec, compile);
          return decodeList((item, _root, context) => decodeParts(parts, item, context));
        }
        const of = scalars[(spec.options.of as string | undefined) ?? 'text'];
        return decodeList(of.decode({ ...spec, options: {} }, compile));
      },
      encode: encodeParts,
    },
    emails: {
      says: 'all e-mail addresses of all its paths, each once; an entry is a text or a group with value, type and isPrimary',
      fits: ['set', 'list'],
      options: {},
      gathers: true,
      decode: () => decodeAddresses(emailItem),
      encode: encodeAddresses,
    },
    phones: {
      says: 'all phone numbers of all its paths, each once, as typed and as +4930123456 where its country is known',
      fits: ['set', 'list'],
      options: { country: { kind: 'setting', of: 'country', optional: true } },
      gathers: true,
      decode: ({ options }) => {
        const country = compileSetting(options.country as Setting | undefined);
        return decodeAddresses((item, root, context) => phoneItem(item, country?.(root, context)));
      },
      encode: encodeAddresses,
    },
    attachments: {
      says: 'files: each with a url of http or https, its name (or the last piece of the url) and its MIME type (or that of the ending)',
      fits: ['set', 'list'],
      options: {},
      parts: 'canonical',
      decode: decodeAttachment,
      encode: () => 'a file is uploaded, not written as a field',
    },
    custom: {
      says: 'custom fields by key, each part one field with its own path and type',
      fits: ['set'],
      options: {},
      parts: 'any',
      decode: decodeCustom,
      encode: encodeCustom,
    },
  };
}
