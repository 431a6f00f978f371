import { ConnectorFailure } from '../../failure.js';
import type { HttpClient } from '../../http.js';
import { davDocument, propfind, sameOrigin, type Properties } from './dav-calls.js';
import { child, children, escapeXml, textOf, type DavResponse, type XmlNode } from './dav-xml.js';

export interface CalendarChoice {
  /** Server, principal, home or calendar address. */
  serverUrl: string;
  /** Display name, href or last path segment; may be left out where there is only one calendar. */
  calendar?: string;
  createCalendar?: boolean;
}
export interface CalendarCollection {
  /** Absolute, ends with a slash. */
  url: string;
  /** RFC 6578 reports; undefined where the server does not say. */
  syncs?: boolean;
}

const PROPS =
  '<D:resourcetype/><D:displayname/><D:current-user-principal/><C:calendar-home-set/><D:supported-report-set/><C:supported-calendar-component-set/>';

/** Finds the calendar of the settings: RFC 6764 well-known address → principal → home set → calendar, or the calendar address itself. */
export async function discoverCalendar(http: HttpClient, choice: CalendarChoice): Promise<CalendarCollection> {
  const start = await firstUseful(http, choice.serverUrl);
  const [self] = start.responses;
  if (self && isCalendar(self)) return toCollection(self, start.url);
  const home = await findHome(http, start);
  const listed = await propfind(http, { url: home, depth: '1', props: PROPS });
  const calendars = listed.responses.filter(isCalendar).filter(holdsEvents);
  const chosen = choose(calendars, choice, listed.url);
  return chosen ? toCollection(chosen, listed.url) : makeCalendar(http, home, choice);
}

/** The address as entered, then the well-known one, then the root: the first that answers with a principal, a home or a calendar. */
async function firstUseful(http: HttpClient, serverUrl: string): Promise<Properties> {
  const addresses = [serverUrl, new URL('/.well-known/caldav', serverUrl).href, new URL('/', serverUrl).href];
  let failure: unknown;
  for (const url of new Set(addresses)) {
    const found = await propfind(http, { url, depth: '0', props: PROPS }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
      failure ??= error;
      return undefined;
    });
    if (found?.responses[0] && leadsOn(found.responses[0])) return found;
  }
  const status = failure instanceof ConnectorFailure ? failure.status : undefined;
  if (status === 403) throw failure;
  throw new ConnectorFailure({ code: 'CONFIG', field: 'serverUrl', status, detail: 'no CalDAV server answers at this address' });
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof ConnectorFailure && error.status !== undefined && [200, 204, 400, 403, 404, 405, 409, 410, 501].includes(error.status)
  );
}
function leadsOn(response: DavResponse): boolean {
  return isCalendar(response) || hrefIn(response, 'calendar-home-set') !== undefined || 'current-user-principal' in response.props;
}

async function findHome(http: HttpClient, start: Properties): Promise<string> {
  const [self] = start.responses as [DavResponse];
  const direct = hrefIn(self, 'calendar-home-set');
  if (direct) return sameOrigin(direct, start.url);
  const principal = hrefIn(self, 'current-user-principal');
  if (!principal) throw new ConnectorFailure({ code: 'AUTH', detail: 'the server does not know this user' });
  const user = await propfind(http, { url: sameOrigin(principal, start.url), depth: '0', props: PROPS });
  const home = user.responses.map((response) => hrefIn(response, 'calendar-home-set')).find(Boolean);
  if (!home) throw new ConnectorFailure({ code: 'CONFIG', field: 'serverUrl', detail: 'this user has no calendars on the server' });
  return sameOrigin(home, user.url);
}

function hrefIn({ props }: DavResponse, name: string): string | undefined {
  return textOf(child(props[name], 'href')).trim() || undefined;
}
function isCalendar({ props }: DavResponse): boolean {
  return children(props.resourcetype, 'calendar').length > 0;
}
function holdsEvents({ props }: DavResponse): boolean {
  const kinds = children(props['supported-calendar-component-set'], 'comp').map((kind) => textOf(child(kind, '@name')).toUpperCase());
  return kinds.length === 0 || kinds.includes('VEVENT');
}

function choose(calendars: DavResponse[], { calendar, createCalendar }: CalendarChoice, base: string): DavResponse | undefined {
  const hits = calendar ? calendars.filter((candidate) => isNamed(candidate, calendar, base)) : calendars;
  if (hits.length === 1) return hits[0];
  if (hits.length === 0 && createCalendar && calendar) return undefined;
  const detail = calendar
    ? `${hits.length === 0 ? 'no calendar has' : `${hits.length} calendars have`} this name on the server`
    : `the user has ${calendars.length} calendars: name one`;
  throw new ConnectorFailure({ code: 'CONFIG', field: 'calendar', detail });
}

function isNamed({ href, props }: DavResponse, wanted: string, base: string): boolean {
  const path = pathOf(href, base);
  const asked = URL.canParse(wanted, base) ? pathOf(wanted, base) : wanted;
  return textOf(props.displayname).trim() === wanted.trim() || path === asked || path.split('/').at(-1) === wanted;
}
function pathOf(href: string, base: string): string {
  const { pathname } = new URL(href, base);
  try {
    return decodeURIComponent(pathname).replace(/\/$/, '');
  } catch {
    return pathname;
  }
}

function toCollection({ href, props }: DavResponse, base: string): CalendarCollection {
  const url = sameOrigin(href, base).replace(/\/?$/, '/');
  const reports = children(props['supported-report-set'], 'supported-report').map((one) => child(one, 'report'));
  return {
    url,
    syncs: reports.length > 0 ? reports.some((one: XmlNode | undefined) => children(one, 'sync-collection').length > 0) : undefined,
  };
}

async function makeCalendar(http: HttpClient, home: string, { calendar = '' }: CalendarChoice): Promise<CalendarCollection> {
  const name = calendar.trim();
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'interviews';
  const url = new URL(`${slug}/`, home.replace(/\/?$/, '/')).href;
  const kinds = '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>';
  const body = davDocument('C:mkcalendar', `<D:set><D:prop><D:displayname>${escapeXml(name)}</D:displayname>${kinds}</D:prop></D:set>`);
  await http.request({ method: 'MKCALENDAR', path: url, headers: { 'content-type': 'application/xml; charset=utf-8' }, body });
  const made = await propfind(http, { url, depth: '0', props: PROPS });
  const [self] = made.responses;
  if (!self || !isCalendar(self))
    throw new ConnectorFailure({ code: 'CONFIG', field: 'calendar', detail: 'the server did not create the calendar' });
  return toCollection(self, made.url);
}
