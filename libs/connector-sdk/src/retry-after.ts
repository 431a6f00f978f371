import type { Throttle, WaitHeader } from './throttle.js';

const DEFAULT_MS = 30_000;
const CAP_MS = 3_600_000;
const FLOOR_MS = 1_000;
const COMMON = ['retry-after', 'x-ratelimit-reset', 'x-rate-limit-reset', 'ratelimit-reset'];

/** How long a vendor that refuses asks us to stay away, in ms: 30 s when it says nothing, never above 1 h. */
export function retryAfterMs(headers: Record<string, string>, now: Date, declared?: WaitHeader[]): number {
  const asked = declared
    ? declared.map(({ name, unit }) => inUnit(headers[name.toLowerCase()], unit, now))
    : COMMON.map((name) => bySize(headers[name], now));
  return bounded(asked.find((ms) => ms !== undefined) ?? DEFAULT_MS);
}

/** How long to stay away although this call was answered, in ms: its headers say that no further one would be. Undefined while calls are left. */
export function exhaustedMs(
  headers: Record<string, string>,
  now: Date,
  { header, keep = 0, reset }: NonNullable<Throttle['remaining']>,
): number | undefined {
  const left = headers[header.toLowerCase()];
  if (!left?.trim() || !(Number(left) <= keep)) return undefined;
  return bounded(inUnit(headers[reset.name.toLowerCase()], reset.unit, now) ?? DEFAULT_MS);
}

function bounded(ms: number): number {
  return Math.min(CAP_MS, Math.max(FLOOR_MS, Math.ceil(ms)));
}

function inUnit(value: string | undefined, unit: WaitHeader['unit'], now: Date): number | undefined {
  if (!value?.trim()) return undefined;
  if (unit === 'http-date') return untilDate(value, now);
  const number = Number(value);
  if (!Number.isFinite(number)) return undefined;
  return unit === 'seconds' ? number * 1_000 : number * (unit === 'epoch' ? 1_000 : 1) - now.getTime();
}

/** Vendors put seconds, epoch seconds, epoch milliseconds and dates under the same names; their sizes cannot be confused. */
function bySize(value: string | undefined, now: Date): number | undefined {
  if (!value?.trim()) return undefined;
  const number = Number(value);
  if (Number.isNaN(number)) return untilDate(value, now);
  if (number > 1e11) return number - now.getTime();
  return number > 1e9 ? number * 1_000 - now.getTime() : number * 1_000;
}

function untilDate(value: string, now: Date): number | undefined {
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at - now.getTime();
}
