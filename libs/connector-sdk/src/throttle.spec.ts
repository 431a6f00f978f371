import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { none } from './auth/static-credentials.js';
import { byHttpStatus } from './classify.js';
import { defineConnector } from './connector.js';
import type { ConnectorFailure } from './failure.js';
import { memoryBudget, memoryTokens } from './memory-ports.js';
import { openSession, type ConnectorSession } from './session.js';
import type { Throttle } from './throttle.js';

class NoSettings {}
const NOW = new Date('2026-12-01T10:00:00Z');

describe('what a vendor allows', () => {
  let server: Server;
  let url: string;
  let answer: RequestListener;
  let calls: number;
  beforeAll(async () => {
    server = createServer((request, response) => {
      calls += 1;
      answer(request, response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    calls = 0;
    answer = (_, response) => void response.end('{}');
  });
  afterAll(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });

  const open = (throttle: Throttle, budget = memoryBudget()): ConnectorSession => {
    const connector = defineConnector<NoSettings>({
      id: 'acme',
      name: 'Acme',
      category: 'crm',
      settings: NoSettings,
      auth: none(),
      http: () => ({ baseUrl: url }),
      throttle,
      account: () => 'one',
      classify: byHttpStatus,
      check: async ({ http }) => {
        await http.get('/');
        return [];
      },
      streams: {},
    });
    return openSession(connector, { settings: {}, tokens: memoryTokens(), budget, egress: [new URL(url).host], now: () => NOW });
  };
  const call = async (throttle: Throttle, budget = memoryBudget()): Promise<ConnectorFailure | undefined> => {
    const session = open(throttle, budget);
    return session
      .check()
      .then(
        () => undefined,
        (error: ConnectorFailure) => error,
      )
      .finally(() => session.close());
  };

  it.each<[NonNullable<Throttle['headers']>[number]['unit'], string, number]>([
    ['seconds', '7', 7_000],
    ['seconds', '1800000000', 3_600_000],
    ['epoch', String(NOW.getTime() / 1_000 + 11), 11_000],
    ['epoch-ms', String(NOW.getTime() + 13_000), 13_000],
    ['http-date', 'Tue, 01 Dec 2026 10:00:09 GMT', 9_000],
    ['http-date', 'soon', 30_000],
    ['epoch', 'soon', 30_000],
    ['epoch', String(NOW.getTime() / 1_000 - 60), 1_000],
  ])('a declared header in %s, %s, is a wait of %i ms', async (unit, value, retryAfterMs) => {
    answer = (_, response) => void response.writeHead(429, { 'x-come-back': value, 'retry-after': '99' }).end();
    expect(await call({ perSecond: 100, headers: [{ name: 'X-Come-Back', unit }] })).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs });
  });

  it('the first declared header that is there counts', async () => {
    answer = (_, response) => void response.writeHead(429, { second: '5' }).end();
    const headers = [
      { name: 'first', unit: 'seconds' },
      { name: 'second', unit: 'seconds' },
    ] as const;
    expect((await call({ perSecond: 100, headers: [...headers] }))?.retryAfterMs).toBe(5_000);
  });

  it.each([
    ['0', 0, true],
    ['5', 5, true],
    ['6', 5, false],
    ['', 0, false],
    ['many', 0, false],
  ])('an answer with %j calls left and %i kept back ends the calls: %s', async (left, keep, ends) => {
    const budget = memoryBudget(() => NOW.getTime());
    const throttle: Throttle = { perSecond: 100, remaining: { header: 'X-Left', keep, reset: { name: 'X-Reset', unit: 'seconds' } } };
    answer = (_, response) => void response.writeHead(200, { 'x-left': left, 'x-reset': '40' }).end('{}');
    expect(await call(throttle, budget)).toBeUndefined();
    const next = await call(throttle, budget);
    expect(next).toEqual(ends ? expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs: 40_000 }) : undefined);
    expect(calls).toBe(ends ? 1 : 2);
  });

  it('no more calls are under way at the same time than it allows, whoever makes them', async () => {
    let [under, most] = [0, 0];
    answer = (_, response) => {
      under += 1;
      most = Math.max(most, under);
      setTimeout(() => {
        under -= 1;
        response.end('{}');
      }, 30);
    };
    const budget = memoryBudget();
    const sessions = [open({ perSecond: 1_000, concurrent: 2 }, budget), open({ perSecond: 1_000, concurrent: 2 }, budget)];
    await Promise.all(Array.from({ length: 8 }, (_, at) => sessions[at % 2].check()));
    for (const session of sessions) session.close();
    expect(most).toBe(2);
  });
});
