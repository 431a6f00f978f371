import type { Fetched, Receipt } from '../../connector.js';
import { ConnectorFailure } from '../../failure.js';
import type { HttpClient } from '../../http.js';
import { propfind } from './dav-calls.js';
import { discoverCalendar, type CalendarChoice, type CalendarCollection } from './discover-calendar.js';
import { readBody, type EventBody } from './event-body.js';
import type { EventPayload } from './event-payload.js';
import { pullChanges } from './pull-changes.js';
import { putObject } from './put-object.js';
import { masterEvent, parseCalendar, readEvent } from './read-event.js';
import { cleanEtag, findByUid, objectUrl, readObject, uidIn, type CalendarObject, type UidQuery } from './read-objects.js';
import { newCalendar, patchEvent } from './write-event.js';

export interface CalendarEventsOptions extends CalendarChoice {
  /** IANA zone of floating and all-day times, and of events whose mapping names none. */
  timeZone: string;
  /** Address of the organiser, with or without `mailto:`. */
  organizer?: string;
}
/** One calendar's events over CalDAV: what a calendar connector needs, in the engine's words. */
export interface CalendarEvents {
  collection: () => Promise<CalendarCollection>;
  pull: (cursor?: string) => Promise<{ events: EventRecord[]; removed: string[]; nextCursor: string; done: boolean }>;
  fetch: (name: string) => Promise<Fetched>;
  create: (writeId: string, body: Record<string, unknown>) => Promise<Receipt>;
  update: (input: { name: string; version?: string; body: Record<string, unknown>; changed: string[] }) => Promise<Receipt>;
  remove: (input: { name: string; version?: string }) => Promise<void>;
  /** `body` as for the create: it says when the event would be. */
  find: (writeId: string, body: Record<string, unknown>) => Promise<Receipt | undefined>;
}
export interface EventRecord {
  name: string;
  payload: EventPayload;
}
interface Call {
  http: HttpClient;
  options: CalendarEventsOptions;
  calendar: CalendarCollection;
  now: () => Date;
}

/** Discovery costs up to four calls: its answer is kept as long as the session's settings object lives. */
const discovered = new WeakMap<object, Promise<CalendarCollection>>();

export function calendarEvents(context: { http: HttpClient; settings: CalendarEventsOptions; now: () => Date }): CalendarEvents {
  const { http, settings: options, now } = context;
  const collection = () => remembered(http, options);
  const on = async <Result>(work: (call: Call) => Promise<Result>) => work({ http, options, now, calendar: await collection() });
  return {
    collection,
    pull: (cursor) => on((call) => pullEvents(call, cursor)).catch((error: unknown) => forget(options, error)),
    fetch: (name) => on((call) => fetchEvent(call, name)),
    create: (writeId, body) => on((call) => createEvent(call, writeId, body)),
    update: (input) => on((call) => updateEvent(call, input)),
    remove: (input) => on((call) => removeEvent(call, input)),
    find: (writeId, body) => on((call) => findEvent(call, writeId, spanOf(call, body))),
  };
}

function remembered(http: HttpClient, options: CalendarEventsOptions): Promise<CalendarCollection> {
  const known = discovered.get(options);
  if (known) return known;
  const found = discoverCalendar(http, options);
  discovered.set(options, found);
  found.catch(() => discovered.delete(options));
  return found;
}

/** After a failed pull the calendar is looked for again: it may have moved. */
function forget(options: object, error: unknown): never {
  discovered.delete(options);
  throw error;
}

async function pullEvents({ http, options, calendar }: Call, cursor?: string) {
  const { changed, ...page } = await pullChanges(http, calendar, cursor);
  const events = changed.map((object) => ({ name: object.name, payload: readEvent(object, options.timeZone) }));
  return { ...page, events: events.filter((event): event is EventRecord => event.payload !== undefined) };
}

async function fetchEvent({ http, options, calendar }: Call, name: string): Promise<Fetched> {
  const object = await readObject(http, calendar.url, name);
  // A calendar that is gone or closed to us must not pass for events that are gone.
  if (!object) await assertReachable(http, calendar);
  const payload = object && readEvent(object, options.timeZone);
  return payload ? { state: 'found', record: { externalId: name, payload, version: object.etag ?? undefined } } : { state: 'gone' };
}

async function assertReachable(http: HttpClient, { url }: CalendarCollection): Promise<void> {
  await propfind(http, { url, depth: '0', props: '<D:resourcetype/>' }).catch((error: unknown) => {
    if (!(error instanceof ConnectorFailure) || error.code !== 'NOT_FOUND') throw error;
    throw new ConnectorFailure({ code: 'CONFIG', field: 'calendar', status: error.status, detail: 'the calendar is gone' });
  });
}

