import { createHash } from 'node:crypto';
import { ConnectorFailure } from '../../failure.js';
import type { HttpClient } from '../../http.js';
import { davDocument, propfind, report } from './dav-calls.js';
import type { CalendarCollection } from './discover-calendar.js';
import { escapeXml, parseMultistatus, textOf } from './dav-xml.js';
import { nameOf, pathOf, readObjects, type CalendarObject } from './read-objects.js';
import { decodeCursor, encodeCursor, type WalkCursor } from './walk-cursor.js';

export interface ChangesPage {
  changed: CalendarObject[];
  /** Names of resources that are gone. */
  removed: string[];
  nextCursor: string;
  done: boolean;
}
interface Listing {
  kind: 'token' | 'tag';
  /** Hrefs by name. */
  hrefs: Map<string, string>;
  removed: string[];
  to: string;
  /** The server stopped early and `to` continues behind what it sent (RFC 6578 §3.6). */
  truncated: boolean;
}

const PAGE = 500;

/** The next page of changes of a calendar. Throws CURSOR_EXPIRED when the server no longer knows the cursor. */
export async function pullChanges(http: HttpClient, calendar: CalendarCollection, cursorText?: string): Promise<ChangesPage> {
  const cursor = cursorText === undefined ? undefined : decodeCursor(cursorText);
  if (cursorText !== undefined && !cursor) throw lost('the stored cursor is not one of this connector');
  const from = cursor && ('at' in cursor ? cursor.at : cursor.from);
  const listing = await list(http, calendar, { from, kind: cursor?.kind });
  if (listing === 'unchanged') return { changed: [], removed: [], nextCursor: cursorText ?? '', done: true };
  return page(http, calendar, { listing, from, cursor });
}

async function page(
  http: HttpClient,
  calendar: CalendarCollection,
  walk: { listing: Listing; from?: string; cursor?: WalkCursor },
): Promise<ChangesPage> {
  const { listing, from, cursor } = walk;
  const resumed = cursor && 'to' in cursor ? cursor : undefined;
  // The first listing of a walk says where it ends; what changes meanwhile comes again with the next one.
  const to = resumed?.to ?? listing.to;
  const names = [...listing.hrefs.keys()].sort().filter((name) => resumed === undefined || name > resumed.after);
  const now = listing.truncated ? names : names.slice(0, PAGE);
  const done = now.length === names.length;
  const changed = await readObjects(
    http,
    calendar.url,
    now.map((name) => listing.hrefs.get(name) ?? name),
  );
  const vanished = from === undefined ? [] : missing(now, changed);
  const next: WalkCursor = done
    ? { kind: listing.kind, at: listing.truncated ? listing.to : to }
    : { kind: listing.kind, from, to, after: now.at(-1) ?? '' };
  const removed = resumed ? vanished : [...listing.removed, ...vanished];
  return { changed, removed, nextCursor: encodeCursor(next), done: done && !listing.truncated };
}

function missing(asked: string[], got: CalendarObject[]): string[] {
  const present = new Set(got.map(({ name }) => name));
  return asked.filter((name) => !present.has(name));
}

async function list(
  http: HttpClient,
  calendar: CalendarCollection,
  walk: { from?: string; kind?: 'token' | 'tag' },
): Promise<Listing | 'unchanged'> {
  if (calendar.syncs === false || walk.kind === 'tag') return listByTag(http, calendar, walk.from);
  try {
    return await listByToken(http, calendar, walk.from);
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || !isRefusal(error)) throw error;
    if (walk.from === undefined && !calendar.syncs && isUnsupported(error)) return listByTag(http, calendar, undefined);
    if (walk.from === undefined) throw error;
    // Servers disagree on how an unknown token fails (403, 409, 400, 500, …): if an empty one works, it was the token.
    await listByToken(http, calendar, undefined).catch(() => Promise.reject(error));
    throw lost('the server no longer knows the sync token');
  }
}

/** An answer that may be about the token or the report, not about us, the load or the network. */
function isRefusal({ status, code }: ConnectorFailure): boolean {
  return status !== undefined && status >= 400 && !['AUTH', 'RATE_LIMITED', 'CURSOR_EXPIRED'].includes(code);
}

function isUnsupported({ status = 0 }: ConnectorFailure): boolean {
  return (status >= 400 && status < 500) || status === 501;
}

async function listByToken(http: HttpClient, { url }: CalendarCollection, from = ''): Promise<Listing> {
  const content = `<D:sync-token>${escapeXml(from)}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>`;
  const response = await report(http, { url, depth: '0', body: davDocument('D:sync-collection', content) });
  const { responses, syncToken } = parseMultistatus(response.text);
  if (!syncToken) throw new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: 'the server sent no sync token' });
  const members = responses.filter(({ href }) => isMember(href, url));
  const gone = members.filter(({ status }) => status === 404 || status === 410);
  return {
    kind: 'token',
    hrefs: new Map(members.filter((one) => !gone.includes(one) && (one.status ?? 200) < 300).map(({ href }) => [nameOf(href), href])),
    removed: gone.map(({ href }) => nameOf(href)),
    to: syncToken,
    truncated: responses.some(({ status }) => status === 507) && syncToken !== from,
  };
}

/** Without RFC 6578: the collection tag says whether anything changed; if so, only a full walk can tell what. */
async function listByTag(http: HttpClient, { url }: CalendarCollection, from: string | undefined): Promise<Listing | 'unchanged'> {
  const members = await propfind(http, { url, depth: '1', props: '<D:getetag/><D:resourcetype/>' });
  const objects = members.responses.filter(({ href, props }) => isMember(href, url) && props.getetag !== undefined);
  const etags = objects.map(({ href, props }) => `${nameOf(href)} ${textOf(props.getetag)}`).sort();
  const to = createHash('sha256').update(etags.join('\n')).digest('base64url');
  if (from === to) return 'unchanged';
  if (from !== undefined) throw lost('the calendar changed and the server cannot say how');
  return { kind: 'tag', hrefs: new Map(objects.map(({ href }) => [nameOf(href), href])), removed: [], to, truncated: false };
}

function isMember(href: string, calendarUrl: string): boolean {
  return !href.endsWith('/') && pathOf(href, calendarUrl) !== new URL(calendarUrl).pathname.replace(/\/$/, '');
}
function lost(detail: string): ConnectorFailure {
  return new ConnectorFailure({ code: 'CURSOR_EXPIRED', detail });
}
