import type { CallFailure } from '../../connector.js';
import { byHttpStatus } from '../../classify.js';
import { ConnectorFailure } from '../../failure.js';
import type { HttpCall, HttpClient, VendorResponse } from '../../http.js';
import { discoverCalendar } from './discover-calendar.js';
import { pullChanges } from './pull-changes.js';
import { putObject } from './put-object.js';

const BASE = 'https://cal.example.com';
const CALENDAR = { url: `${BASE}/u/cal/`, syncs: true as boolean | undefined };
type Answer = { status?: number; headers?: Record<string, string>; text?: string };

/** A server that answers from a script, for manners that no server at hand has. */
function scripted(answer: (call: HttpCall, count: number) => Answer): HttpClient & { calls: HttpCall[] } {
  const calls: HttpCall[] = [];
  const request = async (call: HttpCall): Promise<VendorResponse> => {
    calls.push(call);
    const { status = 207, headers = {}, text = '' } = answer(call, calls.length);
    const failure: CallFailure = { status, headers, body: text, sent: true, method: call.method };
    if (status > 299 && !call.expect?.includes(status))
      throw new ConnectorFailure({ code: /valid-sync-token/.test(text) ? 'CURSOR_EXPIRED' : byHttpStatus(failure), status });
    return { status, headers, text, json: () => undefined };
  };
  const none = () => Promise.reject(new Error('not scripted'));
  return { calls, request, get: none, post: none, put: none, patch: none, delete: none, download: none };
}

const multistatus = (inner: string, token?: string) =>
  `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">${inner}${token ? `<D:sync-token>${token}</D:sync-token>` : ''}</D:multistatus>`;
const member = (name: string, etag = '"1"') =>
  `<D:response><D:href>/u/cal/${name}</D:href><D:propstat><D:prop><D:getetag>${etag}</D:getetag><D:resourcetype/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
const gone = (name: string) => `<D:response><D:href>/u/cal/${name}</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>`;
const body = (name: string) =>
  `<D:response><D:href>/u/cal/${name}</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag><C:calendar-data><![CDATA[BEGIN:VCALENDAR]]></C:calendar-data></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
const isMultiget = (call: HttpCall) => String(call.body).includes('calendar-multiget');
const hrefsOf = (call: HttpCall) => [...String(call.body).matchAll(/<D:href>\/u\/cal\/(.*?)<\/D:href>/g)].map(([, name]) => String(name));
const bodies = (call: HttpCall) => ({ text: multistatus(hrefsOf(call).map(body).join('')) });
const tokenOf = (call: HttpCall) => /<D:sync-token>(.*?)<\/D:sync-token>/.exec(String(call.body))?.[1] ?? '';
const cursor = (at: string) => JSON.stringify({ kind: 'token', at });

test('changes, tombstones and the new token', async () => {
  const http = scripted((call) =>
    isMultiget(call) ? bodies(call) : { text: multistatus(member('a%20b.ics') + gone('c%C3%A9.ics'), 'urn:t&amp;2') },
  );
  const page = await pullChanges(http, CALENDAR, cursor('urn:t&1'));
  expect(page).toMatchObject({ changed: [{ name: 'a b.ics', ics: 'BEGIN:VCALENDAR', etag: '"1"' }], removed: ['cé.ics'], done: true });
  expect(JSON.parse(page.nextCursor)).toEqual({ kind: 'token', at: 'urn:t&2' });
  expect(tokenOf(http.calls[0] as HttpCall)).toBe('urn:t&amp;1');
  expect(http.calls[0]?.headers?.depth).toBe('0');
});

test.each([[403], [409], [500], [400], [412], [418], [503]])(
  'an unknown token answered with %i is lost once an empty one works',
  async (status) => {
    const http = scripted((call) => (tokenOf(call) ? { status } : { text: multistatus('', 'urn:new') }));
    await expect(pullChanges(http, CALENDAR, cursor('urn:old'))).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  },
);
test('the same failure without a token too is what it says: the token is kept', async () => {
  const http = scripted(() => ({ status: 500 }));
  await expect(pullChanges(http, CALENDAR, cursor('urn:old'))).rejects.toMatchObject({ code: 'TRANSIENT' });
  const refused = scripted(() => ({ status: 401 }));
  await expect(pullChanges(refused, CALENDAR, cursor('urn:old'))).rejects.toMatchObject({ code: 'AUTH' });
  expect(refused.calls).toHaveLength(1);
});
test('a cursor of another connector is lost without a call', async () => {
  const http = scripted(() => ({}));
  await expect(pullChanges(http, CALENDAR, 'urn:t1')).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  expect(http.calls).toHaveLength(0);
});

