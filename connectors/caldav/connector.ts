import { basic, calendarFailure, calendarStream, checkCalendar, defineConnector } from '#hub/connector-sdk';
import { peopleAsOne, withAllowedPeople } from './payloads.js';
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
  classify: calendarFailure,
  check: checkCalendar,
  streams: { events: calendarStream({ body: withAllowedPeople, changed: peopleAsOne }) },
});
