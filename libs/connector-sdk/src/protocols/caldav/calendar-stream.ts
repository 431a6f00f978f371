import type { FailureCode } from '#hub/canonical';
import { byHttpStatus } from '../../classify.js';
import type { CallFailure, ConnectorContext, NamedCheck, RawRecord, StreamDefinition } from '../../connector.js';
import { calendarEvents, type CalendarEventsOptions, type EventRecord } from './calendar-events.js';

export interface CalendarStreamOptions<Settings> {
  /** The body that a mapping made, as the event is to be; `current` is the event as it stands, of an update. */
  body?: (body: Record<string, unknown>, settings: Settings, current?: unknown) => Record<string, unknown>;
  /** The changed places of the mapping's body, in the event's words. */
  changed?: (paths: string[]) => string[];
}

/** The events of one calendar over CalDAV, both ways: ids are names in the calendar, ETags are versions, a write id is the event's UID. */
export function calendarStream<Settings extends CalendarEventsOptions>({
  body: bodyOf = (body) => body,
  changed: changedOf = (paths) => paths,
}: CalendarStreamOptions<Settings> = {}): StreamDefinition<Settings> {
  return {
    entity: 'interview',
    cursor: { kind: 'token' },
    deletes: 'tombstone',
    async pull({ cursor, since, ...context }) {
      const { events, removed, nextCursor, done } = await calendarEvents(context).pull(cursor);
      const current = events.filter((event) => !isHistory(event, since));
      return { records: [...current.map(toRaw), ...removed.map(toTombstone)], nextCursor, done };
    },
    fetch: ({ externalId, ...context }) => calendarEvents(context).fetch(externalId),
    push: {
      effect: 'silent',
      create: ({ body, writeId, ...context }) => calendarEvents(context).create(writeId, bodyOf(body, context.settings)),
      update: ({ externalId: name, version, body, changed, current, ...context }) =>
        calendarEvents(context).update({ name, version, changed: changedOf(changed), body: bodyOf(body, context.settings, current) }),
      remove: ({ externalId: name, version, ...context }) => calendarEvents(context).remove({ name, version }),
      guardsVersions: true,
      createsOnce: true,
      find: {
        by: 'writeId',
        visibleWithinMs: 5_000,
        search: ({ writeId, body, ...context }) => calendarEvents(context).find(writeId, body),
      },
    },
  };
}

/** A server that no longer knows a sync token says so in the body of a refusal (RFC 6578 §3.2). */
export function calendarFailure(failure: CallFailure): FailureCode {
  if (typeof failure.body === 'string' && /valid-sync-token/.test(failure.body)) return 'CURSOR_EXPIRED';
  return byHttpStatus(failure);
}

export async function checkCalendar(context: ConnectorContext<CalendarEventsOptions>): Promise<NamedCheck[]> {
  const { syncs } = await calendarEvents(context).collection();
  const changes = syncs === false ? 'no sync-collection report: every change costs a full walk' : 'reports changes since a token';
  return [
    { name: 'calendar', ok: true, detail: 'found, and the credentials open it' },
    { name: 'changes', ok: true, detail: changes },
  ];
}

/** Outside the history window: over before it began, and it does not come again. */
export function isHistory({ payload }: Pick<EventRecord, 'payload'>, since: Date | undefined): boolean {
  const end = payload.end ?? payload.start;
  return since !== undefined && !payload.recurring && end !== null && Date.parse(end.instant) < since.getTime();
}

function toRaw({ name, payload }: EventRecord): RawRecord {
  return { externalId: name, payload, ...(payload.etag !== null && { version: payload.etag }) };
}
function toTombstone(name: string): RawRecord {
  return { externalId: name, payload: null, deleted: true };
}
