import { hash } from 'node:crypto';
import { convert } from 'html-to-text';
import type { Pattern } from '../pattern.js';
import { charge } from '../work.js';
import { NONE, text, whole } from './argument.js';
import { changedType, invalid, ITEMS, Refused, TEXT, type Step } from './refused.js';
import { asItIs, same, step, type StepOperator } from './step.js';

/** A text step works on one text, or on each text of a list; numbers and truth values are read as text. */
function onText(change: (text: string) => unknown): Step {
  const one = (value: unknown): unknown => {
    if (value === undefined || value === null) return undefined;
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    if (typeof text !== 'string') return changedType('text');
    if (text.length > TEXT) return invalid(`must have at most ${TEXT} characters`);
    charge(text.length >> 4);
    return change(text);
  };
  return (value) => (Array.isArray(value) ? eachOf(value, one) : one(value));
}

function eachOf(values: unknown[], one: (value: unknown) => unknown): unknown {
  charge(values.length);
  const changed: unknown[] = [];
  for (const value of values) {
    const result = one(value);
    if (result instanceof Refused) return result;
    if (result !== undefined) changed.push(result);
  }
  return changed;
}

const backEach =
  (change: (text: string) => unknown) =>
  (value: unknown): unknown =>
    Array.isArray(value) ? value.map((item) => change(String(item))) : change(String(value));

export const collapse = (value: string): string => value.replace(/\s+/gu, ' ').trim();

export const TEXT_STEPS: Record<string, StepOperator> = {
  trim: step({
    says: 'without blanks at both ends',
    argument: NONE,
    shape: same,
    compile: () => onText((value) => value.trim()),
    invert: asItIs,
  }),
  collapse: step({
    says: 'runs of blanks and line breaks become one blank',
    argument: NONE,
    shape: same,
    compile: () => onText(collapse),
    invert: asItIs,
  }),
  lower: step({
    says: 'in small letters',
    argument: NONE,
    shape: same,
    compile: () => onText((value) => value.toLowerCase()),
    invert: asItIs,
  }),
  upper: step({
    says: 'in capital letters',
    argument: NONE,
    shape: same,
    compile: () => onText((value) => value.toUpperCase()),
    invert: asItIs,
  }),
  capitalise: step({
    says: 'every word with a capital first letter, the rest small',
    argument: NONE,
    shape: same,
    compile: () => onText(capitalise),
    invert: asItIs,
  }),
  prefix: step<string>({
    says: 'with these letters in front',
    argument: text(100),
    shapes: true,
    shape: same,
    compile: (front) => onText((value) => (value.trim() === '' ? undefined : front + value.trim())),
    invert: (front) => backEach((value) => (value.startsWith(front) ? value.slice(front.length) : value)),
  }),
  suffix: step<string>({
    says: 'with these letters behind',
    argument: text(100),
    shapes: true,
    shape: same,
    compile: (end) => onText((value) => (value.trim() === '' ? undefined : value.trim() + end)),
    invert: (end) => backEach((value) => (value.endsWith(end) ? value.slice(0, -end.length) : value)),
  }),
  removePrefix: step<string>({
    says: 'without these letters in front, where they stand there',
    argument: text(100),
    strips: true,
    shape: same,
    compile: (front) => onText((value) => (value.startsWith(front) ? value.slice(front.length) : value)),
    invert: (front) => backEach((value) => front + value),
  }),
  removeSuffix: step<string>({
    says: 'without these letters behind, where they stand there',
    argument: text(100),
    strips: true,
    shape: same,
    compile: (end) => onText((value) => (value.endsWith(end) ? value.slice(0, -end.length) : value)),
    invert: (end) => backEach((value) => value + end),
  }),
  split: step<string>({
    says: 'cut at every one of these letters into a list, without empty pieces',
    argument: text(20),
    shapes: true,
    shape: () => 'list',
    compile: (at) => splitAt(at),
    invert: (at) => (value) => (Array.isArray(value) ? value.map(String).join(withBlank(at)) : value),
  }),
  join: step<string>({
    says: 'all texts of a list in one, with these letters between',
    argument: text(20),
    shape: () => 'one',
    compile: (between) => joinWith(between),
    invert: () => 'an entry that holds the letters between would come apart',
  }),
  htmlText: step({
    says: 'HTML as plain text: paragraphs, lists and links stay readable, scripts and styles go',
    argument: NONE,
    shape: same,
    compile: () => onText(htmlToText),
    invert: () => 'plain text does not say how the HTML looked',
  }),
  truncate: step<number>({
    says: 'at most this many characters, cut at the end of a word, with … for the rest',
    argument: whole(2, 100_000),
    shape: same,
    compile: (most) => onText((value) => truncate(value, most)),
    invert: () => 'what was cut off would be lost at the source',
  }),
  match: step<Pattern>({
    says: 'what the pattern finds: its first ( ) group, or all of it; nothing where it finds nothing',
    argument: { kind: 'pattern' },
    shape: same,
    compile: (pattern) => onText((value) => firstMatch(pattern, value)),
    invert: () => 'the text around what was found would be lost at the source',
  }),
  replace: step<{ pattern: Pattern; with: string }>({
    says: 'everything that the pattern finds replaced by these letters',
    argument: { kind: 'group', fields: { pattern: { kind: 'pattern' }, with: text(200) } },
    shape: same,
    compile: (argument) => onText((value) => replaceAll(argument.pattern, value, argument.with)),
    invert: () => 'what was replaced cannot be known again',
  }),
  translate: step<Record<string, string>>({
    says: 'each of these words by the other; words that are not listed stay',
    argument: { kind: 'table', to: 'text' },
    shapes: true,
    shape: same,
    compile: (table) => {
      const words = new Map(Object.entries(table));
      return onText((value) => words.get(value) ?? value);
    },
    invert: invertTranslation,
  }),
  hash: step({
    says: 'a fingerprint (SHA-256, 64 hexadecimal letters) instead of the text itself',
    argument: NONE,
    shape: same,
    compile: () => onText((value) => hash('sha256', value, 'hex')),
    invert: () => 'a fingerprint does not say what it was made of',
  }),
};