test('a truncated answer (507) goes on from the token that came with it', async () => {
  const cut = '<D:response><D:href>/u/cal/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>';
  const http = scripted((call) => {
    if (isMultiget(call)) return bodies(call);
    return { text: tokenOf(call) ? multistatus(member('b.ics'), 'urn:2') : multistatus(member('a.ics') + cut, 'urn:1') };
  });
  const first = await pullChanges(http, CALENDAR);
  expect(first).toMatchObject({ changed: [{ name: 'a.ics' }], done: false });
  const second = await pullChanges(http, CALENDAR, first.nextCursor);
  expect(second).toMatchObject({ changed: [{ name: 'b.ics' }], done: true });
  expect(JSON.parse(second.nextCursor)).toEqual({ kind: 'token', at: 'urn:2' });
});

test('a long listing is walked in pages under a small cursor, and ends at the token of its beginning', async () => {
  const names = Array.from({ length: 1_203 }, (_, index) => `e${index}.ics`);
  let listings = 0;
  const http = scripted((call) =>
    isMultiget(call) ? bodies(call) : { text: multistatus(names.map((name) => member(name)).join(''), `urn:${++listings}`) },
  );
  const seen: string[] = [];
  let at: string | undefined;
  for (let pages = 0, done = false; !done; pages++) {
    const page = await pullChanges(http, CALENDAR, at);
    seen.push(...page.changed.map(({ name }) => name));
    ({ nextCursor: at, done } = page);
    expect(at.length).toBeLessThan(200);
    expect(pages).toBeLessThan(5);
  }
  expect(seen.sort()).toEqual([...names].sort());
  expect(JSON.parse(at ?? '')).toEqual({ kind: 'token', at: 'urn:1' });
});

describe('a server without sync-collection', () => {
  const calendar = { ...CALENDAR, syncs: undefined };
  const listing = (members: string) => (call: HttpCall) => {
    if (isMultiget(call)) return bodies(call);
    return call.method === 'PROPFIND'
      ? { text: multistatus(members) }
      : { status: 403, text: '<D:error xmlns:D="DAV:"><D:supported-report/></D:error>' };
  };
  test('is walked in full, then left alone until something changes, and a change asks for a new walk', async () => {
    const first = await pullChanges(scripted(listing(member('a.ics'))), calendar);
    expect(first).toMatchObject({ changed: [{ name: 'a.ics' }], done: true });
    const quiet = await pullChanges(scripted(listing(member('a.ics'))), calendar, first.nextCursor);
    expect(quiet).toEqual({ changed: [], removed: [], nextCursor: first.nextCursor, done: true });
    const changed = pullChanges(scripted(listing(member('a.ics', '"2"'))), calendar, first.nextCursor);
    await expect(changed).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  });
  test('is not presumed from a server error', async () => {
    await expect(
      pullChanges(
        scripted(() => ({ status: 502 })),
        calendar,
      ),
    ).rejects.toMatchObject({ code: 'TRANSIENT' });
  });
});

