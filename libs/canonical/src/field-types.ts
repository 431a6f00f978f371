import type { CanonicalValue } from './objects.js';
import { isDay, parseInstant } from './parse-instant.js';

/** Closed set of canonical field types. `set`: a list whose order means nothing; `list`: one whose order counts. */
export type FieldType =
  | { kind: 'text'; max?: number }
  | { kind: 'enum'; values: readonly string[] }
  | { kind: 'instant' }
  | { kind: 'date' }
  | { kind: 'boolean' }
  | { kind: 'integer' }
  | { kind: 'number' }
  /** Text, number or truth value: what a custom field holds. */
  | { kind: 'scalar' }
  | { kind: 'url' }
  | { kind: 'zone' }
  | { kind: 'email' }
  | { kind: 'phone' }
  | { kind: 'object'; fields: Record<string, FieldType> }
  | { kind: 'set' | 'list'; of: FieldType; key?: string };

const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-\d{2})?)?$/;
const EMAIL = /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+$/;

/** The rule that a value breaks, in words that end "must …", or undefined. `null` (cleared) is valid for every type. */
export function brokenRule(type: FieldType, value: CanonicalValue): string | undefined {
  if (value === null) return undefined;
  switch (type.kind) {
    case 'text':
      return typeof value === 'string' && value.length <= (type.max ?? 300_000) ? undefined : 'must be text';
    case 'enum':
      return typeof value === 'string' && type.values.includes(value) ? undefined : `must be one of ${type.values.join(', ')}`;
    case 'instant':
      return typeof value === 'string' && parseInstant(value) !== undefined
        ? undefined
        : 'must be an instant such as 2026-03-01T10:00:00.000Z';
    case 'date':
      return typeof value === 'string' && DATE.test(value) && (value.length < 10 || isDay(value))
        ? undefined
        : 'must be a date such as 2026-03-01';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'must be a whole number';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'must be a number';
    case 'scalar':
      return ['string', 'number', 'boolean'].includes(typeof value) ? undefined : 'must be text, a number, true or false';
    case 'url':
      return typeof value === 'string' && /^https?:/i.test(value) && URL.canParse(value) ? undefined : 'must be an http or https address';
    case 'zone':
      return typeof value === 'string' && isZone(value) ? undefined : 'must be an IANA time zone such as Europe/Berlin';
    case 'email':
      return typeof value === 'string' && value.length <= 320 && EMAIL.test(value)
        ? undefined
        : 'must be an e-mail address such as name@example.org';
    case 'phone':
      return typeof value === 'string' && /^\+[1-9]\d{4,14}$/.test(value) ? undefined : 'must be a phone number such as +4930123456';
    case 'object':
      return brokenObject(type.fields, value);
    case 'set':
    case 'list':
      return Array.isArray(value) ? value.map((item) => brokenRule(type.of, item)).find((rule) => rule !== undefined) : 'must be a list';
  }
}

function brokenObject(fields: Record<string, FieldType>, value: CanonicalValue): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'must be an object';
  for (const [name, item] of Object.entries(value)) {
    if (!Object.hasOwn(fields, name)) return `must not have a part named ${name}`;
    const rule = brokenRule(fields[name], item);
    if (rule) return `has a part ${name} that ${rule}`;
  }
  return undefined;
}

const zones = new Map<string, boolean>();
function isZone(name: string): boolean {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const valid = canFormat(name);
  if (zones.size < 2_000) zones.set(name, valid);
  return valid;
}
function canFormat(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
