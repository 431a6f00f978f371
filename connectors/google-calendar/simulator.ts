import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A simulator of Google Calendar: keeps state and refuses what Google's reference says it refuses. It is no proof of what Google really does. */
export interface Simulator {
  url: string;
  /** Tokens that were given out so far. */
  tokens: () => number;
  /** Who is told of changes. */
  channels: () => Channel[];
  stop: () => Promise<void>;
}
interface Event extends Record<string, unknown> {
  id: string;
  status: string;
  etag: string;
  /** Place in the log of changes. */
  changed: number;
}
interface World {
  events: Map<string, Event>;
  changes: number;
  tokens: Set<string>;
  /** By id. */
  channels: Map<string, Channel>;
}
interface Channel {
  id: string;
  resourceId: string;
  address: string;
  token: string;
  expiration: number;
}
type Reply = [status: number, body?: unknown];

export const CLIENT = { clientId: 'simulated-client', clientSecret: 'simulated-secret', refreshToken: 'simulated-refresh-token' };
const PAGE = 2;
const BESIDE_SYNC_TOKEN = ['syncToken', 'pageToken', 'maxResults', 'showDeleted', 'singleEvents'];
const LIST = [...BESIDE_SYNC_TOKEN, 'timeMin', 'timeMax', 'updatedMin', 'q', 'orderBy', 'iCalUID', 'privateExtendedProperty'];
const EVENT_ID = /^[0-9a-v]{5,1024}$/;
const problem = (status: number, reason: string): Reply => [status, { error: { code: status, errors: [{ reason }], message: reason } }];

export async function startSimulator(): Promise<Simulator> {
  const world: World = { events: new Map(), changes: 0, tokens: new Set(), channels: new Map() };
  for (const [at, summary] of ['Interview', 'Zweites Gespräch', '面接'].entries())
    save(world, `seed0000${at}`, { summary, start: { dateTime: `2026-12-0${at + 1}T10:00:00+01:00`, timeZone: 'Europe/Berlin' } });
  const server = createServer((request, response) => {
    void answer(world, request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens: () => world.tokens.size,
    channels: () => [...world.channels.values()],
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function save(world: World, id: string, change: Record<string, unknown>): Event {
  const before = world.events.get(id) ?? { status: 'confirmed', kind: 'calendar#event' };
  world.changes += 1;
  const event = { ...before, ...change, id, etag: `"${world.changes}"`, changed: world.changes } as Event;
  world.events.set(id, event);
  return event;
}

async function answer(world: World, request: IncomingMessage): Promise<Reply> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulator');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  if (pathname === '/token') return grant(world, new URLSearchParams(text));
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!world.tokens.has(token)) return problem(401, 'authError');
  if (pathname === '/channels/stop') return stopChannel(world, JSON.parse(text) as Record<string, unknown>);
  if (/^\/calendars\/primary\/events\/watch$/.test(pathname) && request.method === 'POST')
    return watch(world, JSON.parse(text) as Record<string, unknown>);
  const [, calendar, id] = /^\/calendars\/([^/]+)\/events(?:\/([^/]+))?$/.exec(pathname) ?? [];
  if (calendar !== 'primary') return problem(404, 'notFound');
  const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
  if (id === undefined) return request.method === 'POST' ? insert(world, body) : list(world, searchParams);
  return one(world, { request, id: decodeURIComponent(id), body });
}

function grant(world: World, form: URLSearchParams): Reply {
  if (form.get('client_id') !== CLIENT.clientId || form.get('client_secret') !== CLIENT.clientSecret)
    return [401, { error: 'invalid_client' }];
  if (form.get('grant_type') !== 'refresh_token' || form.get('refresh_token') !== CLIENT.refreshToken)
    return [400, { error: 'invalid_grant' }];
  const token = `access-${world.tokens.size + 1}`;
  world.tokens.add(token);
  return [200, { access_token: token, expires_in: 3_599, token_type: 'Bearer' }];
}

function watch(world: World, { id, type, address, token, params }: Record<string, unknown>): Reply {
  if (typeof id !== 'string' || type !== 'web_hook' || typeof address !== 'string') return problem(400, 'required');
  if (!address.startsWith('https://')) return problem(400, 'push.webhookUrlNotHttps');
  if (typeof token === 'string' && token.length > 256) return problem(400, 'invalid');
  if (world.channels.has(id)) return problem(400, 'channelIdNotUnique');
  const ttl = Math.min(Number((params as { ttl?: string } | undefined)?.ttl ?? 604_800), 604_800);
  const channel = { id, resourceId: 'resource-primary', address, token: String(token ?? ''), expiration: Date.now() + ttl * 1_000 };
  world.channels.set(id, channel);
  return [200, { kind: 'api#channel', id, resourceId: channel.resourceId, expiration: String(channel.expiration) }];
}

function stopChannel(world: World, { id, resourceId }: Record<string, unknown>): Reply {
  if (world.channels.get(String(id))?.resourceId !== resourceId) return problem(404, 'notFound');
  world.channels.delete(String(id));
  return [204];
}

function one(world: World, { request, id, body }: { request: IncomingMessage; id: string; body: Record<string, unknown> }): Reply {
  const event = world.events.get(id);
  if (!event) return problem(404, 'notFound');
  if (request.method === 'GET') return [200, shown(event)];
  if (event.status === 'cancelled') return problem(410, 'deleted');
  const condition = request.headers['if-match'];
  if (condition && condition !== event.etag) return problem(412, 'conditionNotMet');
  if (request.method === 'DELETE') return [204, void save(world, id, { status: 'cancelled' })];
  return [200, shown(save(world, id, body))];
}

function insert(world: World, { id, ...body }: Record<string, unknown>): Reply {
  if (typeof id !== 'string' || !EVENT_ID.test(id)) return problem(400, 'invalid');
  if (!body.start || !body.end) return problem(400, 'required');
  if (world.events.has(id)) return problem(409, 'duplicate');
  return [200, shown(save(world, id, body))];
}

/** `syncToken` excludes every filter; only the last page has the next one. */
function list(world: World, query: URLSearchParams): Reply {
  const names = [...query.keys()];
  if (names.some((name) => !LIST.includes(name))) return problem(400, 'badRequest');
  const syncToken = query.get('syncToken');
  if (syncToken !== null && names.some((name) => !BESIDE_SYNC_TOKEN.includes(name))) return problem(400, 'badRequest');
  const since = syncToken === null ? 0 : Number(/^sync-(\d+)$/.exec(syncToken)?.[1] ?? Number.NaN);
  if (!(since <= world.changes)) return problem(410, 'fullSyncRequired');
  const from = Number(query.get('pageToken') ?? since);
  const wanted = [...world.events.values()]
    .filter((event) => event.changed > from && (syncToken !== null || event.status !== 'cancelled'))
    .sort((a, b) => a.changed - b.changed);
  const page = wanted.slice(0, Math.min(PAGE, Number(query.get('maxResults') ?? 250)));
  const more = wanted.length > page.length ? { nextPageToken: String(page.at(-1)?.changed) } : { nextSyncToken: `sync-${world.changes}` };
  return [200, { kind: 'calendar#events', items: page.map(shown), ...more }];
}

function shown({ changed: _, ...event }: Event): object {
  return event.status === 'cancelled' ? { id: event.id, status: event.status } : event;
}
