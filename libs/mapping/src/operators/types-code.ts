import { iso31661, iso31661Alpha3ToAlpha2, iso31662 } from 'iso-3166';
import { iso6393 } from 'iso-639-3';
import type { Setting, ValueSpec } from '../ast.js';
import { optional, word, type ArgumentRule } from './argument.js';
import { invalid, type DecodeValue, type Encode } from './refused.js';
import { compileSetting, type TypeOperator } from './type.js';
import { textOf } from './types-text.js';

/** Names are compared without case, accents and signs. */
function fold(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** In these languages people name countries and languages; an earlier one wins where two names meet. */
const LOCALES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl'];
const COUNTRY_NICKNAMES = {
  usa: 'US',
  'u s a': 'US',
  'u s': 'US',
  america: 'US',
  uk: 'GB',
  'u k': 'GB',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  uae: 'AE',
  holland: 'NL',
  'south korea': 'KR',
  russia: 'RU',
  'czech republic': 'CZ',
  turkey: 'TR',
};

interface Codes {
  code: (text: string) => string | undefined;
  name: (code: string) => string;
}

/** Tables of thousands of names are made when the first mapping asks for them. */
function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function codesBy(names: Map<string, string>, type: 'region' | 'language', exact: (text: string) => string | undefined): Codes {
  const english = new Intl.DisplayNames(['en'], { type });
  return { code: (text) => exact(text) ?? names.get(fold(text)), name: (code) => english.of(code) ?? code };
}

function namesOf(codes: readonly string[], type: 'region' | 'language'): Map<string, string> {
  const names = new Map<string, string>();
  for (const locale of LOCALES) {
    const display = new Intl.DisplayNames([locale], { type, fallback: 'none' });
    for (const code of codes) {
      const name = display.of(code);
      if (name !== undefined && !names.has(fold(name))) names.set(fold(name), code);
    }
  }
  return names;
}

const countries = once((): Codes => {
  const codes = new Set(iso31661.map(({ alpha2 }) => alpha2));
  const names = namesOf([...codes], 'region');
  for (const { name, alpha2 } of iso31661) if (!names.has(fold(name))) names.set(fold(name), alpha2);
  for (const [name, code] of Object.entries(COUNTRY_NICKNAMES)) names.set(name, code);
  return codesBy(names, 'region', (text) => {
    const code = text.toUpperCase();
    if (code.length === 3 && /^[A-Z]{3}$/.test(code)) return iso31661Alpha3ToAlpha2[code];
    return codes.has(code) ? code : undefined;
  });
});
const alpha3 = once(() => new Map(Object.entries(iso31661Alpha3ToAlpha2).map(([three, two]) => [two, three])));

const languages = once((): Codes => {
  const short = new Map<string, string>();
  for (const { iso6391, iso6393: three, iso6392B } of iso6393) {
    short.set(three, iso6391 ?? three);
    if (iso6391) short.set(iso6391, iso6391);
    if (iso6392B && !short.has(iso6392B)) short.set(iso6392B, iso6391 ?? three);
  }
  const names = namesOf([...new Set(iso6393.flatMap(({ iso6391 }) => iso6391 ?? []))], 'language');
  for (const { name, iso6393: three } of iso6393) if (!names.has(fold(name))) names.set(fold(name), short.get(three) ?? three);
  return codesBy(names, 'language', (text) => short.get(text.toLowerCase().split(/[-_]/)[0]));
});

const regions = once(() => {
  const byName = new Map<string, string>();
  const codes = new Map<string, string>();
  for (const { code, name } of iso31662) {
    codes.set(code, name);
    const key = `${code.slice(0, 2)} ${fold(name)}`;
    if (!byName.has(key)) byName.set(key, code);
  }
  return { byName, codes };
});

/** The two letters of a country, by code or name. */
export function countryCode(text: string): string | undefined {
  return countries().code(text);
}

const form = (...words: string[]): ArgumentRule => optional(word(...words));

function decodeCode(codes: () => Codes, rule: string): () => DecodeValue {
  return () => (value) => {
    const text = textOf(value);
    if (typeof text !== 'string') return text;
    return (text.length <= 100 ? codes().code(text) : undefined) ?? invalid(rule);
  };
}

function encodeCountry({ options }: ValueSpec): Encode {
  if (options.form === 'alpha3') return (value) => alpha3().get(String(value)) ?? value;
  return options.form === 'name' ? (value) => countries().name(String(value)) : (value) => value;
}

function decodeRegion({ options }: ValueSpec): DecodeValue {
  const country = compileSetting(options.country as Setting | undefined);
  return (value, root, context) => {
    const text = textOf(value);
    if (typeof text !== 'string') return text;
    const { codes, byName } = regions();
    const whole = text.toUpperCase().replace('_', '-');
    if (codes.has(whole)) return whole;
    const home = countries().code(String(country?.(root, context) ?? '').slice(0, 100));
    const found =
      home && text.length <= 100 ? (codes.has(`${home}-${whole}`) ? `${home}-${whole}` : byName.get(`${home} ${fold(text)}`)) : undefined;
    return (
      found ??
      invalid(
        home ? `must be a state or region of ${home}` : 'must be a region code such as US-CA, or country: must say whose region it is',
      )
    );
  };
}

export const CODE_TYPES: Record<string, TypeOperator> = {
  country: {
    says: 'a country as two letters (DE), of its code, its three letters or its name in eight languages',
    fits: ['text', 'scalar'],
    options: { form: form('alpha2', 'alpha3', 'name') },
    decode: decodeCode(countries, 'must be a country, as a code or by name'),
    encode: encodeCountry,
  },
  language: {
    says: 'a language as its code (de), of its code, a locale such as de-AT or its name in eight languages',
    fits: ['text', 'scalar'],
    options: { form: form('code', 'name') },
    decode: decodeCode(languages, 'must be a language, as a code or by name'),
    encode: ({ options }) => (options.form === 'name' ? (value) => languages().name(String(value)) : (value) => value),
  },
  region: {
    says: 'a state or region as its code (US-CA), of the code or its name; country: says whose',
    fits: ['text', 'scalar'],
    options: { country: { kind: 'setting', of: 'country', optional: true }, form: form('code', 'short', 'name') },
    decode: decodeRegion,
    encode: ({ options }) => {
      if (options.form === 'name' || options.form === 'short')
        return options.country === undefined
          ? 'a region without its country cannot be read back; say country: too'
          : (value) => (options.form === 'short' ? String(value).slice(3) : (regions().codes.get(String(value)) ?? value));
      return (value) => value;
    },
  },
};
