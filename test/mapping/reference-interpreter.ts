import { createHash } from 'node:crypto';
import parsePhone, { isSupportedCountry, type CountryCode } from 'libphonenumber-js/min';
import { iso31661, iso31662 } from 'iso-3166';
import { iso6393 } from 'iso-639-3';
import { RE2JS } from 're2js';
import { brokenRule, OBJECTS, parseRef, type CanonicalValue, type ObjectName } from '#hub/canonical';

/** What a mapping says, told once more and slowly: nothing is compiled, nothing is shared with libs/mapping. */
type Json = Record<string, unknown>;
export interface ReferenceResult {
  kind: 'mapped' | 'excluded' | 'refused';
  values?: Json;
  parents?: { role: string; externalId?: string; ref?: string }[];
  failures?: string[];
}
class Refusal extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}
const refuse = (code: string): never => {
  throw new Refusal(code);
};
const drift = (): never => refuse('SCHEMA_DRIFT');
const invalid = (): never => refuse('INVALID_VALUE');
const nothing = (value: unknown): boolean => value === undefined || value === null || value === '';
const group = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const STAGES = ['status', 'stage', 'outcome', 'bucket', 'toStage'];

export function interpret(file: Json, record: unknown, context: { settings: Json; now: Date }): ReferenceResult {
  const mapping = file as Json & { fields: Json[]; into: ObjectName };
  if (mapping.keepIf !== undefined && !holds(mapping.keepIf as Json, record, context.now)) return { kind: 'excluded' };
  const values: Json = {};
  const failures: string[] = [];
  const blocked: string[] = [];
  for (const field of mapping.fields) {
    if (field.direction === 'out') continue;
    const to = String(field.to);
    const parks = STAGES.includes(to) || field.else === 'park';
    try {
      const value = valueOf(field, record, context);
      if (value === undefined || (value === null && field.nullMeans !== 'cleared')) {
        if (field.required === true) failures.push(`MISSING_REQUIRED ${to}`);
      } else values[to] = value;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const onlyField = !parks && field.required !== true && ['STAGE_UNMAPPED', 'SCHEMA_DRIFT'].includes(error.code);
      const code = error.code === 'STAGE_UNMAPPED' && !STAGES.includes(to) ? 'SCHEMA_DRIFT' : error.code;
      (onlyField ? blocked : failures).push(`${code} ${to}`);
    }
  }
  const parents = parentsOf((mapping.parents ?? {}) as Record<string, Json>, record, failures);
  const { needsOneOf, span } = OBJECTS[mapping.into];
  if (failures.length === 0 && blocked.length === 0 && !needsOneOf.some((name) => name in values))
    failures.push(`MISSING_REQUIRED ${needsOneOf[0]}`);
  if (
    failures.length === 0 &&
    span &&
    typeof values[span[0]] === 'string' &&
    typeof values[span[1]] === 'string' &&
    Date.parse(values[span[1]] as string) < Date.parse(values[span[0]] as string)
  )
    failures.push(`INVALID_VALUE ${span[1]}`);
  return failures.length > 0 ? { kind: 'refused', failures } : { kind: 'mapped', values, parents, failures: blocked };
}

function parentsOf(parents: Record<string, Json>, record: unknown, failures: string[]): ReferenceResult['parents'] {
  return Object.entries(parents).flatMap(([role, spec]) => {
    const id = spec.externalId === undefined ? undefined : at(record, String(spec.externalId));
    const ref = spec.ref === undefined ? undefined : at(record, String(spec.ref));
    const parsed = typeof ref === 'string' && ref !== '' ? parseRef(ref) : undefined;
    const externalId = typeof id === 'string' && id !== '' ? id : undefined;
    if (parsed && parsed.kind !== role) {
      failures.push(`AMBIGUOUS_MATCH ${role}`);
      return [];
    }
    if (externalId !== undefined || parsed) return [{ role, externalId, ref: parsed?.ref }];
    if (spec.required !== false) failures.push(`MISSING_REQUIRED ${role}`);
    return [];
  });
}

