import { accountOf, memoryBudget, memoryTokens, openSession, readDelivery, verifyWebhook, type CallFailure } from '#hub/connector-sdk';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { classifyAnswer, refusal } from './classify-answer.js';
import { ashby } from './connector.js';
import { hintsOf } from './hints-of.js';
import { parsePage, parseSchedule } from './payloads.js';

const fixture = <Shape>(name: string) => JSON.parse(readFileSync(join(__dirname, 'fixtures', `${name}.json`), 'utf8')) as Shape;
interface PageFixture {
  body: unknown;
  page: unknown;
}
const scheduleFixture = fixture<{ payload: { id: string; interviewEvents: object[] }; schedule: unknown }>('schedule');
const { payload: schedule } = scheduleFixture;

/** Answers in order; the last one stays. What was asked is kept. */
let answers: unknown[] = [];
const asked: { path: string; body: Record<string, unknown>; headers: Record<string, unknown> }[] = [];
let server: Server;
let apiUrl: string;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    asked.push({
      path: request.url ?? '',
      body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
      headers: request.headers,
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers.length > 1 ? answers.shift() : answers[0]));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => asked.splice(0));
afterAll(() => {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
});

async function withSession<Result>(
  work: (session: ReturnType<typeof openSession>) => Promise<Result>,
  settings: object = {},
): Promise<Result> {
  const options = {
    settings: { apiUrl, callsPerSecond: 1_000, ...settings },
    tokens: memoryTokens({ apiKey: 'key-1' }),
    budget: memoryBudget(),
  };
  const session = openSession(ashby, { ...options, egress: [new URL(apiUrl).host] });
  return work(session).finally(() => session.close());
}
const bodies = () => asked.map(({ path, body }) => [path.slice(1), body]);
const write = (body: Record<string, unknown>) => ({ body, changed: [], writeId: 'w-1', parents: { application: 'a-1' } });
const update = (body: Record<string, unknown>, current: unknown = schedule) => ({ ...write(body), externalId: schedule.id, current });
const ok = (results: unknown) => ({ success: true, results });

describe('payloads', () => {
  test.each(['page', 'last-page'])('fixture %s', (name) => {
    const { body, page } = fixture<PageFixture>(name);
    expect(parsePage(body)).toEqual(page);
  });

  test('a schedule, with people who cannot be named left out', () => {
    expect(parseSchedule(schedule)).toEqual(scheduleFixture.schedule);
  });

  test.each([
    [{ success: true }, 'results'],
    [{ success: true, results: [{ name: 'no id' }], moreDataAvailable: false }, 'no id'],
    [{ success: true, results: [], moreDataAvailable: true }, 'nextCursor'],
  ])('%j is SCHEMA_DRIFT', (body, detail) => {
    expect(() => parsePage(body)).toThrow(
      expect.objectContaining({ code: 'SCHEMA_DRIFT', detail: expect.stringContaining(detail) as string }),
    );
  });
});

describe('cursor', () => {
  test('a walk repeats its window and token on every page, and the next one starts from the new token', async () => {
    const page = (more: object) => ({ ...ok([]), ...more });
    answers = [
      page({ moreDataAvailable: true, nextCursor: 'p2' }),
      page({ moreDataAvailable: false, syncToken: 't1' }),
      page({ moreDataAvailable: true, nextCursor: 'p3' }),
      page({ moreDataAvailable: false, syncToken: 't2' }),
    ];
    await withSession(async (session) => {
      let cursor: string | undefined;
      for (const since of [1_000, 2_000, 3_000, 4_000])
        ({ nextCursor: cursor } = await session.pull('interview-schedules', { cursor, since: new Date(since) }));
      expect(cursor).toBe('{"walk":"token","token":"t2"}');
    });
    expect(asked.map(({ body }) => body)).toEqual([
      { createdAfter: 1_000 },
      { createdAfter: 1_000, cursor: 'p2' },
      { syncToken: 't1' },
      { syncToken: 't1', cursor: 'p3' },
    ]);
    expect(asked[0].headers).toMatchObject({
      authorization: `Basic ${Buffer.from('key-1:').toString('base64')}`,
      accept: 'application/json; version=1',
    });
  });

  test('people and applications have no window: old ones still get new interviews', async () => {
    answers = [{ ...ok([]), moreDataAvailable: false }];
    await withSession(async (session) => {
      for (const stream of ['candidates', 'applications']) await session.pull(stream, { since: new Date(5) });
    });
    expect(asked.map(({ body }) => body)).toEqual([{}, {}]);
  });

  test('jobs are asked for in every status and without a window', async () => {
    answers = [{ ...ok([]), moreDataAvailable: false }];
    await withSession((session) => session.pull('jobs', { since: new Date(5) }));
    expect(bodies()).toEqual([['job.list', { status: ['Draft', 'Open', 'Closed', 'Archived'] }]]);
  });

  test('stages are read plan by plan, and the next walk reads them all again', async () => {
    const plans = ['p-1', 'p-2'].map((id) => ({ id }));
    const stages = (id: string) => ({ ...ok([{ id }]), moreDataAvailable: false });
    answers = [
      { ...ok(plans), moreDataAvailable: true, nextCursor: 'n' },
      stages('s-1'),
      stages('s-2'),
      { ...ok([]), moreDataAvailable: false },
    ];
    await withSession(async (session) => {
      const first = await session.pull('stages', {});
      expect([first.records.map(({ externalId }) => externalId), first.done]).toEqual([['s-1', 's-2'], false]);
      const last = await session.pull('stages', { cursor: first.nextCursor });
      expect([last.nextCursor, last.done]).toEqual(['{"walk":"token"}', true]);
    });
    expect(asked[3].body).toEqual({ includeArchived: true, cursor: 'n' });
  });
});

