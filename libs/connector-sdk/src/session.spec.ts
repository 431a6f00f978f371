import { IsString } from 'class-validator';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { bearer } from './auth/static-credentials.js';
import { byHttpStatus } from './classify.js';
import { defineConnector, type ConnectorContext } from './connector.js';
import type { ConnectorFailure } from './failure.js';
import { memoryBudget, memoryTokens } from './memory-ports.js';
import { openSession, type SessionOptions } from './session.js';

class Settings {
  @IsString() url: string;
}
const SECRET = 's3cret-token';
const NOW = new Date('2026-12-01T10:00:00Z');
let server: Server;
let answer: RequestListener;
let seen: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[];
let url: string;

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise((closed) => server.close(closed));
});

const json =
  (status: number, value: unknown, headers = {}) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

type Call = (context: ConnectorContext<Settings>) => Promise<unknown>;
function session(call: Call, options: Partial<SessionOptions> = {}) {
  const act = async (context: ConnectorContext<Settings>) => (await call(context)) as never;
  const connector = defineConnector<Settings>({
    id: 'acme',
    name: 'Acme',
    category: 'ats',
    settings: Settings,
    auth: bearer({ token: 'key' }),
    http: ({ settings }) => ({ baseUrl: settings.url, timeoutMs: 400, maxBodyBytes: 10_000 }),
    throttle: { perSecond: 100 },
    account: ({ url: address }) => address,
    classify: byHttpStatus,
    refuses: (response) =>
      (response.json() as { ok?: boolean } | undefined)?.ok === false ? { status: 422, sent: true, method: 'POST' } : undefined,
    check: async () => [],
    streams: {
      things: {
        entity: 'candidate',
        cursor: { kind: 'token' },
        deletes: 'none',
        pull: act,
        fetch: act,
        push: { effect: 'silent', create: act, update: act, remove: act, find: { by: 'none', visibleWithinMs: 0 } },
      },
    },
  });
  return openSession(connector, {
    settings: { url },
    tokens: memoryTokens({ key: SECRET }),
    budget: memoryBudget(),
    egress: [new URL(url).host],
    now: () => NOW,
    ...options,
  });
}
const WRITE = { body: {}, changed: [], writeId: 'w', parents: {} };
const failing = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: ConnectorFailure) => error,
  );
const pulling = (call: Call, options?: Partial<SessionOptions>) => session(call, options).pull('things', {});
const creating = (call: Call) => session(call).create('things', WRITE);

