import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bearer } from '../../auth/static-credentials.js';
import { defineConnector, type RawRecord } from '../../connector.js';
import { memoryBudget, memoryTokens } from '../../memory-ports.js';
import { openSession, type ConnectorSession } from '../../session.js';
import { deltaWalk, graphFailure } from './delta-walk.js';

class Mailbox {}
interface Message {
  id: string;
  subject?: string;
  '@removed'?: { reason: string };
}

/** A list of messages behind a delta function: two to a page, every change counted; tokens are places in the count. */
class GraphOnPaper {
  readonly log: Message[] = [];
  readonly asked: { path: string; prefer?: string; authorization?: string }[] = [];
  /** What the next call with a token is answered with. */
  refusal?: { status: number; code: string };
  private server?: Server;
  url = '';

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', this.url);
      const { prefer, authorization } = request.headers;
      this.asked.push({ path: url.pathname + url.search, prefer: prefer as string | undefined, authorization });
      const { status, body } = this.answer(url);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((done) => this.server?.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  stop(): Promise<unknown> {
    this.server?.closeAllConnections();
    return new Promise((done) => this.server?.close(done));
  }

  private answer(url: URL): { status: number; body: unknown } {
    const place = url.searchParams.get('$skiptoken') ?? url.searchParams.get('$deltatoken');
    if (place !== null && this.refusal) return { status: this.refusal.status, body: { error: { code: this.refusal.code } } };
    const from = Number(place ?? 0);
    const entries = this.log.slice(from, from + 2);
    const link = (name: string, at: number) => `${this.url}/v1.0/me/messages/delta?%24${name}=${at}`;
    const end = from + entries.length;
    return {
      status: 200,
      body: {
        value: entries,
        ...(end < this.log.length ? { '@odata.nextLink': link('skiptoken', end) } : { '@odata.deltaLink': link('deltatoken', end) }),
      },
    };
  }
}

describe('a delta function of Microsoft Graph', () => {
  const graph = new GraphOnPaper();
  let session: ConnectorSession;
  beforeAll(async () => {
    await graph.start();
    const mail = defineConnector<Mailbox>({
      id: 'mail',
      name: 'Mail',
      category: 'mail',
      settings: Mailbox,
      auth: bearer({ token: 'token' }),
      http: () => ({ baseUrl: `${graph.url}/v1.0` }),
      throttle: { perSecond: 1_000 },
      account: () => 'me',
      classify: graphFailure,
      check: async () => [],
      streams: {
        messages: {
          entity: 'communication',
          deletes: 'tombstone',
          fetch: async () => ({ state: 'gone' }),
          ...deltaWalk({
            path: () => '/me/messages/delta',
            query: (since) => ({ $filter: since && `receivedDateTime ge ${since.toISOString()}` }),
            prefer: ['odata.maxpagesize=2', 'IdType="ImmutableId"'],
            toRaw: ({ id, ...payload }): RawRecord => ({ externalId: id, payload }),
          }),
        },
      },
    });
    session = openSession(mail, {
      settings: {},
      tokens: memoryTokens({ token: 't1' }),
      budget: memoryBudget(),
      egress: [new URL(graph.url).host],
    });
  });
  afterAll(async () => {
    session.close();
    await graph.stop();
  });

  async function walk(cursor?: string): Promise<{ records: RawRecord[]; cursor: string }> {
    const records: RawRecord[] = [];
    for (let at = cursor, pages = 0; pages < 20; pages += 1) {
      const page = await session.pull('messages', { cursor: at, since: new Date('2026-01-01T00:00:00Z') });
      records.push(...page.records);
      at = page.nextCursor;
      if (page.done) return { records, cursor: at as string };
    }
    throw new Error('the walk does not end');
  }
  let cursor: string;

  it('is walked page by page, with one bound of time and the wishes with every call', async () => {
    graph.log.push({ id: 'a', subject: 'one' }, { id: 'b', subject: 'two' }, { id: 'c', subject: 'three' });
    const walked = await walk();
    ({ cursor } = walked);
    expect(walked.records.map(({ externalId }) => externalId)).toEqual(['a', 'b', 'c']);
    expect(graph.asked.map(({ path }) => decodeURIComponent(path.replaceAll('+', ' ')))).toEqual([
      '/v1.0/me/messages/delta?$filter=receivedDateTime ge 2026-01-01T00:00:00.000Z',
      '/v1.0/me/messages/delta?$skiptoken=2',
    ]);
    expect(new Set(graph.asked.map(({ prefer }) => prefer))).toEqual(new Set(['odata.maxpagesize=2, IdType="ImmutableId"']));
  });

  it('tells what is new and what was removed', async () => {
    graph.log.push({ id: 'a', subject: 'one, changed' }, { id: 'b', '@removed': { reason: 'deleted' } });
    const walked = await walk(cursor);
    ({ cursor } = walked);
    expect(walked.records).toEqual([
      { externalId: 'a', payload: { subject: 'one, changed' } },
      { externalId: 'b', payload: null, deleted: true },
    ]);
    expect((await walk(cursor)).records).toEqual([]);
  });

  it.each([
    [410, 'syncStateNotFound'],
    [410, 'anything'],
    [400, 'SyncStateInvalid'],
    [404, 'resyncRequired'],
  ])('is walked anew after %d %s', async (status, code) => {
    graph.refusal = { status, code };
    await expect(walk(cursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    graph.refusal = undefined;
  });

  it('takes another refusal for what it is', async () => {
    graph.refusal = { status: 400, code: 'BadRequest' };
    await expect(walk(cursor)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    graph.refusal = undefined;
  });

  it('takes no other answer for an empty page', async () => {
    graph.log.push({ subject: 'without id' } as Message);
    await expect(walk(cursor)).rejects.toMatchObject({ code: 'SCHEMA_DRIFT' });
    graph.log.pop();
  });

  it('shows its token to nobody else', async () => {
    const other = createServer((request, response) => {
      graph.asked.push({ path: 'elsewhere', authorization: request.headers.authorization });
      response.end('{"value":[]}');
    });
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const link = `http://127.0.0.1:${(other.address() as AddressInfo).port}/delta`;
    await expect(session.pull('messages', { cursor: JSON.stringify({ walk: 'link', link }) })).rejects.toBeDefined();
    expect(graph.asked.filter(({ path, authorization }) => path === 'elsewhere' && authorization)).toEqual([]);
    await new Promise((done) => other.close(done));
  });
});
