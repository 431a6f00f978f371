import { ConnectorFailure } from '../../failure.js';
import type { EventTime } from './event-payload.js';
import { ianaZone, instantOf, isoInstant, wallTimeOf } from './zone-rules.js';

/** What a mapping may write: parts of `EventPayload`. A time needs `at` (wall time, or an instant with offset) or `instant`. */
export interface EventBody {
  summary?: string | null;
  description?: string | null;
  location?: string | null;
  url?: string | null;
  status?: string | null;
  ref?: string | null;
  start?: EventTime;
  end?: EventTime;
  organizer?: { email: string; name?: string | null };
  attendees?: { email: string; name?: string | null; role?: string }[];
}
interface TimeContext {
  field: 'start' | 'end';
  /** Zone to write in when the body names none: the event's own, else the connection's. */
  zone: string;
}

/** Checks a mapped body; a value of the wrong shape is INVALID_VALUE with its field. */
export function readBody(body: Record<string, unknown>, zones: { start: string; end: string }): EventBody {
  const texts = ['summary', 'description', 'location', 'url', 'status', 'ref'].filter((name) => name in body);
  const read = Object.fromEntries(texts.map((name) => [name, textOrNull(body[name], name)]));
  // These two are written unescaped: a line break in them would start a property of its own.
  for (const field of ['url', 'ref']) if (/[\r\n]/.test(String(read[field] ?? ''))) refuse(field);
  if (typeof read.status === 'string' && !/^(confirmed|tentative|cancelled)$/i.test(read.status)) refuse('status');
  const times = (['start', 'end'] as const).filter((field) => body[field] !== undefined && body[field] !== null);
  const organizer = personOf(body.organizer);
  return {
    ...read,
    ...Object.fromEntries(times.map((field) => [field, timeOf(body[field], { field, zone: zones[field] })])),
    ...(organizer && { organizer }),
    ...(Array.isArray(body.attendees) && { attendees: body.attendees.map((one) => personOf(one) ?? refuse('attendees')) }),
  };
}

function refuse(field: string): never {
  throw new ConnectorFailure({ code: 'INVALID_VALUE', field, detail: `${field} cannot be written as a calendar value` });
}

function textOrNull(value: unknown, field: string): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : refuse(field);
}

function personOf(value: unknown): { email: string; name?: string | null; role?: string } | undefined {
  if (value === undefined || value === null) return undefined;
  const { email, name, role } = (typeof value === 'string' ? { email: value } : value) as Record<string, unknown>;
  if (typeof email !== 'string' || !email.includes('@') || /[\s<>]/.test(email)) return refuse('attendees');
  return { email, name: typeof name === 'string' ? name : null, ...(typeof role === 'string' && { role }) };
}

function timeOf(value: unknown, { field, zone: fallback }: TimeContext): EventTime {
  const parts = (typeof value === 'string' ? { at: value } : value) as Record<string, unknown>;
  const zone = zoneOf(parts.zone, fallback, field);
  const written = typeof parts.at === 'string' ? parts.at : parts.instant;
  if (typeof written !== 'string') return refuse(field);
  if (parts.allDay === true) return allDay(written, zone, field);
  const instant = /(?:Z|[+-]\d\d:?\d\d)$/.test(written) ? Date.parse(written) : wallInstant(written, zone, field);
  if (Number.isNaN(instant)) return refuse(field);
  return { at: wallTimeOf(instant, zone), zone, instant: isoInstant(instant), allDay: false };
}

function zoneOf(named: unknown, fallback: string, field: string): string {
  if (typeof named !== 'string' || !named) return fallback;
  return ianaZone(named) ?? refuse(field);
}

function wallInstant(written: string, zone: string, field: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(?:\.\d+)?$/.exec(written);
  const at = match ? `${match[1]}${match[2] ?? ':00'}` : refuse(field);
  return Number.isNaN(Date.parse(`${at}Z`)) ? NaN : instantOf(at, zone);
}

function allDay(written: string, zone: string, field: string): EventTime {
  const day = /^\d{4}-\d\d-\d\d/.exec(written)?.[0] ?? refuse(field);
  const at = `${day}T00:00:00`;
  return { at, zone: null, instant: isoInstant(instantOf(at, zone)), allDay: true };
}