test('a call carries the credential, the query and the body, and yields the parsed answer', async () => {
  answer = json(200, { hello: 'wörld 🌍' });
  await expect(pulling(({ http }) => http.post('/a/b', { query: { q: 'x y', none: undefined }, body: { n: 1 } }))).resolves.toEqual({
    hello: 'wörld 🌍',
  });
  expect(seen[0]).toMatchObject({ method: 'POST', url: '/a/b?q=x+y', body: '{"n":1}' });
  expect(seen[0]?.headers).toMatchObject({ authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' });
});

test('WebDAV verbs and string bodies go out as they are', async () => {
  answer = (_, response) => void response.writeHead(207).end('"<x/>"');
  const text = await pulling(
    async ({ http }) => (await http.request({ method: 'PROPFIND', path: '/', headers: { Depth: '1' }, body: '<p/>' })).text,
  );
  expect(text).toBe('"<x/>"');
  expect(seen[0]).toMatchObject({ method: 'PROPFIND', body: '<p/>' });
  expect(seen[0]?.headers.depth).toBe('1');
});

test('another origin gets no credential', async () => {
  const other = createServer((request, response) => void response.end(JSON.stringify({ auth: request.headers.authorization ?? null })));
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const egress = [new URL(address).host];
  const answered = await pulling(({ http }) => http.get(`${address}/x`), { egress });
  other.closeAllConnections();
  await new Promise((closed) => other.close(closed));
  expect(answered).toEqual({ auth: null });
});

test('a redirect is never followed: a failure by default, an answer where expected', async () => {
  answer = (request, response) => void (request.url === '/from' ? response.writeHead(302, { location: '/to' }).end() : response.end('{}'));
  expect(await failing(pulling(({ http }) => http.get('/from')))).toMatchObject({ code: 'CONFIG', status: 302 });
  const location = await pulling(
    async ({ http }) => (await http.request({ method: 'GET', path: '/from', expect: [302] })).headers.location,
  );
  expect(location).toBe('/to');
  expect(seen.map((call) => call.url)).toEqual(['/from', '/from']);
});

test.each([
  [400, 'INVALID_VALUE'],
  [401, 'AUTH'],
  [403, 'PERMISSION'],
  [404, 'NOT_FOUND'],
  [412, 'TRANSIENT'],
  [500, 'TRANSIENT'],
  [503, 'TRANSIENT'],
])('status %i on a read is %s, its outcome known', async (status, code) => {
  answer = json(status, { secret: 'personal data' });
  const failure = await failing(pulling(({ http }) => http.get('/?email=a@b.c')));
  expect(failure).toMatchObject({ code, status, outcomeUnknown: false });
  expect(JSON.stringify([failure.message, failure.detail, { ...failure }])).not.toMatch(/personal|a@b|s3cret/);
});

test('a 2xx that says no is a failure', async () => {
  answer = json(200, { ok: false });
  expect(await failing(creating(({ http }) => http.post('/')))).toMatchObject({ code: 'INVALID_VALUE', outcomeUnknown: false });
});

describe('a write whose answer is lost has an unknown outcome', () => {
  test('server error', async () => {
    answer = json(502, {});
    expect(await failing(creating(({ http }) => http.post('/')))).toMatchObject({ code: 'UNKNOWN_OUTCOME', outcomeUnknown: true });
  });
  test('connection dropped', async () => {
    answer = (_, response) => void response.destroy();
    expect(await failing(creating(({ http }) => http.put('/')))).toMatchObject({ code: 'UNKNOWN_OUTCOME', outcomeUnknown: true });
  });
  test('timeout', async () => {
    answer = () => undefined;
    expect(await failing(creating(({ http }) => http.post('/')))).toMatchObject({ code: 'UNKNOWN_OUTCOME' });
  });
  test('an answer that cannot be read', async () => {
    answer = (_, response) => void response.end('{"id": "a');
    expect(await failing(creating(({ http }) => http.post('/')))).toMatchObject({ code: 'UNKNOWN_OUTCOME' });
  });
  test('a fault in our own code after the vendor said yes', async () => {
    answer = json(200, {});
    const failure = await failing(creating(async ({ http }) => ((await http.post('/')) as { id: { x: string } }).id.x));
    expect(failure).toMatchObject({ code: 'BUG', outcomeUnknown: true });
    expect(failure.detail).toMatch(/^TypeError at session\.spec\.ts:\d+ in connector acme$/);
  });
  test('but not where nothing was sent, nor for a read of the same operation', async () => {
    await new Promise((closed) => server.close(closed));
    expect(await failing(creating(({ http }) => http.post('/')))).toMatchObject({ code: 'TRANSIENT', outcomeUnknown: false });
    await new Promise<void>((listening) => server.listen(Number(new URL(url).port), '127.0.0.1', listening));
    answer = json(500, {});
    expect(await failing(creating(({ http }) => http.post('/search', { reads: true })))).toMatchObject({
      code: 'TRANSIENT',
      outcomeUnknown: false,
    });
    expect(await failing(creating(({ http }) => http.get('/')))).toMatchObject({ code: 'TRANSIENT', outcomeUnknown: false });
  });
});

test('a body trickling in past the deadline, one over the cap and one cut short all fail as TRANSIENT', async () => {
  answer = (_, response) => void setInterval(() => response.write(' '), 50).unref();
  expect(await failing(pulling(({ http }) => http.get('/')))).toMatchObject({
    code: 'TRANSIENT',
    detail: 'no complete answer within 400 ms',
  });
  answer = (_, response) => void response.end(JSON.stringify('x'.repeat(20_000)));
  expect(await failing(pulling(({ http }) => http.get('/')))).toMatchObject({ detail: 'the answer is larger than 10000 bytes' });
  answer = (_, response) => void response.end('{"a": [1, 2');
  expect(await failing(pulling(({ http }) => http.get('/')))).toMatchObject({
    code: 'TRANSIENT',
    detail: 'the answer is not complete JSON',
  });
  answer = (_, response) => void response.writeHead(200, { 'content-length': '50' }).write('{"a"', () => response.destroy());
  expect(await failing(pulling(({ http }) => http.get('/')))).toMatchObject({ code: 'TRANSIENT' });
});

test.each([
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': 'Tue, 01 Dec 2026 10:00:09 GMT' }, 9_000],
  [{ 'x-ratelimit-reset': String(NOW.getTime() / 1_000 + 11) }, 11_000],
  [{ 'x-ratelimit-reset': String(NOW.getTime() + 13_000) }, 13_000],
  [{}, 30_000],
  [{ 'retry-after': 'soon' }, 30_000],
  [{ 'retry-after': '1.5' }, 1_500],
  [{ 'retry-after': '99999999' }, 3_600_000],
])('429 with %j waits %i ms and blocks the account', async (headers, retryAfterMs) => {
  answer = json(429, {}, headers);
  const budget = memoryBudget();
  expect(await failing(pulling(({ http }) => http.get('/'), { budget }))).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs });
  const next = await failing(pulling(({ http }) => http.get('/'), { budget }));
  expect(next.code).toBe('RATE_LIMITED');
  expect(seen).toHaveLength(1);
});

test('a short wait for the budget is slept, a long one surfaces before any call', async () => {
  answer = json(200, {});
  const waits = [30, 0];
  const budget = { ...memoryBudget(), take: async () => waits.shift() ?? 5_000 };
  await pulling(({ http }) => http.get('/'), { budget });
  expect(await failing(pulling(({ http }) => http.get('/'), { budget }))).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 5_000 });
  expect(seen).toHaveLength(1);
});

test('a small body that unpacks to a large one is over the cap', async () => {
  const bomb = gzipSync(Buffer.alloc(5_000_000, ' '));
  expect(bomb.length).toBeLessThan(9_000);
  answer = (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  expect(await failing(pulling(({ http }) => http.get('/')))).toMatchObject({ detail: 'the answer is larger than 10000 bytes' });
});

test('settings, credentials, egress and streams that are wrong are named', async () => {
  expect(() => session(async () => 1, { settings: {} })).toThrow(expect.objectContaining({ code: 'CONFIG', field: 'url' }));
  expect(await failing(pulling(({ http }) => http.get('/'), { tokens: memoryTokens() }))).toMatchObject({ code: 'AUTH', field: 'key' });
  expect(await failing(pulling(({ http }) => http.get('/'), { egress: [] }))).toMatchObject({ code: 'CONFIG', outcomeUnknown: false });
  expect(await failing(session(async () => 1).pull('toString', {}))).toMatchObject({ code: 'BUG' });
});