/** Follows a path letter by letter. */
function at(root: unknown, path: string): unknown {
  if (path === '.' || path === '') return root;
  const quoted = /^\["([^"]+)"\]\.?/.exec(path);
  if (quoted) return at(own(root, quoted[1]), path.slice(quoted[0].length));
  const bracket = /^\[([^\]]*)\]\.?/.exec(path);
  if (bracket) {
    if (!Array.isArray(root)) return undefined;
    const rest = path.slice(bracket[0].length);
    if (bracket[1] === '') {
      const all = root.map((item) => at(item, rest)).filter((value) => value !== undefined);
      return rest.includes('[]') ? all.flat() : all;
    }
    const [key, word] = bracket[1].split('=');
    return word === undefined
      ? at(root[Number(key)], rest)
      : at(
          root.find((item) => String(own(item, key)) === word),
          rest,
        );
  }
  const key = /^[^.[]+/.exec(path)?.[0] ?? '';
  return at(own(root, key), path.slice(key.length).replace(/^\./, ''));
}
function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.prototype.hasOwnProperty.call(value, key) ? (value as Json)[key] : undefined;
}

export function holds(condition: Json, root: unknown, now: Date): boolean {
  if (condition.all) return (condition.all as Json[]).every((one) => holds(one, root, now));
  if (condition.any) return (condition.any as Json[]).some((one) => holds(one, root, now));
  if (condition.not) return !holds(condition.not as Json, root, now);
  const value = at(root, String(condition.field));
  const said = !nothing(value);
  const tests: Record<string, (wanted: never) => boolean> = {
    equals: (wanted) => value === wanted,
    in: (wanted: unknown[]) => wanted.some((one) => one === value),
    contains: (wanted) =>
      typeof value === 'string' ? value.indexOf(String(wanted)) >= 0 : Array.isArray(value) && value.indexOf(wanted) >= 0,
    startsWith: (wanted: string) => typeof value === 'string' && value.slice(0, wanted.length) === wanted,
    endsWith: (wanted: string) => typeof value === 'string' && value.slice(-wanted.length) === wanted && value.length >= wanted.length,
    matches: (wanted: string) => typeof value === 'string' && RE2JS.compile(wanted).matcher(value).find(),
    greaterThan: (wanted) =>
      typeof wanted === 'number'
        ? typeof value === 'number' && value > wanted
        : typeof value === 'string' && Date.parse(value) > Date.parse(wanted),
    lessThan: (wanted) =>
      typeof wanted === 'number'
        ? typeof value === 'number' && value < wanted
        : typeof value === 'string' && Date.parse(value) < Date.parse(wanted),
    exists: (wanted) => said === wanted,
    isFuture: (wanted) => (typeof value === 'string' && Date.parse(value) > now.getTime()) === wanted,
  };
  return Object.entries(tests).every(([word, test]) => condition[word] === undefined || test(condition[word] as never));
}

type Context = { settings: Json; now: Date };

function valueOf(spec: Json, root: unknown, context: Context): unknown {
  const value = spec.when === undefined ? plainValue(spec, root, context) : casesValue(spec, root, context);
  return (value === undefined || value === null) && spec.default !== undefined ? spec.default : value;
}

function casesValue({ when, otherwise, default: _, to: _to, ...shared }: Json, root: unknown, context: Context): unknown {
  const found = (when as Json[]).find((one) => holds(one.if as Json, root, context.now)) ?? (otherwise as Json | undefined);
  if (found === undefined) return undefined;
  const { if: _if, ...own } = found;
  return own.value === undefined ? valueOf({ ...shared, ...own }, root, context) : own.value;
}

