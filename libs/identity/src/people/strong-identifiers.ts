import type { CanonicalValue, CanonicalValues } from '#hub/canonical';
import { canonicalEmail } from '../linkage/emails.js';
import { FIELD_KINDS } from '../linkage/field-kinds.js';
import { foldText } from '../linkage/fold-text.js';
import { elementTexts } from './person-row.js';

export interface StrongIdentifier {
  kind: 'email' | 'phone' | 'profileUrl';
  /** The form in which spellings of one identifier are equal. */
  canonical: string;
  /** As the record has it. */
  text: string;
}

/**
 * What names this candidate alone: its own addresses, its profiles, and its numbers together with the family name, since numbers are given to
 * others. Placeholders, roles and relays name nobody.
 */
export function strongIdentifiers(values: CanonicalValues): StrongIdentifier[] {
  const family = familyOf(values);
  const emails = elementTexts(values.emails, 'value').map((text) => identifier('email', canonicalEmail(text), text));
  const profiles = elementTexts(values.social, 'url').map((text) => identifier('profileUrl', FIELD_KINDS.profileUrl.normalise(text), text));
  const phones = family === '' ? [] : elementTexts(values.phones, 'e164').map((text) => phoneOf(text, family));
  return [...emails, ...profiles, ...phones].filter(({ canonical }) => canonical !== '');
}

/** Canonical addresses anywhere in a record that is no candidate's, or in a text. */
export function emailIdentifiers(value: CanonicalValue | CanonicalValues): string[] {
  const found = new Set((JSON.stringify(value) ?? '').match(ADDRESS)?.map(canonicalEmail));
  found.delete('');
  return [...found];
}
const ADDRESS = /[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;

function identifier(kind: StrongIdentifier['kind'], canonical: string, text: string): StrongIdentifier {
  return { kind, canonical, text };
}

function phoneOf(text: string, family: string): StrongIdentifier {
  const number = FIELD_KINDS.phone.normalise(text);
  return identifier('phone', number && `${number}|${family}`, text);
}

function familyOf({ lastName, displayName }: CanonicalValues): string {
  if (typeof lastName === 'string') return foldText(lastName);
  return typeof displayName === 'string' ? (foldText(displayName).split(' ').at(-1) ?? '') : '';
}
