import type { Argument, Setting } from './ast.js';
import type { ArgumentRule, SettingKind } from './operators/argument.js';
import { countryCode } from './operators/types-code.js';
import { currencyOf } from './operators/types-number.js';
import { parsePath } from './path.js';
import { parsePatternAt, parsePredicate } from './parse-predicate.js';
import { shown, type Path, type Reader } from './reader.js';

const TABLE = 2_000;

/** Reads a step's argument or a type's option by its rule; undefined after a fault. */
export function parseArgument(reader: Reader, rule: ArgumentRule, at: { value: unknown; path: Path; name: string }): Argument {
  const { value, path, name } = at;
  if (value === undefined) {
    if (rule.optional !== true && rule.kind !== 'none') reader.fault(path, `${name} needs ${needs(rule)}`);
    return undefined;
  }
  switch (rule.kind) {
    case 'none':
      reader.fault(path, `${name} stands alone: write - ${name}`);
      return undefined;
    case 'text':
      return checked(
        reader,
        path,
        typeof value === 'string' && value !== '' && value.length <= rule.max
          ? undefined
          : `${name} takes a text of at most ${rule.max} letters`,
        value,
      );
    case 'whole':
      return checked(
        reader,
        path,
        Number.isInteger(value) && (value as number) >= rule.min && (value as number) <= rule.max
          ? undefined
          : `${name} takes a whole number from ${rule.min} to ${rule.max}${typeof value === 'string' ? ', without quotes' : ''}`,
        value,
      );
    case 'word':
      return reader.oneOf(value, path, { words: rule.words, fallback: rule.words[0] });
    case 'texts':
      return reader.list(value, path, 100).map((one) => String(one));
    case 'path':
      return reader.path(value, path);
    case 'pattern':
      return parsePatternAt(reader, value, path);
    case 'condition':
      return parsePredicate(reader, value, { path, side: 'vendor' });
    case 'setting':
      return setting(reader, rule.of, at);
    case 'table':
      return table(reader, rule.to, at);
    case 'group':
      return group(reader, rule.fields, at);
  }
}

function needs(rule: ArgumentRule): string {
  const words: Record<ArgumentRule['kind'], string> = {
    none: 'nothing',
    text: 'a text',
    whole: 'a whole number',
    word: 'a word',
    texts: 'a list of texts',
    path: 'a path',
    pattern: 'a pattern',
    condition: 'a condition',
    setting: 'a word, { from: path } or { setting: name }',
    table: 'a table: word: meaning',
    group: 'a group of values',
  };
  return words[rule.kind];
}

function checked(reader: Reader, path: Path, fault: string | undefined, value: unknown): Argument {
  if (fault === undefined) return value as Argument;
  reader.fault(path, fault);
  return undefined;
}

const CONSTANTS: Record<SettingKind, { fits: (text: string) => boolean; example: string }> = {
  country: { fits: (text) => /^[A-Z]{2}$/.test(text) && countryCode(text) !== undefined, example: 'two capital letters such as DE' },
  currency: { fits: (text) => currencyOf(text) === text, example: 'a currency code such as EUR' },
  locale: { fits: (text) => /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(text), example: 'a language code such as ja or de-AT' },
  zone: { fits: isZoneName, example: 'a path, or a time zone such as Europe/Berlin' },
};

/** A zone without a slash could be a path: only UTC is taken for a zone. */
function isZoneName(text: string): boolean {
  if (text !== 'UTC' && !text.includes('/')) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** "Berlin" is rarely the name of a field. */
function zoneEndingIn(city: string): string | undefined {
  return Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase().endsWith(`/${city.toLowerCase().replaceAll(' ', '_')}`));
}

function setting(reader: Reader, of: SettingKind, at: { value: unknown; path: Path; name: string }): Setting | undefined {
  const { value, path, name } = at;
  if (typeof value === 'string') {
    if (CONSTANTS[of].fits(value)) return { constant: value };
    const segments = of === 'zone' ? parsePath(value) : 'no path';
    const zone = of === 'zone' ? zoneEndingIn(value) : undefined;
    if (zone) reader.fault(path, `"${shown(value)}" would be read as a path`, `did you mean ${zone}? A path is { from: ${value} }`);
    if (typeof segments !== 'string') return { path: segments };
    reader.fault(path, `${name} must be ${CONSTANTS[of].example}, { from: path } or { setting: name }`);
    return undefined;
  }
  const group = reader.group(value, path);
  reader.known(group, path, ['from', 'setting']);
  if (group.setting !== undefined) {
    if (typeof group.setting === 'string' && /^[a-zA-Z]\w{0,60}$/.test(group.setting)) return { setting: group.setting };
    reader.fault([...path, 'setting'], 'setting: is the name of one setting of the connection');
    return undefined;
  }
  const from = reader.path(group.from, [...path, 'from']);
  if (group.from === undefined) reader.fault(path, `${name} must be ${CONSTANTS[of].example}, { from: path } or { setting: name }`);
  return from && { path: from };
}

function table(reader: Reader, to: 'text' | 'boolean', at: { value: unknown; path: Path; name: string }): Argument {
  const words = Object.entries(reader.group(at.value, at.path));
  if (words.length === 0 || words.length > TABLE) reader.fault(at.path, `${at.name} has 1 to ${TABLE} words`);
  const parsed: Record<string, string | boolean> = Object.create(null) as Record<string, string | boolean>;
  for (const [word, means] of words) {
    const fits = to === 'boolean' ? typeof means === 'boolean' : ['string', 'number', 'boolean'].includes(typeof means) && means !== '';
    if (!fits) reader.fault([...at.path, word], `"${shown(means)}" must be ${to === 'boolean' ? 'true or false' : 'a text'}`);
    parsed[word] = to === 'boolean' ? means === true : String(means);
  }
  return parsed as Argument;
}

function group(reader: Reader, fields: Record<string, ArgumentRule>, at: { value: unknown; path: Path; name: string }): Argument {
  const value = reader.group(at.value, at.path);
  reader.known(value, at.path, Object.keys(fields));
  const parsed = Object.entries(fields).map(
    ([name, rule]) =>
      [
        name,
        parseArgument(reader, rule, {
          value: value[name],
          path: value[name] === undefined ? at.path : [...at.path, name],
          name: `${at.name}.${name}`,
        }),
      ] as const,
  );
  return parsed.every(([name, one]) => one !== undefined || fields[name].optional)
    ? (Object.fromEntries(parsed) as { [name: string]: Argument })
    : undefined;
}