function capitalise(value: string): string {
  return value.toLowerCase().replace(/(^|[\s'’-])(\p{L})/gu, (_, before: string, letter: string) => before + capital(letter));
}

/** A letter whose capital is two letters (ß) stays small. */
function capital(letter: string): string {
  const upper = letter.toUpperCase();
  return upper.length === letter.length ? upper : letter;
}

function splitAt(at: string): Step {
  const separator = at.trim() === '' ? at : at.trim();
  return (value) => {
    if (typeof value === 'number') return [String(value)];
    if (typeof value !== 'string' && !Array.isArray(value)) return changedType('text');
    const found = [value].flat().flatMap((item) => (typeof item === 'string' ? pieces(item, separator) : [item as unknown]));
    if (found.length > ITEMS) return invalid(`must have at most ${ITEMS} entries`);
    return found.length === 0 ? undefined : found;
  };
}

function pieces(value: string, separator: string): string[] {
  charge(value.length >> 2);
  return value
    .split(separator)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}

/** "a, b" is read and written as people write it, also where the file says only ",". */
function withBlank(at: string): string {
  return at === ',' || at === ';' ? `${at} ` : at;
}

function joinWith(between: string): Step {
  return (value) => {
    if (!Array.isArray(value)) return value;
    charge(value.length);
    const texts = value.filter((item) => item !== undefined && item !== null && item !== '');
    if (texts.some((item) => typeof item === 'object')) return changedType('a list of texts');
    const joined = texts.join(between);
    return joined === '' ? undefined : joined;
  };
}

const HTML = {
  wordwrap: false,
  limits: { maxInputLength: TEXT, maxDepth: 60, maxChildNodes: 5_000 },
  selectors: [{ selector: 'img', format: 'skip' }],
} as const;
/** An HTML character costs about as much as 24 units. */
function htmlToText(value: string): string | undefined {
  if (!/[<&]/.test(value)) return value.trim();
  charge(value.length * 24);
  const plain = convert(value, HTML as never).trim();
  return plain === '' ? undefined : plain;
}

/** @param most characters of the answer, its … included. */
function truncate(value: string, most: number): string {
  if (value.length <= most) return value;
  const cut = value.slice(0, most - 1);
  const atWord = /\s/.test(value[most - 1]) ? cut : cut.replace(/\s+\S*$/u, '');
  const kept = (atWord === '' || !/\S/.test(atWord) ? cut : atWord).trimEnd();
  return `${kept.replace(/[\uD800-\uDBFF]$/u, '')}…`;
}

function firstMatch({ compiled }: Pattern, value: string): string | undefined {
  charge(value.length * compiled.programSize());
  const matcher = compiled.matcher(value);
  if (!matcher.find()) return undefined;
  const found = matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
  return found === null || found === '' ? undefined : found;
}

/** `$` means nothing in the letters that are put in: they are letters. */
function replaceAll({ compiled }: Pattern, value: string, replacement: string): string {
  charge(value.length * compiled.programSize() * 2);
  const matcher = compiled.matcher(value);
  const kept: string[] = [];
  let from = 0;
  while (matcher.find()) {
    kept.push(value.slice(from, matcher.start()), replacement);
    from = matcher.end();
    if (from > value.length) break;
  }
  const changed = kept.join('') + value.slice(from);
  return changed.length > TEXT ? changed.slice(0, TEXT) : changed;
}

function invertTranslation(table: Record<string, string>): ((value: unknown) => unknown) | string {
  const back = new Map(Object.entries(table).map(([theirs, ours]) => [ours, theirs]));
  if (back.size < Object.keys(table).length) return 'two words mean the same';
  if (Object.values(table).some((ours) => Object.hasOwn(table, ours))) return 'a word stands on both sides';
  return backEach((value) => back.get(value) ?? value);
}
