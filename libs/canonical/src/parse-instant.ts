const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;

/** Milliseconds since 1970 of an instant with `Z` or an offset; undefined for anything else, also for days that no calendar has. */
export function parseInstant(text: string): number | undefined {
  if (!INSTANT.test(text) || !isDay(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** Whether a text begins with a day that exists: `Date.parse` takes 31 February for 3 March. */
export function isDay(text: string): boolean {
  const month = (text.charCodeAt(5) - 48) * 10 + text.charCodeAt(6) - 48;
  const day = (text.charCodeAt(8) - 48) * 10 + text.charCodeAt(9) - 48;
  if (day <= 28) return day > 0 && month > 0 && month <= 12;
  return month > 0 && month <= 12 && day <= new Date(Date.UTC(Number(text.slice(0, 4)), month, 0)).getUTCDate();
}
