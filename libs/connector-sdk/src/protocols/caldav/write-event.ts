import ICAL from 'ical.js';
import { ConnectorFailure } from '../../failure.js';
import type { EventBody } from './event-body.js';
import type { EventTime } from './event-payload.js';
import { makeVtimezone } from './make-vtimezone.js';
import { emailOf, text } from './read-event.js';
import { readTime } from './read-time.js';

export interface EventStamp {
  now: Date;
  /** Address of the organiser that the connection names; needed as soon as somebody is invited. */
  organizer?: string;
}
/** What a calendar user notices as a new appointment: these raise SEQUENCE (RFC 5546 §2.1.4). */
const RESCHEDULING: ReadonlySet<string> = new Set(['start', 'end', 'location', 'status']);
const TEXTS = {
  summary: 'summary',
  description: 'description',
  location: 'location',
  url: 'url',
  status: 'status',
  ref: 'x-tributary-ref',
} as const;
type Field = keyof EventBody;

/** A new resource of one event, whose UID is the write id. It invites nobody: every attendee is SCHEDULE-AGENT=NONE. */
export function newCalendar(writeId: string, body: EventBody, stamp: EventStamp): ICAL.Component {
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('version', '2.0');
  calendar.addPropertyWithValue('prodid', '-//Tributary//Hub//EN');
  const event = new ICAL.Component('vevent');
  calendar.addSubcomponent(event);
  event.addPropertyWithValue('uid', writeId);
  setText(event, 'x-tributary-write-id', writeId);
  event.addPropertyWithValue('created', utc(stamp.now));
  event.addPropertyWithValue('sequence', 0);
  apply(event, body, Object.keys(body) as Field[], stamp);
  return calendar;
}

/** Changes the named fields of an event in place and nothing else: foreign properties, alarms and overrides stay as they are. */
export function patchEvent(event: ICAL.Component, body: EventBody, fields: Field[], stamp: EventStamp): void {
  apply(event, body, fields, stamp);
  if (fields.some((field) => RESCHEDULING.has(field)))
    event.updatePropertyWithValue('sequence', (Number(text(event, 'sequence')) || 0) + 1);
}

function apply(event: ICAL.Component, body: EventBody, fields: Field[], stamp: EventStamp): void {
  for (const field of fields) {
    if (field in TEXTS) setText(event, TEXTS[field as keyof typeof TEXTS], body[field as keyof typeof TEXTS] ?? null);
  }
  if (fields.includes('start') || fields.includes('end')) setTimes(event, body);
  if (fields.includes('attendees') && body.attendees) setAttendees(event, body.attendees);
  if (fields.includes('attendees') || fields.includes('organizer')) setOrganizer(event, body.organizer, stamp);
  event.updatePropertyWithValue('dtstamp', utc(stamp.now));
  event.updatePropertyWithValue('last-modified', utc(stamp.now));
}

function setText(event: ICAL.Component, name: string, value: string | null): void {
  if (value === null || value === '') return void event.removeAllProperties(name);
  const property = event.getFirstProperty(name) ?? event.addPropertyWithValue(name, value);
  property.setValue(name === 'status' ? value.toUpperCase() : value);
}

function setTimes(event: ICAL.Component, { start, end }: EventBody): void {
  if (start) setTime(event, 'dtstart', start);
  if (!end) return;
  event.removeAllProperties('duration');
  setTime(event, 'dtend', end);
}

