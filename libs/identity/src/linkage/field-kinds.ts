import { canonicalEmail, localPart } from './emails.js';
import { foldText } from './fold-text.js';
import { internationalPhone } from './international-phone.js';
import { areNicknames, givenNameFamily } from './nicknames.js';
import type { ValueTable } from './value-table.js';

/**
 * What a column holds, and how two of its values are compared. `levels` run from least to most alike: the first says that they differ,
 * the last that they are equal; `compare` is asked only about two different values and answers the index of a level before the last.
 */
export interface FieldKind {
  normalise(text: string): string;
  levels: readonly string[];
  compare(table: ValueTable, a: number, b: number): number;
  /** It is the person's own: who merely lives or works together does not have it in common. */
  personal?: boolean;
}

/** The level of a pair of values that tells nothing beyond the other fields. */
export const SAYS_NOTHING = -1;
const DIGITS = /\D+/g;

/** Levels of a text by Jaro–Winkler similarity. */
const NEARNESS = ['differs', 'far', 'near', 'close'] as const;
function nearness(table: ValueTable, a: number, b: number): number {
  const similarity = table.similarity(a, b, 0.75);
  return similarity >= 0.94 ? 3 : similarity >= 0.87 ? 2 : similarity >= 0.75 ? 1 : 0;
}
const text: FieldKind = { normalise: foldText, levels: [...NEARNESS, 'equal'], compare: nearness };
const exactOnly = { levels: ['differs', 'equal'], compare: () => 0 };
const byEdits: Pick<FieldKind, 'levels' | 'compare'> = {
  levels: ['differs', 'one edit', 'equal'],
  compare: (table, a, b) => (table.withinOneEdit(a, b) ? 1 : 0),
};

const givenName: FieldKind = {
  normalise: foldText,
  personal: true,
  levels: [...NEARNESS, 'initial', 'nickname', 'equal'],
  compare(table, a, b) {
    if (areNicknames(table.derived(a, givenNameFamily), table.derived(b, givenNameFamily))) return 5;
    const level = nearness(table, a, b);
    if (level >= 2) return level;
    const [first, second] = [table.texts[a], table.texts[b]];
    return (first.length === 1 || second.length === 1) && first[0] === second[0] ? 4 : level;
  },
};
const familyName: FieldKind = {
  normalise: foldText,
  levels: [...NEARNESS, 'part', 'equal'],
  compare(table, a, b) {
    const level = nearness(table, a, b);
    return level < 3 && sharesWord(table.derived(a, wordsOf), table.derived(b, wordsOf)) ? 4 : level;
  },
};
const birthDate: FieldKind = {
  normalise: normaliseDate,
  personal: true,
  levels: ['differs', 'year', 'two parts', 'one edit', 'equal'],
  compare(table, a, b) {
    if (table.length(a) < 8 || table.length(b) < 8) return startsAlike(table.texts[a], table.texts[b]) ? 2 : 0;
    if (table.withinOneEdit(a, b) || isDayMonthSwap(table.texts[a], table.texts[b])) return 3;
    const year = table.samePart(a, b, YEAR);
    const parts = Number(year) + Number(table.samePart(a, b, MONTH)) + Number(table.samePart(a, b, DAY));
    return parts === 2 ? 2 : year ? 1 : 0;
  },
};
const YEAR = { from: 0, to: 4 };
const MONTH = { from: 4, to: 6 };
const DAY = { from: 6, to: 8 };
const postalCode: FieldKind = {
  normalise: (value) => foldText(value).replaceAll(' ', ''),
  levels: ['differs', 'prefix', 'one edit', 'equal'],
  compare(table, a, b) {
    if (table.withinOneEdit(a, b)) return 2;
    return table.samePart(a, b, { from: 0, to: 2 }) ? 1 : 0;
  },
};
const email: FieldKind = {
  normalise: (value) => canonicalEmail(value),
  levels: ['differs', 'one edit', 'same mailbox', 'equal'],
  compare(table, a, b) {
    const [first, second] = [table.derived(a, localPart), table.derived(b, localPart)];
    // Two mailboxes named after their owner say no more than the name does.
    if (first === second) return /\d\d/.test(first) ? 2 : SAYS_NOTHING;
    return table.withinOneEdit(a, b) ? (/\d/.test(first + second) ? SAYS_NOTHING : 1) : 0;
  },
};
const phone: FieldKind = {
  normalise: normalisePhone,
  levels: ['differs', 'one edit', 'last seven', 'equal'],
  compare(table, a, b) {
    if (table.sameEnd(a, b, 7)) return 2;
    return table.withinOneEdit(a, b) ? 1 : 0;
  },
};