function plainValue(spec: Json, root: unknown, context: Context): unknown {
  if (spec.value !== undefined) return spec.value;
  const as = String(spec.as ?? 'text');
  let value = source(spec, root, as);
  for (const step of (spec.do ?? []) as (string | Json)[]) {
    if (nothing(value)) break;
    const [name, argument] = typeof step === 'string' ? [step, undefined] : Object.entries(step)[0];
    value = stepped(name, argument, { value, context });
  }
  return typed(as, spec, { value, root, context });
}

function source(spec: Json, root: unknown, as: string): unknown {
  if (spec.template !== undefined) {
    const slots = (spec.slots ?? {}) as Record<string, string>;
    let said = false;
    const text = String(spec.template).replace(/\{([^{}]*)\}/g, (_, slot: string) => {
      const found = at(root, slots[slot] ?? slot);
      if (!['string', 'number', 'boolean'].includes(typeof found)) return '';
      said ||= String(found).trim() !== '';
      return String(found).trim();
    });
    return said ? text.replace(/\s+/gu, ' ').trim() : undefined;
  }
  if (spec.from === undefined) return root;
  const found = (Array.isArray(spec.from) ? (spec.from as string[]) : [String(spec.from)]).map((path) => at(root, path));
  if (as === 'emails' || as === 'phones' || spec.paths === 'together') {
    const said = found.filter((value) => value !== undefined && value !== null);
    return said.length === 0 ? undefined : said.flatMap((value) => value);
  }
  if (found.length === 1) return found[0];
  return found.find((value) => !nothing(value)) ?? (found.includes(null) ? null : undefined);
}

function each(value: unknown, change: (text: string) => unknown): unknown {
  const one = (item: unknown): unknown => {
    if (item === undefined || item === null) return undefined;
    return change(typeof item === 'string' ? item : ['number', 'boolean'].includes(typeof item) ? String(item) : drift());
  };
  return Array.isArray(value) ? value.map(one).filter((item) => item !== undefined) : one(value);
}
const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]).filter((item) => !nothing(item));
const key = (value: unknown): string => JSON.stringify(sorted(value) ?? null);
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  return group(value)
    ? Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((name) => [name, sorted(value[name])]),
      )
    : value;
}

