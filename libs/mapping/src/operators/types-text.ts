import parsePhone, { isSupportedCountry, type CountryCode } from 'libphonenumber-js/min';
import { brokenRule, type CanonicalValue } from '#hub/canonical';
import type { Setting } from '../ast.js';
import { closestWord } from '../closest-word.js';
import { charge } from '../work.js';
import { changedType, invalid, Refused, SILENT, TEXT, type DecodeValue, type Decoded } from './refused.js';
import { asItIsOut, compileSetting, type TypeOperator } from './type.js';

/** A printed ASCII character: most texts begin and end with one, and need no trimming. */
function isPlainAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code > 32 && code < 127;
}

export function textOf(value: unknown): Decoded {
  if (typeof value === 'string') {
    if (value.length > TEXT) return invalid(`must have at most ${TEXT} characters`);
    if (isPlainAt(value, 0) && isPlainAt(value, value.length - 1)) return value;
    const text = value.trim();
    return text === '' ? undefined : text;
  }
  if (value === undefined || value === null) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return changedType('text');
}

/** Decodes a text that must keep a canonical rule; `clean` says how it is spelled. */
function ruled(kind: 'url' | 'zone', clean: (text: string) => string): DecodeValue {
  return (value) => {
    if (typeof value === 'object' && value !== null) return changedType(kind);
    const text = textOf(value);
    if (typeof text !== 'string') return text;
    const cleaned = clean(text);
    const rule = brokenRule({ kind }, cleaned);
    return rule ? invalid(rule) : cleaned;
  };
}

/** People type addresses without `https://`. */
function withScheme(text: string): string {
  return /^[\w-]+(\.[\w-]+)+([/?#]\S*)?$/.test(text) ? `https://${text}` : text;
}

export function email(value: unknown): Decoded {
  const text = textOf(value);
  if (typeof text !== 'string') return text;
  const address = text.toLowerCase();
  const rule = brokenRule({ kind: 'email' }, address);
  return rule ? invalid(rule) : address;
}

/** A phone number costs about as much to parse as this many units. */
const PHONE_UNITS = 1_500;
export function phone(value: unknown, country?: unknown): Decoded {
  const text = textOf(value);
  if (typeof text !== 'string') return text;
  charge(PHONE_UNITS);
  const home =
    typeof country === 'string' && isSupportedCountry(country.toUpperCase()) ? (country.toUpperCase() as CountryCode) : undefined;
  const number = text.length <= 250 ? parsePhone(text, home) : undefined;
  return number?.isPossible() ? number.number : invalid('must be a phone number with its country, such as +4930123456');
}

export const TEXT_TYPES: Record<string, TypeOperator> = {
  text: {
    says: 'text, without blanks around it; numbers are written out',
    fits: ['text'],
    options: {},
    keepsText: true,
    decode: () => textOf,
    encode: asItIsOut,
  },
  email: {
    says: 'one e-mail address, in small letters',
    fits: ['email', 'text', 'scalar'],
    options: {},
    decode: () => email,
    encode: asItIsOut,
  },
  phone: {
    says: 'one phone number as +4930123456; country: says which country a number without one belongs to',
    fits: ['phone', 'text', 'scalar'],
    options: { country: { kind: 'setting', of: 'country', optional: true } },
    decode: ({ options }) => {
      const country = compileSetting(options.country as Setting | undefined);
      return (value, root, context) => phone(value, country?.(root, context));
    },
    encode: asItIsOut,
  },
  url: {
    says: 'a web address; one without https:// gets it',
    fits: ['url', 'text', 'scalar'],
    options: {},
    decode: () => ruled('url', withScheme),
    encode: asItIsOut,
  },
  zone: {
    says: 'a time zone such as Europe/Berlin',
    fits: ['zone', 'text', 'scalar'],
    options: {},
    decode: () => ruled('zone', (text) => text),
    encode: asItIsOut,
  },
  enum: {
    says: 'one word of a closed list, by table: vendor word → canonical word; null in the table says nothing',
    fits: ['enum'],
    options: {},
    decode: ({ table }) => enumDecode(table ?? {}),
    encode: ({ table }) => {
      const inverse = new Map<CanonicalValue, string>();
      for (const [theirs, ours] of Object.entries(table ?? {})) if (!inverse.has(ours)) inverse.set(ours, theirs);
      return (value) => inverse.get(value);
    },
  },
};

/** What a message may quote: a vendor's own word, never something that could be an address or a number of a person. */
/** A word that may stand in a message: a vendor's vocabulary, not somebody's address. */
export const PLAIN_WORD = /^[A-Za-z][A-Za-z _-]{0,39}$/;

function enumDecode(words: Record<string, string>): DecodeValue {
  const table = new Map(Object.entries(words));
  return (value) => {
    if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
    if (typeof value === 'object') return changedType('a word');
    const known = table.get(String(value));
    if (known !== undefined) return known === SILENT ? undefined : known;
    const word = PLAIN_WORD.test(String(value)) ? `"${String(value)}"` : 'a word';
    const meant = closestWord(String(value).slice(0, 60), [...table.keys()]);
    return new Refused(
      'STAGE_UNMAPPED',
      `holds ${word}, which its table does not know${meant ? ` (near "${meant}")` : ''}; add the word to the table or correct it at the source`,
      String(value).slice(0, 200),
    );
  };
}