function setTime(event: ICAL.Component, name: 'dtstart' | 'dtend', time: EventTime): void {
  const before = readTime(event.getFirstProperty(name), time.zone ?? 'UTC');
  // The same moment in the same zone keeps the words that the other client chose (a TZID of its own, for instance).
  if (before && before.instant === time.instant && before.zone === time.zone && before.allDay === time.allDay) return;
  event.removeAllProperties(name);
  const property = new ICAL.Property(name, event);
  event.addProperty(property);
  if (time.allDay) return void property.setValue(ICAL.Time.fromDateString(time.at.slice(0, 10)));
  if (!time.zone || time.zone === 'UTC')
    return void property.setValue(ICAL.Time.fromDateTimeString(time.zone === 'UTC' ? `${time.at}Z` : time.at));
  property.setParameter('tzid', time.zone);
  property.setValue(ICAL.Time.fromDateTimeString(time.at));
  if (means(property, time)) return defineZone(event, time.zone, Number(time.at.slice(0, 4)));
  property.removeParameter('tzid');
  property.setValue(utc(new Date(time.instant)));
}

/** The hour that a clock shows twice is read as its first one (RFC 5545 §3.3.5): a moment in the second one has no words in its zone. */
function means(property: ICAL.Property, { zone, instant }: EventTime): boolean {
  const read = readTime(property, zone ?? 'UTC');
  return read !== null && Date.parse(read.instant) === Date.parse(instant);
}

function defineZone(event: ICAL.Component, zone: string, year: number): void {
  const calendar = event.parent;
  if (!calendar || calendar.getAllSubcomponents('vtimezone').some((one) => text(one, 'tzid') === zone)) return;
  calendar.addSubcomponent(makeVtimezone(zone, year));
  // RFC 5545 asks for no order, but some clients resolve zones while reading: definitions go first.
  const [events, rest] = [calendar.getAllSubcomponents('vevent'), calendar.getAllSubcomponents().filter((one) => one.name !== 'vevent')];
  for (const one of [...rest, ...events]) {
    calendar.removeSubcomponent(one);
    calendar.addSubcomponent(one);
  }
}

/** Replaces the list of people; who stays keeps every parameter (PARTSTAT above all), rooms and equipment are not people. */
function setAttendees(event: ICAL.Component, wanted: NonNullable<EventBody['attendees']>): void {
  const present = event.getAllProperties('attendee');
  const emails = new Set(wanted.map(({ email }) => email.toLowerCase()));
  for (const one of present) if (!isResource(one) && !emails.has(emailOf(one)?.toLowerCase() ?? '')) event.removeProperty(one);
  const kept = new Set(present.map((one) => emailOf(one)?.toLowerCase()));
  for (const { email, name, role } of wanted.filter((one) => !kept.has(one.email.toLowerCase()))) {
    const added = event.addPropertyWithValue('attendee', `mailto:${email}`);
    if (name) added.setParameter('cn', parameterText(name));
    added.setParameter('role', role ?? 'REQ-PARTICIPANT');
    added.setParameter('partstat', 'NEEDS-ACTION');
    added.setParameter('schedule-agent', 'NONE');
  }
}

function isResource(property: ICAL.Property): boolean {
  const kind = (property.getFirstParameter('cutype') as string | undefined)?.toUpperCase();
  return kind === 'ROOM' || kind === 'RESOURCE';
}

function setOrganizer(event: ICAL.Component, wanted: EventBody['organizer'], { organizer }: EventStamp): void {
  if (event.getFirstProperty('organizer') || (!wanted && !event.hasProperty('attendee'))) return;
  const email = wanted?.email ?? organizer?.replace(/^mailto:/i, '');
  if (!email)
    throw new ConnectorFailure({
      code: 'CONFIG',
      field: 'organizer',
      detail: 'an event with attendees needs an organizer in the settings',
    });
  const property = event.addPropertyWithValue('organizer', `mailto:${email}`);
  if (wanted?.name) property.setParameter('cn', parameterText(wanted.name));
  property.setParameter('schedule-agent', 'NONE');
}

/** Parameter values hold no quotes and no control characters (RFC 5545 §3.2). */
function parameterText(value: string): string {
  return value.replace(/"/g, "'").replace(/[\u0000-\u001f\u007f]/g, ' ');
}

function utc(at: Date): ICAL.Time {
  return ICAL.Time.fromDateTimeString(`${at.toISOString().slice(0, 19)}Z`);
}
