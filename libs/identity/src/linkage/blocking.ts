import { doubleMetaphone } from 'double-metaphone';
import { MISSING, type Column, type Dataset } from './dataset.js';
import { localPart } from './emails.js';
import type { FieldKindName } from './field-kinds.js';
import { formalNames } from './nicknames.js';

interface KeyPart {
  kind: FieldKindName;
  derive: (text: string) => string;
}
export interface BlockingKey {
  name: string;
  parts: KeyPart[];
  /** Parts in alphabetical order, so that a swap of given and family name meets itself. */
  sorted: boolean;
  /** It names one person, or nearly: it is never too common to be looked at before `LARGEST_BLOCK`. */
  identifies: boolean;
}

const whole = (text: string) => text;
const sound = (text: string) => doubleMetaphone(text)[0] || text.slice(0, 4);
const part = (kind: FieldKindName, derive: (text: string) => string = whole): KeyPart => ({ kind, derive });
const first = part('givenName', sound);
const last = part('familyName', sound);
const identifier = (name: string, parts: KeyPart[]): BlockingKey => ({ name, parts, sorted: false, identifies: true });
const key = (name: string, parts: KeyPart[], sorted = false): BlockingKey => ({ name, parts, sorted, identifies: false });
const lastSeven = (text: string) => text.slice(-7);
const lead = (text: string) => text.replaceAll(' ', '').slice(0, 5);
const initial = (text: string) => text[0];
const three = (text: string) => text.slice(0, 3);
/** The formal name with the lowest number: nicknames of one name meet there. */
const formal = (text: string) => formalNames(text)[0];

/** Few and recall-first: whoever is the same person shares one of these in spite of any one field being wrong. */
export const BLOCKING_KEYS: readonly BlockingKey[] = [
  identifier('email', [part('email')]),
  key('mailbox', [part('email', localPart)]),
  identifier('phone', [part('phone', lastSeven)]),
  identifier('nationalId', [part('nationalId')]),
  identifier('profileUrl', [part('profileUrl')]),
  key('first+last', [first, last], true),
  key('formal+last', [part('givenName', formal), part('familyName')]),
  key('formal+last+city', [part('givenName', formal), last, part('city', three)]),
  key('formal+last+employer', [part('givenName', formal), last, part('employer')]),
  key('initial+last', [part('givenName', initial), part('familyName')]),
  key('prefixes', [part('givenName', three), part('familyName', three)], true),
  key('last+postalCode', [last, part('postalCode')]),
  key('first+postalCode', [first, part('postalCode')]),
  key('last+city', [last, part('city', sound)]),
  key('first+city', [first, part('city', sound)]),
  key('last+region', [last, part('region'), part('givenName', initial)]),
  key('first+region', [first, part('region'), part('familyName', initial)]),
  key('postalCode+city', [part('postalCode'), part('city', three)]),
  key('postalCode+initials', [part('postalCode'), part('givenName', initial), part('familyName', initial)]),
  key('city+initials', [part('city', three), part('givenName', initial), part('familyName', initial)]),
  key('birthDate', [part('birthDate')]),
  key('street+city', [part('street', lead), part('city', three)]),
  key('street+last', [part('street', lead), last]),
  key('street+first', [part('street', lead), first]),
  key('street+line', [part('street', lead), part('addressLine', lead)], true),
  key('line+city', [part('addressLine', lead), part('city', three)]),
  key('employer+last', [last, part('employer')]),
];

export interface PlannedKey {
  key: number;
  columns: Column[];
}

/** The keys whose fields this data set has. */
export function plan(dataset: Dataset): PlannedKey[] {
  return BLOCKING_KEYS.flatMap(({ parts }, key) => {
    const columns = parts.map(({ kind }) => dataset.columns.find((column) => column.kind === kind));
    return columns.every((column) => column !== undefined) ? [{ key, columns: columns as Column[] }] : [];
  });
}

/** Calls `visit` with each text of one key: several where a field has several values, none where a field is missing. */
export function visitKeyTexts(at: number, { key, columns }: PlannedKey, visit: (text: string) => void): void {
  const { parts, sorted } = BLOCKING_KEYS[key];
  visitValues(at, { column: columns[0], part: parts[0] }, (one) => {
    if (parts.length === 1) return visit(one);
    visitValues(at, { column: columns[1], part: parts[1] }, (two) => {
      const text = sorted && two < one ? `${two}|${one}` : `${one}|${two}`;
      if (parts.length === 2) return visit(text);
      visitValues(at, { column: columns[2], part: parts[2] }, (three) => visit(`${text}|${three}`));
    });
  });
}

function visitValues(at: number, { column, part }: { column: Column; part: KeyPart }, visit: (value: string) => void): void {
  const { slots, table } = column;
  for (let slot = 0; slot < slots.length; slot++) {
    if (slots[slot][at] === MISSING) continue;
    const value = table.derived(slots[slot][at], part.derive);
    if (value !== '' && !repeats(at, { column, part, slot, value })) visit(value);
  }
}

/** An earlier value of the field has given the same part. */
function repeats(at: number, { column, part, slot, value }: { column: Column; part: KeyPart; slot: number; value: string }): boolean {
  for (let earlier = 0; earlier < slot; earlier++) if (column.table.derived(column.slots[earlier][at], part.derive) === value) return true;
  return false;
}