function stepped(name: string, argument: unknown, { value, context }: { value: unknown; context: Context }): unknown {
  const word = String(argument);
  switch (name) {
    case 'trim':
      return each(value, (text) => text.trim());
    case 'collapse':
      return each(value, (text) => text.split(/\s+/u).filter(Boolean).join(' '));
    case 'lower':
      return each(value, (text) => text.toLowerCase());
    case 'capitalise':
      return each(value, (text) => {
        let [made, before] = ['', ' '];
        for (const letter of text.toLowerCase()) {
          const capital = letter.toUpperCase();
          made += /[\s'’-]/.test(before) && /\p{L}/u.test(letter) && capital.length === letter.length ? capital : letter;
          before = letter;
        }
        return made;
      });
    case 'upper':
      return each(value, (text) => text.toUpperCase());
    case 'prefix':
      return each(value, (text) => (text.trim() === '' ? undefined : word + text.trim()));
    case 'suffix':
      return each(value, (text) => (text.trim() === '' ? undefined : text.trim() + word));
    case 'removePrefix':
      return each(value, (text) => (text.indexOf(word) === 0 ? text.substring(word.length) : text));
    case 'removeSuffix':
      return each(value, (text) => (text.endsWith(word) ? text.substring(0, text.length - word.length) : text));
    case 'translate':
      return each(value, (text) => (Object.keys(argument as Json).includes(text) ? String((argument as Json)[text]) : text));
    case 'hash':
      return each(value, (text) => createHash('sha256').update(text).digest('hex'));
    case 'match':
      return each(value, (text) => {
        const matcher = RE2JS.compile(word).matcher(text);
        if (!matcher.find()) return undefined;
        return (matcher.groupCount() > 0 ? matcher.group(1) : matcher.group()) || undefined;
      });
    case 'replace':
      return each(value, (text) =>
        RE2JS.compile(String((argument as Json).pattern))
          .matcher(text)
          .replaceAll(RE2JS.quoteReplacement(String((argument as Json).with))),
      );
    case 'split': {
      const cut = (text: string): string[] =>
        text
          .split(word.trim() === '' ? word : word.trim())
          .map((piece) => piece.trim())
          .filter((piece) => piece !== '');
      if (typeof value === 'number') return [String(value)];
      if (typeof value !== 'string' && !Array.isArray(value)) return drift();
      const pieces = (Array.isArray(value) ? value : [value]).flatMap((item) => (typeof item === 'string' ? cut(item) : [item as unknown]));
      return pieces.length > 0 ? pieces : undefined;
    }
    case 'join': {
      if (!Array.isArray(value)) return value;
      const said = value.filter((item) => !nothing(item));
      if (said.some((item) => typeof item === 'object')) return drift();
      return said.join(word) === '' ? undefined : said.join(word);
    }
    case 'first':
      return items(value)[0];
    case 'last':
      return items(value).pop();
    case 'only':
      return items(value).length > 1 ? invalid() : items(value)[0];
    case 'limit':
      return items(value).slice(0, Number(argument));
    case 'where':
      return items(value).filter((item) => holds(argument as Json, item, context.now));
    case 'take':
      return Array.isArray(value)
        ? items(value)
            .map((item) => at(item, word))
            .filter((item) => item !== undefined)
        : at(value, word);
    case 'unique': {
      const by = (item: unknown): string => key(argument === undefined ? item : at(item, word));
      return items(value).filter((item, index, all) => all.findIndex((other) => by(other) === by(item)) === index);
    }
    case 'sort': {
      const by = (item: unknown): unknown => (argument === undefined ? item : at(item, word));
      const rank = (item: unknown): number => ['number', 'string'].indexOf(typeof by(item)) >>> 0;
      return items(value)
        .map((item, index) => ({ item, index }))
        .sort((a, b) => {
          const [left, right] = [by(a.item) as string, by(b.item) as string];
          return rank(a.item) - rank(b.item) || (rank(a.item) < 2 && left !== right ? (left < right ? -1 : 1) : a.index - b.index);
        })
        .map(({ item }) => item);
    }
    case 'scale': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) return drift();
      const [digits, power = '0'] = String(number).split('e');
      return Number(`${digits}e${Number(power) + Number(argument)}`);
    }
    default:
      throw new Error(`the reference knows no step ${name}`);
  }
}

function setting(value: unknown, root: unknown, { settings }: Context): unknown {
  if (!group(value)) return value;
  return value.setting === undefined ? at(root, String(value.from)) : settings[String(value.setting)];
}

function textual(value: unknown): string | undefined | null {
  if (value === undefined || value === null) return value;
  if (typeof value === 'object') return drift();
  return String(value as string).trim() || undefined;
}
/** Checks a text against a rule of the model after `clean`. */
function ruled(value: unknown, kind: 'email' | 'url' | 'zone', clean: (text: string) => string): unknown {
  const text = textual(value);
  if (typeof text !== 'string') return text;
  return brokenRule({ kind }, clean(text)) === undefined ? clean(text) : invalid();
}