describe('answers that say no', () => {
  interface Refused {
    why: string;
    status: number;
    body: unknown;
    code: string;
    detail?: string;
    field?: string;
  }
  test.each(fixture<Refused[]>('refusals').map((one) => [one.why, one] as const))('%s', (_, { status, body, code, detail, field }) => {
    const response = { status, headers: {}, text: '', json: () => body };
    const failure = status === 200 ? refusal(response) : ({ status, headers: {}, body, sent: true, method: 'POST' } satisfies CallFailure);
    expect(failure).toBeDefined();
    const verdict = classifyAnswer(failure as CallFailure);
    const told = typeof verdict === 'string' ? { code: verdict } : verdict;
    expect(told).toMatchObject({ code, ...(detail && { detail: expect.stringContaining(detail) as string }), ...(field && { field }) });
    expect(JSON.stringify(told)).not.toContain('ada@');
  });

  test('success is no refusal', () => {
    expect(refusal({ status: 200, headers: {}, text: '', json: () => ok([]) })).toBeUndefined();
  });

  test('a fault of Ashby in answer to a write leaves its outcome open, a refusal does not', async () => {
    const create = () => withSession((session) => session.create('interview-schedules', write({ interviewEvents: [] })));
    answers = [{ success: false, errorInfo: { code: 'internal_server_error' } }];
    await expect(create()).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME', outcomeUnknown: true });
    answers = [{ success: false, errorInfo: { code: 'invalid_input' } }];
    await expect(create()).rejects.toMatchObject({ code: 'INVALID_VALUE', outcomeUnknown: false });
  });
});

describe('reading one record', () => {
  test('gone, moved into another one, or as a list shows it', async () => {
    await withSession(async (session) => {
      const read = (stream: string) => session.fetch(stream, { externalId: 'c-1', parents: {} });
      answers = [{ success: false, errors: ['candidate_not_found'] }];
      expect(await read('candidates')).toEqual({ state: 'gone' });
      answers = [ok({ id: 'c-2' })];
      expect(await read('candidates')).toEqual({ state: 'moved', movedTo: 'c-2' });
      answers = [ok({ id: 'c-1', status: 'Active', applicationHistory: [] })];
      expect(await read('applications')).toEqual({
        state: 'found',
        record: { externalId: 'c-1', payload: { id: 'c-1', status: 'Active' } },
      });
    });
  });

  test('a schedule is looked for among those of its application, page by page', async () => {
    answers = [
      { ...ok([{ id: 'other' }]), moreDataAvailable: true, nextCursor: 'n' },
      { ...ok([schedule]), moreDataAvailable: false },
    ];
    const fetched = await withSession((session) =>
      session.fetch('interview-schedules', { externalId: schedule.id, parents: { application: 'a-1' } }),
    );
    expect(fetched).toEqual({ state: 'found', record: { externalId: schedule.id, payload: schedule } });
    expect(bodies()).toEqual([
      ['interviewSchedule.list', { applicationId: 'a-1' }],
      ['interviewSchedule.list', { applicationId: 'a-1', cursor: 'n' }],
    ]);
  });
});

