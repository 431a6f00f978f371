import ICAL from 'ical.js';
import type { EventTime } from './event-payload.js';
import { ianaZone, instantOf, isoInstant, wallTimeOf } from './zone-rules.js';

/** DTSTART, DTEND and stamps. Null when absent or unreadable. */
export function readTime(property: ICAL.Property | null, floatingZone: string): EventTime | null {
  const value: unknown = property?.getFirstValue();
  if (!property || !(value instanceof ICAL.Time) || !value.year) return null;
  const at = wallText(value);
  if (value.isDate) return { at, zone: null, instant: isoInstant(instantOf(at, floatingZone)), allDay: true };
  if (value.zone === ICAL.Timezone.utcTimezone) return { at, zone: 'UTC', instant: `${at}Z`, allDay: false };
  const tzid = property.getFirstParameter('tzid') as string | undefined;
  return tzid ? zoned(at, tzid, { property, floatingZone }) : floating(at, floatingZone);
}

function wallText({ year, month, day, hour, minute, second }: ICAL.Time): string {
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second)).toISOString().slice(0, 19);
}

function floating(at: string, zone: string): EventTime {
  return { at, zone: null, instant: isoInstant(instantOf(at, zone)), allDay: false };
}

function zoned(at: string, tzid: string, { property, floatingZone }: { property: ICAL.Property; floatingZone: string }): EventTime {
  const definition = definitionOf(tzid, property);
  const location = definition && String(definition.getFirstPropertyValue('x-lic-location') ?? '');
  const zone = ianaZone(tzid) ?? (location ? ianaZone(location) : undefined);
  if (zone) return { at, zone, instant: isoInstant(instantOf(at, zone)), allDay: false };
  if (!definition) return floating(at, floatingZone);
  // A zone that only this file defines has no name that anyone else knows: the moment is kept, in UTC.
  const offset = new ICAL.Timezone({ component: definition, tzid }).utcOffset(ICAL.Time.fromDateTimeString(at));
  const instant = Date.parse(`${at}Z`) - offset * 1_000;
  return { at: new Date(instant).toISOString().slice(0, 19), zone: 'UTC', instant: isoInstant(instant), allDay: false };
}

function definitionOf(tzid: string, property: ICAL.Property): ICAL.Component | undefined {
  const calendar = property.parent?.parent;
  return calendar?.getAllSubcomponents('vtimezone').find((one) => String(one.getFirstPropertyValue('tzid')) === tzid);
}

/** A time plus a duration: days are wall-clock days, the rest is exact (RFC 5545 §3.3.6). */
export function shifted(start: EventTime, duration: ICAL.Duration, floatingZone: string): EventTime {
  const sign = duration.isNegative ? -1 : 1;
  const days = sign * (duration.weeks * 7 + duration.days);
  const exact = sign * (duration.hours * 3_600 + duration.minutes * 60 + duration.seconds) * 1_000;
  const zone = start.zone ?? floatingZone;
  const wall = new Date(Date.parse(`${start.at}Z`) + days * 86_400_000).toISOString().slice(0, 19);
  const instant = (days === 0 ? Date.parse(start.instant) : instantOf(wall, zone)) + exact;
  return { ...start, at: wallTimeOf(instant, zone), instant: isoInstant(instant) };
}
