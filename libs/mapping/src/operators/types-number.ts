import type { Setting, ValueSpec } from '../ast.js';
import { compileRead, type Segment } from '../path.js';
import { optional, word, type ArgumentRule } from './argument.js';
import { changedType, invalid, Refused, type DecodeValue, type Decoded } from './refused.js';
import { asItIsOut, compileSetting, isGroup, type TypeOperator } from './type.js';
import { textOf } from './types-text.js';

const DECIMAL: ArgumentRule = optional(word('point', 'comma'));
const POINT = /^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/;
const COMMA = /^[+-]?(\d+|\d{1,3}([. \u00a0\u202f]\d{3})+)(,\d+)?$/;
const DIGITS = 15;

/** Reads 1,234.56 or, with a decimal comma, 1.234,56; never guesses between the two. */
function numberOf(value: unknown, decimal: unknown): number | undefined | null | Refused {
  if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : changedType('a number');
  if (typeof value !== 'string') return changedType('a number');
  const text = value.trim();
  if (text === '') return undefined;
  const comma = decimal === 'comma';
  if (!(comma ? COMMA : POINT).test(text))
    return invalid(comma ? 'must be a number such as 1.234,56' : 'must be a number such as 1,234.56');
  const plain = comma ? text.replace(/[. \u00a0\u202f]/g, '').replace(',', '.') : text.replaceAll(',', '');
  return plain.replace(/^[+-]?0*|\./g, '').length > DIGITS ? invalid(`must have at most ${DIGITS} digits`) : Number(plain);
}

function integer({ options }: ValueSpec): DecodeValue {
  return (value) => {
    const number = numberOf(value, options.decimal);
    return typeof number === 'number' && !Number.isSafeInteger(number) ? invalid('must be a whole number') : number;
  };
}

/** JSON has one zero. */
const noMinusZero = (value: number): number => (value === 0 ? 0 : value);

const WORDS = new Map(
  Object.entries({ true: true, yes: true, y: true, '1': true, on: true, false: false, no: false, n: false, '0': false, off: false }),
);

function boolean({ options }: ValueSpec): DecodeValue {
  const own = options.words as Record<string, boolean> | undefined;
  const words = own ? new Map(Object.entries(own).map(([word, means]) => [word.toLowerCase(), means])) : WORDS;
  const list = own ? Object.keys(own).join(', ') : 'true, false, yes, no, 1 or 0';
  return (value) => {
    if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
    if (typeof value === 'boolean') return value;
    if (typeof value === 'object') return changedType('true or false');
    return words.get(String(value).trim().toLowerCase()) ?? invalid(`must be one of ${list}`);
  };
}

const SYMBOLS = new Map(Object.entries({ '€': 'EUR', '£': 'GBP', '₹': 'INR', '₩': 'KRW', '₺': 'TRY', '₴': 'UAH', zł: 'PLN' }));
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

export function currencyOf(value: unknown): Decoded {
  const text = textOf(value);
  if (typeof text !== 'string') return text;
  const code = SYMBOLS.get(text) ?? text.toUpperCase();
  return CURRENCIES.has(code)
    ? code
    : invalid('must be a currency code such as EUR; a sign that several countries use ($, kr, ¥) says too little');
}

const MONEY = /^([^\d\s+-]{1,4})?\s*([+-]?\d[\d.,\u00a0\u202f ]*?)\s*([^\d\s.,]{1,4})?$/;

function money({ options }: ValueSpec): DecodeValue {
  const amountIn = options.amount ? compileRead(options.amount as Segment[]) : undefined;
  const currency = compileSetting(options.currency as Setting | undefined);
  return (value, root, { settings }) => {
    if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
    const given = currency?.(isGroup(value) ? value : root, { settings }) ?? currency?.(root, { settings });
    if (isGroup(value)) return amountIn ? moneyOf(amountIn(value), given, options.decimal) : changedType('an amount');
    if (typeof value === 'number') return moneyOf(value, given, options.decimal);
    if (typeof value !== 'string') return changedType('an amount');
    const match = value.length <= 60 ? MONEY.exec(value.trim()) : null;
    return match ? moneyOf(match[2], match[1] ?? match[3] ?? given, options.decimal) : invalid('must be an amount such as EUR 85,000.50');
  };
}

function moneyOf(amount: unknown, currency: unknown, decimal: unknown): Decoded {
  const number = numberOf(typeof amount === 'string' ? amount.replace(/\s+$/u, '') : amount, decimal);
  if (typeof number !== 'number') return number;
  const code = currencyOf(currency);
  if (code instanceof Refused) return code;
  return typeof code === 'string' ? { amount: noMinusZero(number), currency: code } : invalid('has no currency; name it with currency:');
}

export const NUMBER_TYPES: Record<string, TypeOperator> = {
  number: {
    says: 'a number; decimal: comma reads 1.234,56',
    fits: ['number', 'scalar'],
    options: { decimal: DECIMAL },
    decode:
      ({ options }) =>
      (value) => {
        const number = numberOf(value, options.decimal);
        return typeof number === 'number' ? noMinusZero(number) : number;
      },
    encode: asItIsOut,
  },
  integer: {
    says: 'a whole number',
    fits: ['integer', 'number', 'scalar'],
    options: { decimal: DECIMAL },
    decode: (spec) => {
      const whole = integer(spec);
      return (value, root, context) => {
        const number = whole(value, root, context);
        return typeof number === 'number' ? noMinusZero(number) : number;
      };
    },
    encode: asItIsOut,
  },
  boolean: {
    says: 'true or false; also yes, no, y, n, on, off, 1, 0, or the words: of the file and no others',
    fits: ['boolean', 'scalar'],
    options: { words: { kind: 'table', to: 'boolean', optional: true } },
    decode: boolean,
    encode: ({ options }) => {
      const words = Object.entries((options.words as Record<string, boolean> | undefined) ?? {});
      return words.length === 0 ? asItIsOut() : (value) => words.find(([, means]) => means === value)?.[0] ?? value;
    },
  },
  currency: {
    says: 'a currency code such as EUR; also € and £, which only one currency has',
    fits: ['text', 'scalar'],
    options: {},
    decode: () => currencyOf,
    encode: asItIsOut,
  },
  money: {
    says: 'an amount with its currency, of a text such as EUR 85,000 or of a group with amount: and currency:',
    fits: ['object'],
    options: { amount: { kind: 'path', optional: true }, currency: { kind: 'setting', of: 'currency', optional: true }, decimal: DECIMAL },
    decode: money,
    encode: () => 'vendors write money in many ways; use as: object with parts amount and currency, or give back:',
  },
};
