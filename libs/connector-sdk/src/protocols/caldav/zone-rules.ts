import { WINDOWS_ZONES } from './windows-zones.js';

const formatters = new Map<string, Intl.DateTimeFormat | null>();

/** The IANA name behind a TZID: itself, a Windows name, or the tail of a vendor's path (`/mozilla.org/20050126_1/Europe/Berlin`). */
export function ianaZone(tzid: string): string | undefined {
  const name = tzid.trim().replace(/^"|"$/g, '');
  const windows = Object.hasOwn(WINDOWS_ZONES, name) ? WINDOWS_ZONES[name] : undefined;
  if (windows) return windows;
  const parts = name.split('/').filter(Boolean);
  const tails = [name, ...[3, 2].filter((count) => parts.length > count).map((count) => parts.slice(-count).join('/'))];
  return tails.find((tail) => /[A-Za-z]/.test(tail) && isKnown(tail));
}

/** Offsets such as `+02:00` are accepted by Intl but are no zones; abbreviations such as `CET` are. */
function isKnown(zone: string): boolean {
  return !/^[+-]/.test(zone) && formatter(zone) !== null;
}

function formatter(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = tryFormatter(zone);
  formatters.set(zone, made);
  return made;
}
function tryFormatter(zone: string): Intl.DateTimeFormat | null {
  const digits = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...digits });
  } catch {
    return null;
  }
}

/** Wall clock minus UTC at an instant, in ms. The zone must be one that `ianaZone` returned. */
export function offsetMs(zone: string, instantMs: number): number {
  const format = formatter(zone);
  if (!format) throw new RangeError(`unknown time zone ${zone}`);
  const whole = Math.floor(instantMs / 1_000) * 1_000;
  const part = Object.fromEntries(format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
  return wall - whole;
}

/** The instant of a wall time `YYYY-MM-DDTHH:MM:SS`. A repeated hour means its first pass, a skipped one the offset before the gap (RFC 5545 §3.3.5). */
export function instantOf(at: string, zone: string): number {
  const wall = Date.parse(`${at}Z`);
  const before = offsetMs(zone, wall - 86_400_000);
  const after = offsetMs(zone, wall + 86_400_000);
  const candidates = [wall - before, wall - after].sort((a, b) => a - b);
  return candidates.find((instant) => offsetMs(zone, instant) === wall - instant) ?? wall - before;
}

/** The wall time `YYYY-MM-DDTHH:MM:SS` that a clock in the zone shows at an instant. */
export function wallTimeOf(instantMs: number, zone: string): string {
  return new Date(instantMs + offsetMs(zone, instantMs)).toISOString().slice(0, 19);
}

/** ISO text of an instant, whole seconds. */
export function isoInstant(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
