import { ConnectorFailure } from '../../failure.js';
import type { HttpClient, VendorResponse } from '../../http.js';
import { davDocument, report } from './dav-calls.js';
import { escapeXml, parseMultistatus, textOf } from './dav-xml.js';

/** A calendar object resource: one .ics with one UID. */
export interface CalendarObject {
  /** Decoded last segment of the href; names the resource within its calendar. */
  name: string;
  /** Path on the server. */
  href: string;
  etag: string | null;
  ics: string;
}

const CHUNK = 100;

/** Bodies of the given hrefs by calendar-multiget; a resource that went away meanwhile is missing from the answer. */
export async function readObjects(http: HttpClient, calendarUrl: string, hrefs: string[]): Promise<CalendarObject[]> {
  const objects: CalendarObject[] = [];
  for (let from = 0; from < hrefs.length; from += CHUNK)
    objects.push(...(await multiget(http, calendarUrl, hrefs.slice(from, from + CHUNK))));
  return objects;
}

async function multiget(http: HttpClient, calendarUrl: string, hrefs: string[]): Promise<CalendarObject[]> {
  const list = hrefs.map((href) => `<D:href>${escapeXml(href)}</D:href>`).join('');
  const body = davDocument('C:calendar-multiget', `<D:prop><D:getetag/><C:calendar-data/></D:prop>${list}`);
  const answer = parseMultistatus((await report(http, { url: calendarUrl, body })).text);
  const found = new Map<string, CalendarObject>();
  const gone = new Set<string>();
  for (const { href, status, props } of answer.responses) {
    const ics = textOf(props['calendar-data']);
    if (ics) found.set(nameOf(href), toObject(calendarUrl, nameOf(href), { etag: textOf(props.getetag), ics }));
    else if (status === 404) gone.add(nameOf(href));
  }
  // Some servers leave out what they cannot put into one report: those are read one by one.
  for (const name of hrefs.map(nameOf).filter((one) => !found.has(one) && !gone.has(one))) {
    const object = await readObject(http, calendarUrl, name);
    if (object) found.set(name, object);
  }
  return [...found.values()];
}

/** One resource by name; undefined when it is gone. */
export async function readObject(http: HttpClient, calendarUrl: string, name: string): Promise<CalendarObject | undefined> {
  const url = objectUrl(calendarUrl, name);
  const response = await http.request({ method: 'GET', path: url, headers: { accept: 'text/calendar' }, expect: [404, 410] });
  if (response.status === 404 || response.status === 410) return undefined;
  refuseForeign(response);
  return toObject(calendarUrl, name, { etag: response.headers.etag, ics: response.text });
}

/** What answers in the server's place, or breaks off, must not become a record. */
function refuseForeign({ text }: VendorResponse): void {
  if (!/^\s*BEGIN:VCALENDAR/i.test(text)) throw new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: 'the answer is no calendar object' });
  if (!/END:VCALENDAR\s*$/i.test(text)) throw new ConnectorFailure({ code: 'TRANSIENT', detail: 'the calendar object breaks off' });
}

/** The same object whichever way it was read: servers spell hrefs and ETags differently in headers and in XML. */
function toObject(calendarUrl: string, name: string, { etag, ics }: { etag?: string; ics: string }): CalendarObject {
  return { name, href: new URL(objectUrl(calendarUrl, name)).pathname, etag: cleanEtag(etag) ?? null, ics };
}

/** A strong, quoted ETag. Proxies that compress weaken the tag on the way; If-Match compares strongly and would never match. */
export function cleanEtag(etag: string | undefined): string | undefined {
  const bare = etag
    ?.trim()
    .replace(/^W\//, '')
    .replace(/^"|"$/g, '')
    .replace(/-gzip$/, '');
  return bare ? `"${bare}"` : undefined;
}

export interface UidQuery {
  uid: string;
  /** Instants between which the event lies, where they are known: many servers read every event to compare a UID, but have an index of times. */
  within?: { from: number; to: number };
}

/** The name of the resource that holds this UID, by calendar-query (RFC 4791 §7.8). */
export async function findByUid(
  http: HttpClient,
  calendarUrl: string,
  { uid, within }: UidQuery,
): Promise<{ name: string; etag?: string } | undefined> {
  const match = `<C:text-match collation="i;octet">${escapeXml(uid)}</C:text-match>`;
  const range = within ? `<C:time-range start="${stamp(within.from)}" end="${stamp(within.to)}"/>` : '';
  const event = `<C:comp-filter name="VEVENT">${range}<C:prop-filter name="UID">${match}</C:prop-filter></C:comp-filter>`;
  const filter = `<C:comp-filter name="VCALENDAR">${event}</C:comp-filter>`;
  const body = davDocument('C:calendar-query', `<D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter>${filter}</C:filter>`);
  const answer = parseMultistatus((await report(http, { url: calendarUrl, body })).text);
  // text-match means "contains": the UID is compared again.
  const hit = answer.responses.find(({ props }) => uidIn(textOf(props['calendar-data'])) === uid);
  return hit && { name: nameOf(hit.href), etag: cleanEtag(textOf(hit.props.getetag)) };
}

/** `20261201T090000Z`. */
function stamp(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** The UID in an iCalendar text, folded lines included. */
export function uidIn(ics: string): string | undefined {
  return /^UID(?:;[^:\n]*)?:(.*)$/im.exec(ics.replace(/\r?\n[ \t]/g, ''))?.[1]?.trim();
}

export function objectUrl(calendarUrl: string, name: string): string {
  return new URL(encodeURIComponent(name), calendarUrl).href;
}
export function pathOf(href: string, base: string): string {
  return URL.canParse(href, base) ? new URL(href, base).pathname : href;
}
export function nameOf(href: string): string {
  const last =
    href
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
