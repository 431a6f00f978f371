import {
  basic,
  byHttpStatus,
  calendarEvents,
  defineConnector,
  type CallFailure,
  type ConnectorContext,
  type NamedCheck,
} from '#hub/connector-sdk';
import { isHistory, peopleAsOne, toRaw, toTombstone, withAllowedPeople } from './payloads.js';
import { CaldavSettings } from './settings.js';

/** Any CalDAV server (RFC 4791) with Basic authentication; interviews as events of one calendar, both ways. */
export const caldav = defineConnector<CaldavSettings>({
  id: 'caldav',
  name: 'CalDAV calendar',
  category: 'calendar',
  settings: CaldavSettings,
  auth: basic({ username: 'username', password: 'password' }),
  // Compressing proxies rewrite ETags, and an ETag is what every write stands on.
  http: ({ settings }) => ({ baseUrl: new URL(settings.serverUrl).origin, headers: { 'accept-encoding': 'identity' } }),
  throttle: { perSecond: 50, concurrent: 4 },
  account: ({ serverUrl }) => new URL(serverUrl).host,
  classify,
  check,
  streams: {
    events: {
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
        create: ({ body, writeId, ...context }) => calendarEvents(context).create(writeId, withAllowedPeople(body, context.settings)),
        update: ({ externalId: name, version, body, changed, current, ...context }) =>
          calendarEvents(context).update({
            name,
            version,
            changed: peopleAsOne(changed),
            body: withAllowedPeople(body, context.settings, current),
          }),
        remove: ({ externalId: name, version, ...context }) => calendarEvents(context).remove({ name, version }),
        find: {
          by: 'writeId',
          visibleWithinMs: 5_000,
          search: ({ writeId, body, ...context }) => calendarEvents(context).find(writeId, body),
        },
      },
    },
  },
});

function classify(failure: CallFailure) {
  if (typeof failure.body === 'string' && /valid-sync-token/.test(failure.body)) return 'CURSOR_EXPIRED';
  return byHttpStatus(failure);
}

async function check(context: ConnectorContext<CaldavSettings>): Promise<NamedCheck[]> {
  const { syncs } = await calendarEvents(context).collection();
  const changes = syncs === false ? 'no sync-collection report: every change costs a full walk' : 'reports changes since a token';
  return [
    { name: 'calendar', ok: true, detail: 'found, and the credentials open it' },
    { name: 'changes', ok: true, detail: changes },
  ];
}