async function createEvent({ http, options, calendar, now }: Call, writeId: string, body: Record<string, unknown>): Promise<Receipt> {
  const event = readBody(body, { start: options.timeZone, end: options.timeZone });
  for (const field of ['start', 'end'] as const)
    if (!event[field]) throw new ConnectorFailure({ code: 'MISSING_REQUIRED', field, detail: `an event needs its ${field}` });
  const ics = newCalendar(writeId, event, { now: now(), organizer: options.organizer }).toString();
  const name = `${writeId}.ics`;
  const outcome = await putObject(http, { calendarUrl: calendar.url, name, ics: ended(ics) });
  if (outcome.state === 'stored') return { externalId: name, version: outcome.etag };
  // An earlier attempt of this very create landed: its event carries our write id as UID.
  const earlier = await findEvent({ http, options, calendar, now }, writeId);
  if (earlier) return earlier;
  throw new ConnectorFailure({ code: 'CONFLICT', detail: 'another event has the name that this one would get' });
}

async function findEvent({ http, calendar }: Call, writeId: string, within?: UidQuery['within']): Promise<Receipt | undefined> {
  const object = await readObject(http, calendar.url, `${writeId}.ics`);
  if (object && uidIn(object.ics) === writeId) return { externalId: object.name, version: object.etag ?? undefined };
  const found = await findByUid(http, calendar.url, { uid: writeId, within });
  return found && { externalId: found.name, version: found.etag };
}

const MINUTE = 60_000;
/** The time that the searched event would have. One that was renamed and moved too is found by the refusal of its second create. */
function spanOf({ options }: Call, body: Record<string, unknown>): UidQuery['within'] {
  const { start, end } = readBody(body, { start: options.timeZone, end: options.timeZone });
  return start && end ? { from: Date.parse(start.instant) - MINUTE, to: Date.parse(end.instant) + MINUTE } : undefined;
}

interface UpdateInput {
  name: string;
  version?: string;
  body: Record<string, unknown>;
  changed: string[];
}

async function updateEvent({ http, options, calendar, now }: Call, input: UpdateInput): Promise<Receipt> {
  const { name, version } = input;
  const object = await readObject(http, calendar.url, name);
  if (!object) throw new ConnectorFailure({ code: 'NOT_FOUND', status: 404, detail: 'the event is gone' });
  if (version !== undefined && object.etag !== null && cleanEtag(version) !== object.etag) throw changedMeanwhile();
  const ics = patched(object, input, { options, now: now() });
  if (ics === undefined) return { externalId: name, version: object.etag ?? undefined };
  const outcome = await putObject(http, { calendarUrl: calendar.url, name, ics, etag: object.etag ?? '*' });
  if (outcome.state !== 'stored') throw changedMeanwhile();
  return { externalId: name, version: outcome.etag };
}

function patched(
  object: CalendarObject,
  { body, changed }: UpdateInput,
  { options, now }: { options: CalendarEventsOptions; now: Date },
): string | undefined {
  const calendar = parseCalendar(object.ics);
  const event = calendar && masterEvent(calendar);
  if (!event) throw new ConnectorFailure({ code: 'INVALID_VALUE', detail: 'what the calendar holds under this name is no event' });
  const current = readEvent(object, options.timeZone);
  const zones = { start: current?.start?.zone ?? options.timeZone, end: current?.end?.zone ?? current?.start?.zone ?? options.timeZone };
  const wanted = readBody(body, zones);
  const named = new Set(changed.map((path) => path.split('.')[0]));
  const fields = (Object.keys(wanted) as (keyof EventBody)[]).filter((field) => named.has(field));
  if (fields.length === 0) return undefined;
  patchEvent(event, wanted, fields, { now, organizer: options.organizer });
  return ended(calendar.toString());
}

async function removeEvent({ http, calendar }: Call, { name, version }: { name: string; version?: string }): Promise<void> {
  const etag = cleanEtag(version);
  const headers: Record<string, string> = etag ? { 'if-match': etag } : {};
  const response = await http.request({ method: 'DELETE', path: objectUrl(calendar.url, name), headers, expect: [404, 410, 412] });
  if (response.status === 412) throw changedMeanwhile();
}

function changedMeanwhile(): ConnectorFailure {
  return new ConnectorFailure({ code: 'TRANSIENT', status: 412, detail: 'changed meanwhile' });
}
/** Every content line ends with CRLF, the last one too. */
function ended(ics: string): string {
  return ics.endsWith('\r\n') ? ics : `${ics}\r\n`;
}
