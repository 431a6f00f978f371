import { findRefs } from '#hub/canonical';
import ICAL from 'ical.js';
import type { EventAttendee, EventPayload, EventPerson } from './event-payload.js';
import { readTime, shifted } from './read-time.js';
import type { CalendarObject } from './read-objects.js';
import { isoInstant } from './zone-rules.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const STATUSES = ['CONFIRMED', 'TENTATIVE', 'CANCELLED'] as const;

/** The VCALENDAR of an iCalendar text; undefined when it is not one. */
export function parseCalendar(ics: string): ICAL.Component | undefined {
  try {
    const parsed = ICAL.parse(ics) as unknown[] | unknown[][];
    const calendar = new ICAL.Component((Array.isArray(parsed[0]) ? parsed[0] : parsed) as unknown[]);
    return calendar.name === 'vcalendar' ? calendar : undefined;
  } catch {
    return undefined;
  }
}

/** The event that stands for the resource: the series' master, or the first instance where only instances are shared with us. */
export function masterEvent(calendar: ICAL.Component): ICAL.Component | undefined {
  const events = calendar.getAllSubcomponents('vevent');
  return events.find((event) => !event.hasProperty('recurrence-id')) ?? events[0];
}

/** An object as payload. Undefined for a resource that is no event (a task); an unreadable one has nulls, which no mapping accepts. */
export function readEvent(object: CalendarObject, floatingZone: string): EventPayload | undefined {
  const calendar = parseCalendar(object.ics);
  const event = calendar && masterEvent(calendar);
  if (calendar && !event) return undefined;
  const place = { href: object.href, etag: object.etag };
  return event ? { ...place, ...contentOf(event, floatingZone) } : { ...place, ...contentOf(new ICAL.Component('vevent'), floatingZone) };
}

function contentOf(event: ICAL.Component, floatingZone: string): Omit<EventPayload, 'href' | 'etag'> {
  const uid = text(event, 'uid');
  const status = text(event, 'status')?.toUpperCase();
  const summary = text(event, 'summary');
  const description = text(event, 'description');
  return {
    uid,
    sequence: Number(text(event, 'sequence') ?? 0) || 0,
    status: STATUSES.find((known) => known === status) ?? 'CONFIRMED',
    summary,
    description,
    location: text(event, 'location'),
    url: text(event, 'url'),
    ...timesOf(event, floatingZone),
    organizer: personIn(event.getFirstProperty('organizer')),
    attendees: event
      .getAllProperties('attendee')
      .map(attendeeIn)
      .filter((one) => one !== null),
    ref: refIn(text(event, 'x-tributary-ref')) ?? refIn(summary, description),
    writeId: text(event, 'x-tributary-write-id') ?? (uid && UUID.test(uid) ? uid : null),
    recurring: isRecurring(event),
    created: stamp(event, 'created'),
    lastModified: stamp(event, 'last-modified'),
  };
}

function timesOf(event: ICAL.Component, floatingZone: string): Pick<EventPayload, 'start' | 'end'> {
  const start = readTime(event.getFirstProperty('dtstart'), floatingZone);
  const end = readTime(event.getFirstProperty('dtend'), floatingZone);
  if (!start || end) return { start, end };
  const duration = event.getFirstPropertyValue('duration');
  // RFC 5545 §3.6.1: neither end nor duration means one day for a date and no time at all for a date-time.
  const fallback = ICAL.Duration.fromSeconds(start.allDay ? 86_400 : 0);
  return { start, end: shifted(start, duration instanceof ICAL.Duration ? duration : fallback, floatingZone) };
}

function isRecurring(event: ICAL.Component): boolean {
  const siblings = event.parent?.getAllSubcomponents('vevent') ?? [];
  return ['rrule', 'rdate', 'recurrence-id'].some((name) => event.hasProperty(name)) || siblings.length > 1;
}

export function text(event: ICAL.Component, name: string): string | null {
  const value: unknown = event.getFirstPropertyValue(name);
  return value === null || value === undefined ? null : String(value);
}

function stamp(event: ICAL.Component, name: string): string | null {
  const time = readTime(event.getFirstProperty(name), 'UTC');
  return time && isoInstant(Date.parse(time.instant));
}

/** The address behind a CAL-ADDRESS: `mailto:` in any case, percent-encoded or not, or the EMAIL parameter of servers that write a urn. */
export function emailOf(property: ICAL.Property): string | undefined {
  const value = String(property.getFirstValue() ?? '');
  const parameter = property.getFirstParameter('email') as string | undefined;
  const address = /^mailto:/i.test(value) ? decoded(value.slice(7)) : (parameter ?? value);
  return address.includes('@') ? address.trim() : undefined;
}
function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

function personIn(property: ICAL.Property | null): EventPerson | null {
  const email = property && emailOf(property);
  return email ? { email, name: (property.getFirstParameter('cn') as string | undefined) || null } : null;
}
function attendeeIn(property: ICAL.Property): EventAttendee | null {
  const person = personIn(property);
  const parameter = (name: string, fallback: string) =>
    ((property.getFirstParameter(name) as string | undefined) ?? fallback).toUpperCase();
  return person && { ...person, role: parameter('role', 'REQ-PARTICIPANT'), partstat: parameter('partstat', 'NEEDS-ACTION') };
}

/** The one application named in the texts; two different ones are as good as none. */
function refIn(...texts: (string | null)[]): string | null {
  const found = texts.flatMap((one) => (one ? findRefs(one) : [])).filter(({ ref }) => ref.startsWith('A-'));
  const refs = new Set(found.map(({ ref }) => ref));
  return refs.size === 1 ? ([...refs][0] ?? null) : null;
}
