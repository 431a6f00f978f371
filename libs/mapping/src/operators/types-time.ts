import { brokenRule, type CanonicalValue } from '#hub/canonical';
import type { Setting, ValueSpec } from '../ast.js';
import { compileRead, type Segment } from '../path.js';
import { instantToWall, wallTimeToInstant } from '../wall-time.js';
import { optional, text, word, type ArgumentRule } from './argument.js';
import { compileDateFormat, type DateFormat, type DateParts } from './date-format.js';
import { changedType, invalid, Refused, type DecodeValue, type Decoded, type Encode } from './refused.js';
import { asItIsOut, compileSetting, type TypeOperator } from './type.js';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const WALL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;
const FURTHEST = 8.64e15;
const UNITS = { milliseconds: 1, seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;
type Unit = keyof typeof UNITS;

const ZONE: ArgumentRule = { kind: 'setting', of: 'zone', optional: true };
const EPOCH = optional(word('milliseconds', 'seconds'));
const ANY_UNIT = word(...Object.keys(UNITS));

/** Milliseconds since 1970 of what a vendor sent, before precision and `plus`. */
function readMoment(spec: ValueSpec): (value: unknown, root: unknown, settings: Record<string, unknown>) => number | undefined {
  const zone = compileSetting(spec.options.zone as Setting | undefined);
  const format = formatOf(spec);
  const unit = UNITS[(spec.options.unit as Unit | undefined) ?? 'milliseconds'];
  if (format) return (value, root, settings) => momentOf(format.parse(String(value).trim()), zone?.(root, { settings }));
  return (value, root, settings) => {
    if (typeof value === 'number')
      return Number.isFinite(value) && Math.abs(value * unit) < FURTHEST ? Math.round(value * unit) : undefined;
    const text = String(value).trim();
    if (spec.options.unit !== undefined && /^-?\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * unit);
    if (INSTANT.test(text)) return namesRealDay(text) ? real(Date.parse(text)) : undefined;
    if (zone && WALL.test(text) && namesRealDay(text)) return real(Date.parse(wallTimeToInstant(text, zone(root, { settings })) ?? ''));
    return undefined;
  };
}

/** Seconds or milliseconds: a number alone does not say, and a guess would be fifty years off. */
function uncounted(): Refused {
  return new Refused('SCHEMA_DRIFT', 'is a number; say unit: seconds or unit: milliseconds if it counts from 1970');
}

const real = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time);

function formatOf(spec: ValueSpec): DateFormat | undefined {
  const format = spec.options.format === undefined ? undefined : compileDateFormat(spec.options.format as string);
  return typeof format === 'string' ? undefined : format;
}

function momentOf(parts: DateParts | undefined, zone: unknown): number | undefined {
  if (!parts) return undefined;
  const { year, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0, offset } = parts;
  const wall = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond)).toISOString().slice(0, 23);
  if (offset !== undefined) return real(Date.parse(`${wall}Z`) - offset * 60_000);
  return real(Date.parse(wallTimeToInstant(wall, zone) ?? ''));
}

/** `Date.parse` turns 30 February into 2 March; a day that does not exist is no instant. */
function namesRealDay(text: string): boolean {
  const day = Number(text.slice(8, 10));
  return day <= 28 || day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
}

function decodeInstant(spec: ValueSpec): DecodeValue {
  const moment = readMoment(spec);
  const plus = spec.options.plus as { from: Segment[]; unit: Unit } | undefined;
  const later = plus && { read: compileRead(plus.from), unit: plus.unit };
  const whole = spec.options.precision === undefined ? 1 : spec.options.precision === 'minute' ? 60_000 : 1_000;
  const example = spec.options.format === undefined ? '2026-03-01T10:00:00Z' : `its format ${spec.options.format as string}`;
  return (value, root, { settings }) => {
    if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
    if (typeof value === 'object' || typeof value === 'boolean') return changedType('an instant');
    if (typeof value === 'number' && spec.options.unit === undefined && spec.options.format === undefined) return uncounted();
    const start = moment(value, root, settings);
    if (start === undefined) return invalid(`must be an instant such as ${example}`);
    const added = later ? durationMs(later.read(root), later.unit) : 0;
    if (added === undefined) return undefined;
    if (added instanceof Refused) return added;
    const at = Math.floor((start + added) / whole) * whole;
    return Math.abs(at) < FURTHEST ? new Date(at).toISOString() : invalid(`must be an instant such as ${example}`);
  };
}

