import type { EventAttendee, EventPayload } from '#hub/connector-sdk';
import type { CaldavSettings } from './settings.js';

type MappedAttendee = EventAttendee & { kind?: string };

/**
 * The mapped body with the people whom the settings allow: the hub puts the candidate on an event only where they say so, and takes nobody's
 * own invitation of the candidate away.
 */
export function withAllowedPeople(
  body: Record<string, unknown>,
  { attendees: allowed }: CaldavSettings,
  current?: unknown,
): Record<string, unknown> {
  const { candidate, ...event } = body;
  if (!Array.isArray(event.attendees)) return event;
  const people = event.attendees as MappedAttendee[];
  if (candidate && (allowed !== 'interviewers' || isOn(current, candidate))) return { ...event, attendees: [...people, candidate] };
  return { ...event, attendees: allowed === 'interviewers' ? people.filter(({ kind }) => kind !== 'candidate') : people };
}

function isOn(current: unknown, person: unknown): boolean {
  const { attendees = [] } = (current ?? {}) as Partial<EventPayload>;
  const { email } = person as Partial<EventAttendee>;
  return attendees.some((one) => one.email.toLowerCase() === email?.toLowerCase());
}

/** A changed candidate is a changed list of attendees. */
export function peopleAsOne(changed: string[]): string[] {
  return changed.map((path) => path.replace(/^candidate(\.|$)/, 'attendees$1'));
}
