import {
  authorizationCode,
  byHttpStatus,
  defineConnector,
  knownSenders,
  syncTokenWalk,
  type CallFailure,
  type HttpClient,
  type Receipt,
  type WriteContext,
} from '#hub/connector-sdk';
import { eventIdOf, parseEvent, patchOf, toFetched, toRaw, toReceipt, toSubscription } from './payloads.js';
import { GoogleCalendarSettings } from './settings.js';

/** Google Calendar: interviews as events of one calendar, both ways. Nobody is mailed by what the hub writes. */
export const googleCalendar = defineConnector<GoogleCalendarSettings>({
  id: 'google-calendar',
  name: 'Google Calendar',
  category: 'calendar',
  settings: GoogleCalendarSettings,
  auth: authorizationCode<GoogleCalendarSettings>({
    authorizeUrl: ({ signInUrl }) => signInUrl,
    tokenUrl: ({ tokenUrl }) => tokenUrl,
    scopes: ['https://www.googleapis.com/auth/calendar.events'],
    clientProof: 'body',
    // Without these two Google gives no refresh token.
    signInParameters: { access_type: 'offline', prompt: 'consent' },
  }),
  http: ({ settings }) => ({ baseUrl: `${settings.apiUrl}/calendars/${encodeURIComponent(settings.calendar)}` }),
  throttle: ({ callsPerSecond = 8 }) => ({ perSecond: callsPerSecond, concurrent: 4 }),
  account: ({ apiUrl, calendar }) => `${new URL(apiUrl).host}/${calendar}`,
  classify,
  async check({ http }) {
    await http.get('/events', { query: { maxResults: 1 } });
    return [{ name: 'calendar', ok: true, detail: 'found, and its events may be read' }];
  },
  // A message says that something changed, and not what: the walk finds it.
  webhook: { ...knownSenders.googleCalendar, hints: () => [{ stream: 'events' }] },
  subscription: {
    renewBeforeMs: 24 * 3_600_000,
    async create({ http, id, url, secret }) {
      const body = { id, type: 'web_hook', address: url, token: secret, params: { ttl: String(WEEK_SECONDS) } };
      return toSubscription(await http.post('/events/watch', { body }));
    },
    async remove({ http, settings, externalId, details }) {
      const body = { id: externalId, resourceId: details?.resourceId };
      await http.request({ method: 'POST', path: `${settings.apiUrl}/channels/stop`, body, expect: [404] });
    },
  },
  streams: {
    events: {
      entity: 'interview',
      deletes: 'tombstone',
      ...syncTokenWalk({
        scope: 'calendar',
        path: '/events',
        query: { maxResults: 2_500 },
        since: 'timeMin',
        toRaw: (item) => toRaw(parseEvent(item)),
      }),
      async fetch({ http, externalId }) {
        const answer = await http.request({ method: 'GET', path: pathOf(externalId), expect: [404, 410] });
        return answer.status === 200 ? toFetched(parseEvent(answer.json())) : { state: 'gone' };
      },
      push: {
        effect: 'silent',
        async create({ http, body, writeId }) {
          const id = eventIdOf(writeId);
          const answer = await http.request({ method: 'POST', path: '/events', query: QUIETLY, body: { ...body, id }, expect: [409] });
          return answer.status === 409 ? { externalId: id } : toReceipt(parseEvent(answer.json()));
        },
        async update({ http, externalId, version, body, changed, current }) {
          const headers: Record<string, string> = version ? { 'if-match': version } : {};
          const patch = patchOf(body, changed, current);
          return toReceipt(parseEvent(await http.patch(pathOf(externalId), { query: QUIETLY, headers, body: patch })));
        },
        async remove({ http, externalId }) {
          await http.request({ method: 'DELETE', path: pathOf(externalId), query: QUIETLY, expect: [404, 410] });
        },
        guardsVersions: true,
        createsOnce: true,
        find: { by: 'writeId', visibleWithinMs: 5_000, search: findByWriteId },
      },
    },
  },
});

const WEEK_SECONDS = 7 * 86_400;

const QUIETLY = { sendUpdates: 'none' };

function pathOf(id: string): string {
  return `/events/${encodeURIComponent(id)}`;
}

async function findByWriteId({ http, writeId }: WriteContext<GoogleCalendarSettings> & { http: HttpClient }): Promise<Receipt | undefined> {
  const answer = await http.request({ method: 'GET', path: pathOf(eventIdOf(writeId)), expect: [404, 410] });
  if (answer.status !== 200) return undefined;
  const event = parseEvent(answer.json());
  return event.status === 'cancelled' ? undefined : toReceipt(event);
}

/** Google refuses too many calls with 403 as well as with 429, and says which in a word. */
function classify(failure: CallFailure) {
  const { error } = (failure.body ?? {}) as { error?: { errors?: { reason?: string }[] } };
  const reason = Array.isArray(error?.errors) ? error.errors[0]?.reason : undefined;
  if (failure.status === 403 && /rateLimitExceeded|quotaExceeded|usageLimits/i.test(reason ?? '')) return 'RATE_LIMITED';
  return byHttpStatus(failure);
}