function encodeInstant(spec: ValueSpec): Encode | string {
  const { unit, plus, zone } = spec.options;
  if (plus !== undefined) return 'an end that is reckoned from a duration has no place of its own; give back:';
  const format = formatOf(spec);
  if (format) return encodeFormatted(format, zone as Setting | undefined);
  if (unit !== undefined) return (value) => (typeof value === 'string' ? Date.parse(value) / UNITS[unit as Unit] : value);
  return asItIsOut();
}

function encodeFormatted(format: DateFormat, setting: Setting | undefined): Encode | string {
  if (setting && 'path' in setting)
    return 'the zone of a time stands in the record; a time is written with a zone by name or setting only, or give back:';
  const zone = compileSetting(setting);
  return (value, settings) => {
    if (typeof value !== 'string') return value;
    const wall = format.tokens.has('Z') ? value.slice(0, 23) : instantToWall(value, zone?.(undefined, { settings }));
    return wall === undefined ? undefined : format.print(partsOf(wall));
  };
}

function partsOf(wall: string): DateParts {
  const [year, month, day, hour, minute, second, millisecond] = wall.split(/[-T:.]/).map(Number);
  return { year, month, day, hour, minute, second, millisecond };
}

const PRECISIONS = { year: 4, month: 7, day: 10 } as const;

function decodeDate(spec: ValueSpec): DecodeValue {
  const format = formatOf(spec);
  const zone = compileSetting(spec.options.zone as Setting | undefined);
  const unit = spec.options.unit as Unit | undefined;
  const length = PRECISIONS[(spec.options.precision as keyof typeof PRECISIONS | undefined) ?? 'day'];
  const cut = (day: string): string => day.slice(0, length);
  return (value, root, { settings }) => {
    if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
    if (typeof value === 'object' || typeof value === 'boolean') return changedType('a date');
    const text = String(value).trim();
    if (format) return cutOr(dateOf(format.parse(text)), cut, spec);
    if (unit !== undefined && /^-?\d+(\.\d+)?$/.test(text))
      return dayIn(Number(text) * UNITS[unit], zone?.(root, { settings }) ?? 'UTC', cut);
    if (INSTANT.test(text))
      return zone
        ? dayIn(Date.parse(text), zone(root, { settings }), cut)
        : invalid('holds an instant; say in which zone: its day is meant');
    if (typeof value === 'number') return uncounted();
    return brokenRule({ kind: 'date' }, text) === undefined ? cut(text) : invalid('must be a date such as 2026-03-01');
  };
}

function cutOr(day: string | undefined, cut: (day: string) => string, spec: ValueSpec): Decoded {
  return day === undefined ? invalid(`must be a date in its format ${spec.options.format as string}`) : cut(day);
}

function dateOf(parts: DateParts | undefined): string | undefined {
  if (!parts) return undefined;
  const pieces = [parts.month, parts.month === undefined ? undefined : parts.day].filter((piece) => piece !== undefined);
  return [String(parts.year).padStart(4, '0'), ...pieces.map((piece) => String(piece).padStart(2, '0'))].join('-');
}

function dayIn(time: number, zone: unknown, cut: (day: string) => string): Decoded {
  const wall = Math.abs(time) < FURTHEST ? instantToWall(new Date(time).toISOString(), zone) : undefined;
  return wall === undefined ? invalid('must be a date such as 2026-03-01') : cut(wall.slice(0, 10));
}