/** A profile at another host is no other person. */
const profile: Pick<FieldKind, 'levels' | 'compare'> = {
  levels: ['differs', 'equal'],
  compare: (table, a, b) => (table.derived(a, hostOf) === table.derived(b, hostOf) ? 0 : SAYS_NOTHING),
};

export const FIELD_KINDS = {
  givenName,
  familyName,
  birthDate,
  email,
  phone,
  nationalId: { ...byEdits, normalise: (value: string) => foldText(value).replaceAll(' ', ''), personal: true },
  profileUrl: { ...profile, normalise: profileSlug, personal: true },
  streetNumber: { ...byEdits, normalise: foldText },
  street: text,
  addressLine: text,
  city: text,
  region: { ...exactOnly, normalise: foldText },
  postalCode,
  country: { ...exactOnly, normalise: foldText },
  employer: { ...text, normalise: normaliseEmployer },
  /** `jr`, `sr`, `ii` …, taken from behind a name. */
  generation: { ...exactOnly, normalise: foldText, personal: true },
  sex: { ...exactOnly, normalise: foldText },
  text,
} satisfies Record<string, FieldKind>;
export type FieldKindName = keyof typeof FIELD_KINDS;

const YEAR_FIRST = /^(\d{4})(?:[-/.]?(\d{1,2})(?:[-/.]?(\d{1,2}))?)?(?:[T ].*)?$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})$/;
/** `YYYYMMDD`, or `YYYYMM` or `YYYY` where no more is known; `''` for what is no date. `3/4/1990` is of March, `3.4.1990` of April. */
function normaliseDate(value: string): string {
  const text = value.trim();
  const last = YEAR_LAST.exec(text);
  if (last) {
    const [, one, separator, two, year] = last;
    const monthFirst = Number(two) > 12 || (separator === '/' && Number(one) <= 12);
    return year + (monthFirst ? padded(one) + padded(two) : padded(two) + padded(one));
  }
  const [, year = '', month = '', day = ''] = YEAR_FIRST.exec(text) ?? [];
  return year + padded(month) + padded(day);
}

function padded(part: string): string {
  return part === '' ? '' : part.padStart(2, '0');
}

function startsAlike(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function isDayMonthSwap(a: string, b: string): boolean {
  return a.slice(0, 4) === b.slice(0, 4) && a.slice(4, 6) === b.slice(6, 8) && a.slice(6, 8) === b.slice(4, 6);
}

function normalisePhone(value: string): string {
  const digits = value.replace(DIGITS, '');
  if (digits.length < 5) return '';
  const text = value.trim();
  return text.startsWith('+') ? internationalPhone(text, digits) : digits;
}

const PROFILE = /^(?:[a-z]+:\/\/)?(?:www\.|[a-z]{2}\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)\/(?:in\/|pub\/|profile\/)?([^?#\s]+)/i;
/** Host and the part of a profile's address that names its owner; `''` for an address that names nobody. */
function profileSlug(value: string): string {
  const found = PROFILE.exec(value.trim());
  return found ? `${found[1]}/${decodeOnce(found[2])}`.replace(/\/+$/, '').toLowerCase() : '';
}

function decodeOnce(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function hostOf(slug: string): string {
  return slug.slice(0, slug.indexOf('/'));
}

const LEGAL_FORMS =
  /\b(?:inc|incorporated|llc|ltd|limited|plc|corp|corporation|co|company|gmbh|ag|se|sa|sas|sarl|bv|nv|oy|ab|as|kg|ug|srl|spa)\b/g;
function normaliseEmployer(value: string): string {
  const folded = foldText(value);
  return folded.replace(LEGAL_FORMS, ' ').replace(/ +/g, ' ').trim() || folded;
}

function wordsOf(name: string): string[] {
  return name.split(' ').filter((word) => word.length > 2);
}
function sharesWord(a: string[], b: string[]): boolean {
  return a.length + b.length > 2 && a.some((word) => b.includes(word));
}