const WITHOUT_SCHEME = /^[\w-]+(\.[\w-]+)+([/?#]\S*)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;
const UNITS: Record<string, number> = { milliseconds: 1, seconds: 1e3, minutes: 6e4, hours: 36e5, days: 864e5 };
const isRealDay = (text: string): boolean => {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};

function phoneOf(value: unknown, country: unknown): unknown {
  const text = textual(value);
  if (typeof text !== 'string') return text;
  const home =
    typeof country === 'string' && isSupportedCountry(country.toUpperCase()) ? (country.toUpperCase() as CountryCode) : undefined;
  const number = text.length <= 250 ? parsePhone(text, home) : undefined;
  return number?.isPossible() ? number.number : invalid();
}

function listed(value: unknown, one: (item: unknown) => unknown): unknown {
  if (value === undefined || value === null) return value;
  if (!Array.isArray(value)) return drift();
  if (value.length > 2_000) return invalid();
  return value.map(one).filter((item) => item !== undefined && item !== null);
}

function parted(parts: Record<string, string | Json>, item: unknown, context: Context): Json | undefined {
  const found = Object.entries(parts).map(
    ([name, part]) => [name, valueOf(typeof part === 'string' ? { from: part } : part, item, context)] as const,
  );
  const said = found.filter(([, value]) => value !== undefined && value !== null);
  return said.length > 0 ? Object.fromEntries(said) : undefined;
}

const KINDS: Record<string, string> = {
  personal: 'PERSONAL',
  work: 'WORK',
  home: 'HOME',
  mobile: 'MOBILE',
  cell: 'MOBILE',
  other: 'OTHER',
};
function addressed(item: unknown, allowed: string[], read: (value: unknown) => Json | undefined | null): Json | undefined | null {
  const base = read(group(item) || item === null ? own(item, 'value') : item);
  if (base === undefined || base === null) return base;
  const kind = KINDS[String(own(item, 'type')).toLowerCase()];
  return {
    ...base,
    ...(typeof own(item, 'type') === 'string' && allowed.includes(kind) ? { type: kind } : {}),
    ...(own(item, 'isPrimary') === true || own(item, 'primary') === true ? { primary: true } : {}),
  };
}

function numeric(value: unknown, comma: boolean): number | undefined | null {
  if (nothing(value)) return value === '' ? undefined : (value as undefined | null);
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : drift();
  if (typeof value !== 'string') return drift();
  const text = value.trim();
  if (text === '') return undefined;
  const shape = comma ? /^[+-]?(\d+|\d{1,3}([. \u00a0\u202f]\d{3})+)(,\d+)?$/ : /^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/;
  if (!shape.test(text)) return invalid();
  const plain = comma ? text.replace(/[. \u00a0\u202f]/g, '').replace(',', '.') : text.split(',').join('');
  return plain.replace(/^[+-]?0*|\./g, '').length > 15 ? invalid() : Number(plain) + 0;
}

function durationOf(value: unknown, unit: string): number | undefined {
  const ms = lengthOf(value, unit);
  return ms !== undefined && ms >= 8.64e15 ? invalid() : ms;
}

function lengthOf(value: unknown, unit: string): number | undefined {
  if (nothing(value)) return undefined;
  if (typeof value === 'object' || typeof value === 'boolean') return drift();
  const text = String(value as string).trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * UNITS[unit]);
  const clock = /^(\d{1,4}):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (clock) return Number(clock[1]) * UNITS.hours + Number(clock[2]) * UNITS.minutes + Number(clock[3] ?? 0) * 1e3;
  const iso = /^P(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/.exec(text);
  if (!iso || text === 'P' || text.endsWith('T')) return invalid();
  return Math.round(
    [7 * UNITS.days, UNITS.days, UNITS.hours, UNITS.minutes, UNITS.seconds].reduce(
      (sum, size, index) => sum + size * Number(iso[index + 1] ?? 0),
      0,
    ),
  );
}

function instantOf(spec: Json, { value, root }: { value: unknown; root: unknown }): unknown {
  if (nothing(value)) return value === '' ? undefined : value;
  if (typeof value === 'object' || typeof value === 'boolean' || (typeof value === 'number' && spec.unit === undefined)) return drift();
  const unit = UNITS[String(spec.unit ?? 'milliseconds')];
  const text = String(value as string).trim();
  let start = NaN;
  if (typeof value === 'number' || (spec.unit !== undefined && /^-?\d+(\.\d+)?$/.test(text))) start = Math.round(Number(text) * unit);
  else if (INSTANT.test(text) && isRealDay(text)) start = Date.parse(text);
  if (Number.isNaN(start) || Math.abs(start) >= 8.64e15) return invalid();
  const plus = spec.plus as { from: string; unit: string } | undefined;
  const added = plus ? durationOf(at(root, plus.from), plus.unit) : 0;
  if (added === undefined) return undefined;
  const whole = spec.precision === 'minute' ? 6e4 : spec.precision === 'second' ? 1e3 : 1;
  const end = Math.floor((start + added) / whole) * whole;
  return Math.abs(end) < 8.64e15 ? new Date(end).toISOString() : invalid();
}

function dateOf(spec: Json, value: unknown): unknown {
  if (nothing(value)) return value === '' ? undefined : value;
  if (typeof value !== 'string') return drift();
  const text = value.trim();
  if (brokenRule({ kind: 'date' }, text) !== undefined) return invalid();
  return text.slice(0, { year: 4, month: 7, day: 10 }[String(spec.precision ?? 'day')]);
}

const folded = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
const displays = new Map<string, string[]>();
/** Names of a code in the eight languages. */
function named(code: string, type: 'region' | 'language'): string[] {
  const known = displays.get(`${type} ${code}`);
  if (known) return known;
  const names = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl'].map((locale) =>
    folded(new Intl.DisplayNames([locale], { type, fallback: 'none' }).of(code) ?? ''),
  );
  displays.set(`${type} ${code}`, names);
  return names;
}
function countryOf(text: string): string | undefined {
  if (text.length > 100) return undefined;
  const code = text.toUpperCase();
  const exact = iso31661.find((one) => one.alpha2 === code || one.alpha3 === code);
  return (
    exact ??
    iso31661.find((one) => named(one.alpha2, 'region').includes(folded(text))) ??
    iso31661.find((one) => folded(one.name) === folded(text))
  )?.alpha2;
}

function typed(as: string, spec: Json, { value, root, context }: { value: unknown; root: unknown; context: Context }): unknown {
  const parts = spec.parts as Record<string, string | Json> | undefined;
  switch (as) {
    case 'text':
      return textual(value);
    case 'email':
      return ruled(value, 'email', (text) => text.toLowerCase());
    case 'url':
      return ruled(value, 'url', (text) => (WITHOUT_SCHEME.test(text) ? `https://${text}` : text));
    case 'zone':
      return ruled(value, 'zone', (text) => text);
    case 'phone':
      return phoneOf(value, setting(spec.country, root, context));
    case 'enum': {
      if (nothing(value)) return value === '' ? undefined : value;
      if (typeof value === 'object') return drift();
      const table = spec.table as Json;
      if (!Object.keys(table).includes(String(value as string))) return refuse('STAGE_UNMAPPED');
      return table[String(value as string)] ?? undefined;
    }
    case 'instant':
      return instantOf(spec, { value, root });
    case 'date':
      return dateOf(spec, value);
    case 'duration':
      return value === null ? null : durationOf(value, String(spec.unit ?? 'milliseconds'));
    case 'number':
      return numeric(value, spec.decimal === 'comma');
    case 'integer': {
      const number = numeric(value, spec.decimal === 'comma');
      return typeof number === 'number' && !Number.isSafeInteger(number) ? invalid() : number;
    }
    case 'boolean': {
      if (nothing(value)) return value === '' ? undefined : value;
      if (typeof value === 'boolean') return value;
      if (typeof value === 'object') return drift();
      const words = spec.words
        ? Object.fromEntries(Object.entries(spec.words as Json).map(([word, means]) => [word.toLowerCase(), means]))
        : { true: true, yes: true, y: true, 1: true, on: true, false: false, no: false, n: false, 0: false, off: false };
      const word = String(value as string)
        .trim()
        .toLowerCase();
      return Object.keys(words).includes(word) ? (words as Json)[word] : invalid();
    }
    case 'currency': {
      const text = textual(value);
      if (typeof text !== 'string') return text;
      const code = ({ '€': 'EUR', '£': 'GBP' } as Record<string, string>)[text] ?? text.toUpperCase();
      return Intl.supportedValuesOf('currency').includes(code) ? code : invalid();
    }
    case 'country': {
      const text = textual(value);
      return typeof text === 'string' ? (countryOf(text) ?? invalid()) : text;
    }
    case 'language': {
      const text = textual(value);
      if (typeof text !== 'string') return text;
      const short = text.toLowerCase().split(/[-_]/)[0];
      const found =
        iso6393.find((one) => one.iso6391 === short || one.iso6393 === short || one.iso6392B === short) ??
        iso6393.find((one) => one.iso6391 !== undefined && named(one.iso6391, 'language').includes(folded(text))) ??
        iso6393.find((one) => folded(one.name) === folded(text));
      return text.length > 100 || !found ? invalid() : (found.iso6391 ?? found.iso6393);
    }
    case 'region': {
      const text = textual(value);
      if (typeof text !== 'string') return text;
      const country = setting(spec.country, root, context);
      const home = nothing(country) ? undefined : countryOf(String(country as string));
      const whole = text.toUpperCase().replace('_', '-');
      const found =
        iso31662.find((one) => one.code === whole) ??
        iso31662.find((one) => one.code === `${home}-${whole}`) ??
        iso31662.find((one) => one.code.startsWith(`${home}-`) && folded(one.name) === folded(text));
      return text.length > 100 && !iso31662.some((one) => one.code === whole) ? invalid() : (found?.code ?? invalid());
    }
    case 'object':
      if (value === undefined || value === null) return value;
      return group(value) ? parted(parts ?? {}, value, context) : drift();
    case 'list':
      return listed(value, (item) =>
        parts ? parted(parts, item, context) : typed(String(spec.of ?? 'text'), {}, { value: item, root, context }),
      );
    case 'emails':
    case 'phones': {
      const country = setting(spec.country, root, context);
      const list = listed(value, (item) =>
        as === 'emails'
          ? addressed(item, ['PERSONAL', 'WORK', 'OTHER'], (raw) => {
              const email = ruled(raw, 'email', (text) => text.toLowerCase());
              return typeof email === 'string' ? { value: email } : (email as undefined);
            })
          : addressed(item, ['MOBILE', 'WORK', 'HOME', 'OTHER'], (raw) => {
              const text = textual(raw);
              if (typeof text !== 'string') return text;
              try {
                return { raw: text, e164: phoneOf(text, country) };
              } catch {
                return { raw: text };
              }
            }),
      );
      const by = (item: Json): unknown => item.value ?? item.e164 ?? item.raw;
      return Array.isArray(list)
        ? (list as Json[]).filter((item, index, all) => all.findIndex((other) => by(other) === by(item)) === index)
        : list;
    }
    case 'custom': {
      if (value === undefined || value === null) return value;
      if (typeof value !== 'object') return drift();
      const types: Record<string, string> = {
        number: 'NUMBER',
        integer: 'NUMBER',
        duration: 'NUMBER',
        boolean: 'BOOLEAN',
        date: 'DATE',
        instant: 'INSTANT',
        url: 'URL',
        email: 'EMAIL',
        phone: 'PHONE',
      };
      const fields = Object.entries(parts ?? {}).flatMap(([name, part]) => {
        const own = typeof part === 'string' ? { from: part } : part;
        const found = valueOf(own, value, context) as CanonicalValue | undefined;
        return found === undefined || found === null ? [] : [{ key: name, type: types[String(own.as)] ?? 'TEXT', value: found }];
      });
      return fields.length > 0 ? fields : undefined;
    }
    default:
      throw new Error(`the reference knows no type ${as}`);
  }
}