test('bodies left out of a multiget are read one by one; those that are gone are tombstones', async () => {
  const http = scripted((call) => {
    if (call.method === 'GET')
      return call.path.endsWith('b.ics')
        ? { status: 200, text: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n', headers: { etag: '"9"' } }
        : { status: 404 };
    return {
      text: isMultiget(call) ? multistatus(body('a.ics')) : multistatus(member('a.ics') + member('b.ics') + member('c.ics'), 'urn:2'),
    };
  });
  const page = await pullChanges(http, CALENDAR, cursor('urn:1'));
  expect([page.changed.map(({ name }) => name), page.removed]).toEqual([['a.ics', 'b.ics'], ['c.ics']]);
});

test('a document type, an entity bomb and a cut document are refused', async () => {
  const reject = (text: string) =>
    pullChanges(
      scripted(() => ({ text })),
      CALENDAR,
    );
  await expect(reject('<!DOCTYPE x [<!ENTITY a "b">]><D:multistatus xmlns:D="DAV:"/>')).rejects.toMatchObject({ code: 'SCHEMA_DRIFT' });
  await expect(reject(multistatus(member('a.ics'), 'urn:1').slice(0, -30))).rejects.toMatchObject({ code: 'TRANSIENT' });
});

test.each([
  [{ status: 201, headers: { etag: '"2"' } }, { state: 'stored', etag: '"2"' }],
  [{ status: 204 }, { state: 'stored' }],
  [{ status: 412 }, { state: 'precondition-failed' }],
  [{ status: 409, text: '<error xmlns="DAV:"><C:no-uid-conflict xmlns:C="urn:ietf:params:xml:ns:caldav"/></error>' }, { state: 'uid-taken' }],
  [{ status: 207, text: multistatus('<D:response><D:href>/u/cal/x.ics</D:href><D:status>HTTP/1.1 412 Precondition Failed</D:status></D:response>') }, { state: 'precondition-failed' }],
  [{ status: 207, text: multistatus('<D:response><D:href>/u/cal/x.ics</D:href><D:status>HTTP/1.1 412 Precondition Failed</D:status><D:error><C:no-uid-conflict/></D:error></D:response>') }, { state: 'uid-taken' }],
])('PUT answered with %j', async (answer, outcome) => {
  const http = scripted(() => answer);
  expect(await putObject(http, { calendarUrl: CALENDAR.url, name: 'x.ics', ics: '', etag: 'W/"1"' })).toMatchObject(outcome);
  expect(http.calls[0]?.headers).toMatchObject({ 'if-match': '"1"' });
}); // prettier-ignore

describe('discovery', () => {
  const prop = (href: string, inner: string) =>
    multistatus(
      `<D:response><D:href>${href}</D:href><D:propstat><D:prop>${inner}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`,
    );
  const calendarNamed = (name: string, kinds = '') =>
    `<D:resourcetype><D:collection/><C:calendar/></D:resourcetype><D:displayname>${name}</D:displayname>${kinds}`;
  const pages: Record<string, Answer> = {
    '/': { status: 404 },
    '/.well-known/caldav': { status: 301, headers: { location: '/dav/' } },
    '/dav/': { text: prop('/dav/', '<D:current-user-principal><D:href>/p/me/</D:href></D:current-user-principal>') },
    '/p/me/': { text: prop('/p/me/', '<C:calendar-home-set><D:href>/h/me/</D:href></C:calendar-home-set>') },
    '/h/me/': {
      text: multistatus(
        [
          ['/h/me/', '<D:resourcetype><D:collection/></D:resourcetype>'],
          ['/h/me/one', calendarNamed('Interviews &amp; more')],
          ['/h/me/todo/', calendarNamed('Interviews &amp; more', '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>')],
          ['/h/me/two/', calendarNamed('Other')],
        ].map(([href, inner]) => `<D:response><D:href>${href}</D:href><D:propstat><D:prop>${inner}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`).join(''),
      ),
    },
  }; // prettier-ignore
  const server = (more: Record<string, Answer> = {}) =>
    scripted((call) => ({ ...pages, ...more })[new URL(call.path).pathname] ?? { status: 404 });

  test('well-known → principal → home → calendar, by name or by address', async () => {
    for (const calendar of ['Interviews & more', '/h/me/one/', `${BASE}/h/me/one`, 'one']) {
      expect(await discoverCalendar(server(), { serverUrl: `${BASE}/`, calendar })).toEqual({ url: `${BASE}/h/me/one/`, syncs: undefined });
    }
  });
  test('a page for people at the address entered is passed over', async () => {
    const http = server({ '/': { status: 200, text: '<html><body><p>Log in' } });
    expect((await discoverCalendar(http, { serverUrl: `${BASE}/`, calendar: 'one' })).url).toBe(`${BASE}/h/me/one/`);
  });
  test('a calendar address needs no discovery', async () => {
    const http = server({ '/x/': { text: prop('/x/', calendarNamed('X')) } });
    expect((await discoverCalendar(http, { serverUrl: `${BASE}/x/` })).url).toBe(`${BASE}/x/`);
    expect(http.calls).toHaveLength(1);
  });
  test.each([
    [{ calendar: 'Nothing' }, {}, 'calendar'],
    [{}, {}, 'calendar'],
    [{ calendar: 'one' }, { '/.well-known/caldav': { status: 404 } }, 'serverUrl'],
    [{ calendar: 'one' }, { '/.well-known/caldav': { status: 301, headers: { location: 'https://other.example.com/' } } }, 'serverUrl'],
    [{ calendar: 'one' }, { '/.well-known/caldav': { status: 301, headers: { location: '/.well-known/caldav' } } }, 'serverUrl'],
  ])('%j with %j is CONFIG', async (choice, more, field) => {
    await expect(discoverCalendar(server(more as Record<string, Answer>), { serverUrl: `${BASE}/`, ...choice })).rejects.toMatchObject({
      code: 'CONFIG',
      field,
    });
  });
  test('an unauthenticated principal is AUTH', async () => {
    const more = { '/dav/': { text: prop('/dav/', '<D:current-user-principal><D:unauthenticated/></D:current-user-principal>') } };
    await expect(discoverCalendar(server(more), { serverUrl: `${BASE}/`, calendar: 'one' })).rejects.toMatchObject({ code: 'AUTH' });
  });
});