function encodeDate(spec: ValueSpec): Encode | string {
  const { unit, zone } = spec.options;
  const format = formatOf(spec);
  if (unit !== undefined) return 'a day is no instant; give back:';
  if (!format) return zone === undefined ? asItIsOut() : 'a day is no instant; give back:';
  return (value) => {
    if (typeof value !== 'string') return value;
    const [year, month, day] = value.split('-').map(Number);
    const missing = (format.tokens.has('D') || format.tokens.has('DD')) && day === undefined;
    return missing || (month === undefined && hasMonth(format)) ? undefined : format.print({ year, month, day });
  };
}

function hasMonth({ tokens }: DateFormat): boolean {
  return ['M', 'MM', 'MMM', 'MMMM'].some((token) => tokens.has(token));
}

const ISO_DURATION = /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const CLOCK = /^(\d{1,4}):([0-5]\d)(?::([0-5]\d))?$/;

/** Milliseconds of a number in `unit`, of `PT45M` or of `1:30`; undefined where nothing is said. */
function durationMs(value: unknown, unit: Unit): number | undefined | Refused {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'object' || typeof value === 'boolean') return changedType('a duration');
  const text = String(value).trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * UNITS[unit] : (isoMs(text) ?? clockMs(text));
  return ms !== undefined && ms < FURTHEST ? Math.round(ms) : invalid('must be a duration such as PT45M, 0:45 or a number');
}

function isoMs(text: string): number | undefined {
  const match = ISO_DURATION.exec(text);
  if (!match || text.length < 3 || text.endsWith('T')) return undefined;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((piece) => Number(piece ?? 0));
  return (weeks * 7 + days) * UNITS.days + hours * UNITS.hours + minutes * UNITS.minutes + seconds * UNITS.seconds;
}

function clockMs(text: string): number | undefined {
  const match = CLOCK.exec(text);
  return match ? Number(match[1]) * UNITS.hours + Number(match[2]) * UNITS.minutes + Number(match[3] ?? 0) * UNITS.seconds : undefined;
}

function decodeDuration({ options }: ValueSpec): DecodeValue {
  const unit = (options.unit as Unit | undefined) ?? 'milliseconds';
  return (value) => (value === null ? null : durationMs(value, unit));
}

function checkFormat({ options }: ValueSpec, instant: boolean): string | undefined {
  if (options.format === undefined) return undefined;
  const format = compileDateFormat(options.format as string);
  if (typeof format === 'string') return `format: ${format}`;
  if (options.unit !== undefined) return 'say either format: (a text) or unit: (a number), not both';
  if (instant && !format.tokens.has('Z') && options.zone === undefined)
    return 'a format without Z needs zone:, or nobody knows which instant is meant';
  return undefined;
}

export const TIME_TYPES: Record<string, TypeOperator> = {
  instant: {
    says: 'a moment in UTC. Texts carry their offset, or zone: says where their wall time is; numbers count from 1970 in unit:',
    fits: ['instant', 'scalar'],
    options: {
      zone: ZONE,
      format: optional(text(60)),
      unit: EPOCH,
      precision: optional(word('second', 'minute')),
      plus: { kind: 'group', fields: { from: { kind: 'path' }, unit: ANY_UNIT }, optional: true },
    },
    check: (spec) => checkFormat(spec, true),
    decode: decodeInstant,
    encode: encodeInstant,
  },
  date: {
    says: 'a calendar day (or month, or year) without a zone; of an instant the day in zone:',
    fits: ['date', 'text', 'scalar'],
    options: { zone: ZONE, format: optional(text(60)), unit: EPOCH, precision: optional(word('year', 'month', 'day')) },
    check: (spec) => checkFormat(spec, false),
    decode: decodeDate,
    encode: encodeDate,
  },
  duration: {
    says: 'a length of time in milliseconds, of a number in unit:, PT45M or 0:45',
    fits: ['integer', 'scalar'],
    options: { unit: optional(ANY_UNIT) },
    decode: decodeDuration,
    encode: ({ options }) => {
      const unit = UNITS[(options.unit as Unit | undefined) ?? 'milliseconds'];
      return (value) => (typeof value === 'number' ? value / unit : value) as CanonicalValue;
    },
  },
};
