import { ConnectorFailure, type Fetched, type RawRecord, type Receipt, type Subscription } from '#hub/connector-sdk';

/** An event as Google sends it; the mapping reads its fields, this connector only these. */
export interface GoogleEvent extends Record<string, unknown> {
  id: string;
  etag?: string;
  status?: string;
}
type Attendee = { email?: string } & Record<string, unknown>;

export function parseEvent(value: unknown): GoogleEvent {
  const event = asObject(value);
  if (!isText(event.id)) throw drift('an event has no id');
  return event as GoogleEvent;
}

/** A deleted event may hold nothing but its id. */
export function toRaw(event: GoogleEvent): RawRecord {
  const { id, etag, status } = event;
  if (status === 'cancelled') return { externalId: id, payload: null, deleted: true };
  return { externalId: id, payload: event, ...(etag !== undefined && { version: etag }) };
}

/** What was deleted is still shown for a while, as cancelled. */
export function toFetched(event: GoogleEvent): Fetched {
  return event.status === 'cancelled' ? { state: 'gone' } : { state: 'found', record: toRaw(event) };
}

export function toReceipt({ id, etag }: GoogleEvent): Receipt {
  return { externalId: id, ...(etag !== undefined && { version: etag }) };
}

/** A channel (a subscription) as Google answers with it; `expiration` is ms since 1970 as text. */
export function toSubscription(body: unknown): Subscription {
  const { id, resourceId, expiration } = asObject(body);
  if (!isText(id) || !isText(resourceId)) throw drift('a channel has no id and resourceId');
  const until = Number(expiration);
  return { externalId: id, details: { resourceId }, ...(until > 0 && { expiresAt: new Date(until) }) };
}

/** An id of ours in the alphabet that Google allows for events: digits and a to v. */
export function eventIdOf(writeId: string): string {
  return writeId.toLowerCase().replace(/[^0-9a-v]/g, '');
}

/** Only what differs goes out. An invitee who stays keeps the answer that they gave. */
export function patchOf(body: Record<string, unknown>, changed: string[], current: unknown): Record<string, unknown> {
  const parts = new Set(changed.map((path) => path.replace(/[.[].*$/, '')));
  const patch = Object.fromEntries(Object.entries(body).filter(([name]) => parts.has(name)));
  return Array.isArray(patch.attendees) ? { ...patch, attendees: withAnswers(patch.attendees as Attendee[], current) } : patch;
}

function withAnswers(wanted: Attendee[], current: unknown): Attendee[] {
  const { attendees = [] } = (current ?? {}) as { attendees?: Attendee[] };
  const before = new Map(attendees.map((one) => [one.email?.toLowerCase(), one]));
  return wanted.map((one) => ({ ...before.get(one.email?.toLowerCase()), ...one }));
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw drift('an object was expected');
  return value as Record<string, unknown>;
}
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}
function drift(what: string): ConnectorFailure {
  return new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: `the answer is not what Google describes: ${what}` });
}
