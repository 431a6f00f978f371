import { canonicalJson } from './canonical-json.js';
import { fieldOf } from './definitions.js';
import type { FieldType } from './field-types.js';
import { parseInstant } from './parse-instant.js';
import type { CanonicalValue, CanonicalValues, ObjectName } from './objects.js';

export const NORMALISER_VERSION = 1;

/** Equality as a recruiter means it: instants by instant, addresses by letter case, sets by members. Absent and cleared differ. */
export function canonicalEquals(object: ObjectName, field: string, a: CanonicalValue | undefined, b: CanonicalValue | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null) return false;
  const type = fieldOf(object, field)?.type;
  return type ? canonicalJson(normaliseValue(type, a)) === canonicalJson(normaliseValue(type, b)) : canonicalEqualsValue(a, b);
}

/** Equality of values whose field is not known: by canonical JSON. */
export function canonicalEqualsValue(a: CanonicalValue | undefined, b: CanonicalValue | undefined): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}

/** The one spelling in which values are stored, hashed and compared. Versioned by `NORMALISER_VERSION`; values stay as they are where no rule applies. */
export function normaliseValues(object: ObjectName, values: CanonicalValues): CanonicalValues {
  const normal: CanonicalValues = {};
  for (const field of Object.keys(values)) {
    if (field === '__proto__') continue;
    const type = fieldOf(object, field)?.type;
    normal[field] = type ? normaliseValue(type, values[field]) : values[field];
  }
  return normal;
}

function normaliseValue(type: FieldType, value: CanonicalValue): CanonicalValue {
  if (value === null) return null;
  switch (type.kind) {
    case 'text':
      return typeof value === 'string' ? value.normalize('NFC') : value;
    case 'instant':
      return typeof value === 'string' ? normaliseInstant(value) : value;
    case 'email':
      return typeof value === 'string' ? value.trim().toLowerCase() : value;
    case 'object':
      return normaliseObject(type.fields, value);
    case 'list':
      return Array.isArray(value) ? value.map((item) => normaliseValue(type.of, item)) : value;
    case 'set':
      return Array.isArray(value) ? normaliseSet(type, value) : value;
    default:
      return value;
  }
}

function normaliseInstant(text: string): string {
  if (text.length === 24 && text.endsWith('Z')) return text;
  const time = parseInstant(text);
  return time === undefined ? text : new Date(time).toISOString();
}

function normaliseObject(fields: Record<string, FieldType>, value: CanonicalValue): CanonicalValue {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const normal: Record<string, CanonicalValue> = {};
  for (const key of Object.keys(value).sort())
    if (key !== '__proto__') normal[key] = Object.hasOwn(fields, key) ? normaliseValue(fields[key], value[key]) : value[key];
  return normal;
}

/** Order means nothing in a set, and a member that says the same twice is one. */
function normaliseSet(type: Extract<FieldType, { kind: 'set' | 'list' }>, items: CanonicalValue[]): CanonicalValue[] {
  if (items.length === 1) return [normaliseValue(type.of, items[0])];
  const members = new Map<string, CanonicalValue>();
  for (const item of items) {
    const normal = normaliseValue(type.of, item);
    const key = memberKey(type.key, normal);
    if (!members.has(key)) members.set(key, normal);
  }
  return [...members].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([, member]) => member);
}

function memberKey(key: string | undefined, member: CanonicalValue): string {
  const named = key !== undefined && member !== null && typeof member === 'object' && !Array.isArray(member) ? member[key] : undefined;
  return named === undefined ? canonicalJson(member) : canonicalJson(named);
}
