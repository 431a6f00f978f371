const DEFAULT_MS = 30_000;
const CAP_MS = 3_600_000;
const FLOOR_MS = 1_000;
const EPOCH_HEADERS = ['x-ratelimit-reset', 'x-rate-limit-reset', 'ratelimit-reset'];

/** How long the vendor asks us to stay away, in ms: seconds, HTTP date or epoch headers; 30 s when it says nothing, never above 1 h. */
export function retryAfterMs(headers: Record<string, string>, now: Date): number {
  const asked = fromRetryAfter(headers['retry-after'], now) ?? fromReset(headers, now) ?? DEFAULT_MS;
  return Math.min(CAP_MS, Math.max(FLOOR_MS, Math.ceil(asked)));
}

function fromRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (!value?.trim()) return undefined;
  const seconds = Number(value);
  if (!Number.isNaN(seconds)) return fromNumber(seconds, now);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at - now.getTime();
}

function fromReset(headers: Record<string, string>, now: Date): number | undefined {
  const value = EPOCH_HEADERS.map((name) => headers[name]).find((found) => found?.trim());
  return value === undefined ? undefined : fromRetryAfter(value, now);
}

/** Vendors put seconds, epoch seconds and epoch milliseconds under the same names; their sizes cannot be confused. */
function fromNumber(value: number, now: Date): number {
  if (value > 1e11) return value - now.getTime();
  return value > 1e9 ? value * 1_000 - now.getTime() : value * 1_000;
}