describe('writing interview schedules', () => {
  const [startTime, endTime] = ['2026-12-02T10:00:00Z', '2026-12-02T11:00:00Z'];
  const event = {
    startTime,
    endTime,
    interviewers: [{ email: 'cal@example.com' }],
    extraData: { tributaryWriteId: 'w-1', tributaryRef: 'A-1' },
  };

  test('create sends what Ashby takes: no status, and the fallback people where nobody is named', async () => {
    answers = [ok(schedule)];
    const body = {
      status: 'Scheduled',
      applicationId: 'a-1',
      interviewEvents: [{ ...event, extraData: { ...event.extraData, empty: null } }],
    };
    const nobody = { interviewEvents: [{ startTime, endTime }] };
    await withSession(
      async (session) => {
        expect(await session.create('interview-schedules', write(body))).toMatchObject({ externalId: schedule.id });
        await session.create('interview-schedules', write(nobody));
      },
      { interviewers: ['fallback@example.com'] },
    );
    expect(bodies()).toEqual([
      ['interviewSchedule.create', { applicationId: 'a-1', interviewEvents: [event] }],
      [
        'interviewSchedule.create',
        {
          applicationId: 'a-1',
          interviewEvents: [
            { startTime, endTime, interviewers: [{ email: 'fallback@example.com' }], extraData: { tributaryWriteId: 'w-1' } },
          ],
        },
      ],
    ]);
  });

  test('update moves the first event and keeps its people, interview and foreign extra data', async () => {
    answers = [ok(schedule)];
    await withSession((session) => session.update('interview-schedules', update({ status: 'Scheduled', interviewEvents: [event] })));
    const interviewEvent = {
      interviewEventId: '9a4b8c7d-1f2e-4c3d-8b5a-0e9f8d7c6b13',
      interviewId: '1e2d3c4b-5a69-4788-9c0d-ef1234567814',
      startTime,
      endTime,
      interviewers: [{ email: 'ida@example.com', feedbackRequired: false }],
      extraData: { tributaryWriteId: 'w-1', tributaryRef: 'A-1', theirs: 'kept' },
    };
    expect(bodies()).toEqual([['interviewSchedule.update', { interviewScheduleId: schedule.id, interviewEvent }]]);
  });

  test('a cancelled one is cancelled once, and never comes back', async () => {
    answers = [ok(schedule)];
    const cancelled = { ...schedule, status: 'Cancelled' };
    await withSession(async (session) => {
      await session.update('interview-schedules', update({ status: 'Cancelled' }));
      await session.update('interview-schedules', update({ status: 'Cancelled' }, cancelled));
      await session.remove('interview-schedules', { externalId: schedule.id, parents: {} });
      const back = session.update('interview-schedules', update({ status: 'Scheduled', interviewEvents: [event] }, cancelled));
      await expect(back).rejects.toMatchObject({ code: 'INVALID_VALUE', field: 'status' });
    });
    expect(bodies()).toEqual([
      ['interviewSchedule.cancel', { id: schedule.id }],
      ['interviewSchedule.cancel', { id: schedule.id }],
    ]);
  });

  test('a status that only Ashby gives is refused before any call', async () => {
    const change = { ...update({ status: 'Complete', interviewEvents: [event] }), changed: ['status'] };
    await expect(withSession((session) => session.update('interview-schedules', change))).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      field: 'status',
    });
    expect(asked).toEqual([]);
  });

  test('a write id finds its schedule, and no other', async () => {
    answers = [{ ...ok([schedule]), moreDataAvailable: false }];
    await withSession(async (session) => {
      expect(await session.find('interview-schedules', write({}))).toEqual({ externalId: schedule.id });
      expect(await session.find('interview-schedules', { ...write({}), writeId: 'w-2' })).toBeUndefined();
      await expect(session.find('interview-schedules', { ...write({}), parents: {} })).rejects.toMatchObject({
        code: 'DEPENDENCY_MISSING',
      });
    });
  });
});

describe('webhooks', () => {
  test('the signature is over the raw bytes', async () => {
    const verify = ashby.webhook?.verify;
    if (!verify) throw new Error('no webhook');
    const rawBody = Buffer.from('{"action":"ping", "data":{}}');
    const signature = `sha256=${createHmac('sha256', 's-1').update(rawBody).digest('hex')}`;
    const deliver = async (headers: Record<string, string>, body = rawBody) => {
      const delivery = await readDelivery({ method: 'POST', headers, rawBody: body });
      return (await verifyWebhook(verify, { delivery, secrets: ['s-1'], now: new Date() })).ok;
    };
    expect(await deliver({ 'ashby-signature': signature })).toBe(true);
    expect(await deliver({ 'ashby-signature': signature.slice(7) })).toBe(false);
    expect(await deliver({ 'ashby-signature': signature }, Buffer.from('{"action":"ping","data":{}}'))).toBe(false);
    expect(await deliver({})).toBe(false);
  });

  test.each([
    ['candidateMerge', { deletedCandidate: { id: 'old' }, mergedCandidate: { id: 'new' } }, ['candidates/new', 'candidates/old>new']],
    ['candidateDelete', { candidate: { id: 'c' } }, ['candidates/c']],
    ['candidateStageChange', { application: { id: 'a' } }, ['applications/a']],
    ['candidateHire', { application: { id: 'a' }, offer: { id: 'o' } }, ['applications/a']],
    ['interviewScheduleUpdate', { interviewSchedule: { id: 's' } }, ['interview-schedules/s']],
    ['jobUpdate', { job: { id: 'j' } }, ['jobs/j']],
    ['ping', { webhookActionType: 'ping' }, []],
    ['toString', { candidate: { id: 'c' } }, []],
    ['candidateDelete', { candidate: { id: 7 } }, []],
  ])('%s with %j hints %j', (action, data, hints) => {
    expect(
      hintsOf({ action, data }).map(({ stream, externalId, movedTo }) => `${stream}/${[externalId, movedTo].filter(Boolean).join('>')}`),
    ).toEqual(hints);
  });

  test('a body that is none hints nothing', () =>
    expect([hintsOf(null), hintsOf('x'), hintsOf({ action: 'jobUpdate' })]).toEqual([[], [], []]));
});

it('the account is Ashby’s own where the settings are silent', () => {
  expect(accountOf(ashby, {})).toBe('api.ashbyhq.com');
  expect(accountOf(ashby, { organization: 'Example AG' })).toBe('api.ashbyhq.com/Example AG');
});
