const formatters = new Map<string, Intl.DateTimeFormat>();

/** The instant of a wall time in an IANA zone; of a time that happens twice the earlier one, of one that never happens the one an hour later. */
export function wallTimeToInstant(wall: string, zone: unknown): string | undefined {
  if (typeof zone !== 'string') return undefined;
  const format = formatterOf(zone);
  const asUtc = Date.parse(`${wall}Z`);
  if (!format || Number.isNaN(asUtc)) return undefined;
  const offsets = [asUtc - 86_400_000, asUtc + 86_400_000].map((at) => offsetAt(format, at));
  const fitting = offsets.map((offset) => asUtc - offset).filter((at) => at + offsetAt(format, at) === asUtc);
  return new Date(fitting.length > 0 ? Math.min(...fitting) : asUtc - offsets[0]).toISOString();
}

/** The wall time of an instant in an IANA zone, as 2026-03-01T10:00:00.000; undefined for a zone that does not exist. */
export function instantToWall(instant: string, zone: unknown): string | undefined {
  const format = typeof zone === 'string' ? formatterOf(zone) : undefined;
  const at = Date.parse(instant);
  if (!format || Number.isNaN(at)) return undefined;
  return new Date(at + offsetAt(format, at)).toISOString().slice(0, 23);
}

function offsetAt(format: Intl.DateTimeFormat, at: number): number {
  const parts = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  const local = Date.UTC(
    Number(parts.year),
    Number(parts.month) - 1,
    Number(parts.day),
    Number(parts.hour),
    Number(parts.minute),
    Number(parts.second),
  );
  return local - Math.floor(at / 1_000) * 1_000;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const known = formatters.get(timeZone);
  if (known) return known;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    if (formatters.size < 1_000) formatters.set(timeZone, format);
    return format;
  } catch {
    return undefined;
  }
}
