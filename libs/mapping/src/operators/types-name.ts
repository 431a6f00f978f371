import type { CanonicalValue } from '#hub/canonical';
import type { Setting, ValueSpec } from '../ast.js';
import { collapse } from './steps-text.js';
import { optional, word, type ArgumentRule } from './argument.js';
import { Refused, type Decode, type DecodeValue } from './refused.js';
import { compileSetting, type TypeOperator } from './type.js';
import { textOf } from './types-text.js';

const OPTIONS: Readonly<Record<string, ArgumentRule>> = {
  order: optional(word('givenFirst', 'familyFirst')),
  locale: { kind: 'setting', of: 'locale', optional: true },
};

/** Languages whose people write the family name first, in their own script or Latin. */
const FAMILY_FIRST = new Set(['hu', 'ja', 'ko', 'vi', 'zh']);
/** Small words that belong to the family name behind them. */
const PARTICLES = new Set(
  'af al ap av ben bin bint da dal de dei del della den der des di do dos du e el ibn la las le les lo los mac san santa st. ten ter und van vom von y zu zum zur'.split(
    ' ',
  ),
);
const TITLES = new Set('dr dr. prof prof. mr mr. mrs mrs. ms ms. herr frau m. mme sir dipl.-ing.'.split(' '));
const SUFFIXES = new Set('jr jr. sr sr. ii iii iv phd ph.d. md m.d. mba esq esq.'.split(' '));

interface NameParts {
  first?: string;
  last?: string;
}

/** Splits one name. A comma tells the family name; otherwise the order does. A single word is a family name. */
function splitName(text: string, familyFirst: boolean): NameParts {
  const [before, ...behind] = text.split(',').map(collapse);
  const after = behind.find((part) => part !== '' && !SUFFIXES.has(part.toLowerCase()));
  if (after !== undefined && before !== '')
    return { first: bare(after.split(' ')).join(' ') || undefined, last: bare(before.split(' ')).join(' ') || before };
  const all = before.split(' ');
  const words = bare(all);
  if (words.length === 0) return { last: before === '' ? undefined : before };
  if (words.length === 1) return { last: words[0] };
  if (familyFirst) return { last: words[0], first: words.slice(1).join(' ') };
  const from = familyStart(words);
  return { first: words.slice(0, from).join(' '), last: words.slice(from).join(' ') };
}

/** Without titles in front and degrees behind. */
function bare(words: string[]): string[] {
  let [from, to] = [0, words.length];
  while (from < to && TITLES.has(words[from].toLowerCase())) from += 1;
  while (to > from + 1 && SUFFIXES.has(words[to - 1].toLowerCase())) to -= 1;
  return words.slice(from, to);
}

function familyStart(words: string[]): number {
  let from = words.length - 1;
  while (from > 1 && PARTICLES.has(words[from - 1].toLowerCase())) from -= 1;
  return from;
}

function compileOrder({ options }: ValueSpec): (root: unknown, settings: Record<string, unknown>) => boolean {
  if (options.order !== undefined) return () => options.order === 'familyFirst';
  const locale = compileSetting(options.locale as Setting | undefined);
  if (!locale) return () => false;
  return (root, settings) =>
    FAMILY_FIRST.has(
      String(locale(root, { settings }) ?? '')
        .slice(0, 2)
        .toLowerCase(),
    );
}

function namePart(part: keyof NameParts): (spec: ValueSpec) => DecodeValue {
  return (spec) => {
    const familyFirst = compileOrder(spec);
    return (value, root, { settings }) => {
      const text = textOf(value);
      return typeof text === 'string' ? splitName(text, familyFirst(root, settings))[part] : text;
    };
  };
}

function fullName(spec: ValueSpec, compile: (part: ValueSpec) => Decode): DecodeValue {
  const familyFirst = compileOrder(spec);
  const [first, last] = ['first', 'last'].map((name) => spec.parts?.[name] && compile(spec.parts[name]));
  return (value, root, context) => {
    if (value === undefined || value === null) return value;
    const parts = [first?.(value, context), last?.(value, context)];
    const refused = parts.find((part) => part instanceof Refused);
    if (refused) return refused;
    const words = (familyFirst(root, context.settings) ? parts.reverse() : parts).filter(
      (part): part is string => typeof part === 'string',
    );
    return words.length > 0 ? (words.join(' ') satisfies CanonicalValue) : undefined;
  };
}

const NO_PART = (): string => 'half a name cannot be written where the whole stands; give back: { to, template: "{firstName} {lastName}" }';

export const NAME_TYPES: Record<string, TypeOperator> = {
  firstName: {
    says: 'the given names of one whole name; order: or locale: says which comes first',
    fits: ['text'],
    options: OPTIONS,
    decode: namePart('first'),
    encode: NO_PART,
  },
  lastName: {
    says: 'the family name of one whole name, its particles (van der, de la) included; a single name is one',
    fits: ['text'],
    options: OPTIONS,
    decode: namePart('last'),
    encode: NO_PART,
  },
  fullName: {
    says: 'one whole name of its parts first and last, in the order of the locale',
    fits: ['text'],
    options: OPTIONS,
    parts: ['first', 'last'],
    decode: fullName,
    encode: () => 'a whole name cannot be cut safely; write firstName and lastName instead, or give back:',
  },
};
