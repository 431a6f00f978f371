import {
  memoryBudget,
  memoryTokens,
  openSession,
  readDelivery,
  verifyWebhook,
  type ConnectorSession,
  type RawRecord,
} from '#hub/connector-sdk';
import { describeConnector } from '#hub/connector-sdk/conformance';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { control, harnesses, newKey, seeded, truthOf, type Sandbox } from './conformance.js';
import { ashby } from './connector.js';

for (const harness of harnesses) describeConnector(ashby, harness);

describe('ashby against the simulated ATS', () => {
  let sandbox: Sandbox;
  let session: ConnectorSession;
  let apiKey: string;
  const open = (key: string) => {
    const { host } = new URL(sandbox.url);
    const settings = { apiUrl: sandbox.url, callsPerSecond: 1_000 };
    return openSession(ashby, { settings, tokens: memoryTokens({ apiKey: key }), budget: memoryBudget(), egress: [host] });
  };
  const walk = async (stream: string, cursor?: string) => {
    const records: RawRecord[] = [];
    for (let at = cursor; ;) {
      const page = await session.pull(stream, { cursor: at });
      records.push(...page.records);
      at = page.nextCursor;
      if (page.done) return { records, cursor: at };
    }
  };
  const schedules = async () => (await truthOf(sandbox.url)).interviewSchedules;
  const scheduleOf = async (externalId: string) => (await schedules()).find(({ id }) => id === externalId);
  const payloadOf = async (externalId: string) => {
    const fetched = await session.fetch('interview-schedules', { externalId, parents: {} });
    if (fetched.state !== 'found') throw new Error(fetched.state);
    return fetched.record.payload;
  };
  const inputs = (applicationId: string, writeId: string) => ({
    body: {
      status: 'Scheduled',
      applicationId,
      interviewEvents: [
        {
          startTime: '2027-03-01T10:00:00Z',
          endTime: '2027-03-01T11:00:00Z',
          interviewers: [{ email: 'ida@example.com' }],
          extraData: { tributaryRef: 'A-1' },
        },
      ],
    },
    changed: [],
    writeId,
    parents: { application: applicationId },
  });

  beforeAll(async () => {
    ({ sandbox, apiKey } = await seeded());
    session = open(apiKey);
  });
  afterEach(() => control(sandbox.url, 'faults', undefined, 'DELETE'));
  afterAll(async () => {
    session.close();
    await sandbox.close();
  });

  test('every stream is walked whole, and stages are read again each time', async () => {
    const truth = await truthOf(sandbox.url);
    const count = async (stream: string) => new Set((await walk(stream)).records.map(({ externalId }) => externalId)).size;
    expect(await count('candidates')).toBe(truth.candidates.length);
    expect(await count('applications')).toBe(truth.applications.length);
    expect(await count('interview-schedules')).toBe(truth.interviewSchedules.length);
    expect(await count('jobs')).toBe(3);
    const first = await walk('stages');
    expect(first.records).toHaveLength(truth.interviewStages.length);
    expect((await walk('stages', first.cursor)).records).toEqual(first.records);
  });

  test('jobs and stages are the same whether listed or fetched', async () => {
    for (const stream of ['jobs', 'stages']) {
      const [record] = (await walk(stream)).records;
      expect(await session.fetch(stream, { externalId: record.externalId, parents: {} })).toEqual({ state: 'found', record });
    }
  });

  test('a history window leaves out the schedules created before it, on every page', async () => {
    const created = (await schedules()).map(({ createdAt }) => Date.parse(createdAt)).sort((a, b) => a - b);
    const since = new Date(created[Math.floor(created.length / 10)]);
    const expected = created.filter((at) => at > since.getTime()).length;
    expect([expected > 100, expected < created.length]).toEqual([true, true]);
    const records: RawRecord[] = [];
    for (let cursor: string | undefined, done = false; !done;) {
      const page = await session.pull('interview-schedules', { cursor, since });
      records.push(...page.records);
      ({ nextCursor: cursor, done } = page);
    }
    expect(records).toHaveLength(expected);
  });

  test.each(['token-expired', 'too-large'])('%s loses the cursor', async (kind) => {
    const { cursor } = await walk('candidates');
    await control(sandbox.url, 'faults', { kind, endpoint: 'candidate.list' });
    await expect(session.pull('candidates', { cursor })).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  });

  test('a schedule of this key is moved and cancelled, one of another key is refused with the reason', async () => {
    const all = await schedules();
    const pick = (own: boolean) => all.find(({ createdBy }) => (createdBy === 'hub') === own);
    const [mine, theirs] = [pick(true), pick(false)];
    if (!mine || !theirs) throw new Error('the seed has no such schedules');
    const change = async ({ id, applicationId }: typeof mine, body?: object) => {
      const input = inputs(applicationId, randomUUID());
      return session.update('interview-schedules', {
        ...input,
        ...(body && { body: { ...input.body, ...body } }),
        externalId: id,
        current: await payloadOf(id),
      });
    };
    await change(mine);
    expect((await scheduleOf(mine.id))?.interviewEvents[0].startTime).toBe('2027-03-01T10:00:00.000Z');
    await change(mine, { status: 'Cancelled' });
    expect((await scheduleOf(mine.id))?.status).toBe('Cancelled');
    await expect(change(theirs)).rejects.toMatchObject({
      code: 'PERMISSION',
      detail: expect.stringContaining('created with that key') as string,
      outcomeUnknown: false,
    });
    await expect(change(theirs, { status: 'Cancelled' })).rejects.toMatchObject({ code: 'PERMISSION' });
  });

  test('a create whose connection drops after the effect is found by its write id, lag or no lag, and exists once', async () => {
    const { applications } = await truthOf(sandbox.url);
    const input = inputs(applications[1].id, randomUUID());
    await control(sandbox.url, 'faults', { kind: 'lag', endpoint: 'interviewSchedule.create', ms: 500 });
    await control(sandbox.url, 'faults', { kind: 'drop-after-effect', endpoint: 'interviewSchedule.create' });
    await expect(session.create('interview-schedules', input)).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME', outcomeUnknown: true });
    expect(await session.find('interview-schedules', input)).toBeUndefined();
    await new Promise((later) => setTimeout(later, 700));
    const found = await session.find('interview-schedules', input);
    const made = (await schedules()).filter(({ applicationId }) => applicationId === input.body.applicationId);
    expect(made.map(({ id }) => id)).toContain(found?.externalId);
    const { writes } = await control<{ writes: { writeId?: string }[] }>(sandbox.url, 'writes');
    expect(writes.filter(({ writeId }) => writeId === input.writeId)).toHaveLength(1);
  });

  describe('a candidate of ours', () => {
    const name = 'Zoë O’Neill';
    const emails = ['zoe@people.example.org', 'zoe@work.example.org'];
    const input = () => ({
      body: {
        name,
        email: emails[0],
        emails,
        phoneNumber: '+49301234567',
        phoneAsTyped: '030 1234567',
        profiles: [{ kind: 'LinkedIn', url: 'https://www.linkedin.com/in/zoe' }],
      },
      changed: [],
      writeId: randomUUID(),
      parents: {},
    });
    const people = async () =>
      (await truthOf(sandbox.url)).candidates as unknown as { id: string; name: string; emailAddresses: object[] }[];

    test('has its addresses, the first of them primary, its number and its profile', async () => {
      const { externalId } = await session.create('candidates', input());
      expect((await people()).find(({ id }) => id === externalId)).toMatchObject({
        name,
        emailAddresses: [
          { value: emails[0], isPrimary: true },
          { value: emails[1], isPrimary: false },
        ],
        primaryPhoneNumber: { value: '+49301234567' },
        socialLinks: [{ type: 'LinkedIn', url: 'https://www.linkedin.com/in/zoe' }],
      });
      const typed = await session.create('candidates', { ...input(), body: { name: 'Ada', phoneAsTyped: '030 99' } });
      expect((await people()).find(({ id }) => id === typed.externalId)).toMatchObject({ primaryPhoneNumber: { value: '030 99' } });
    });

    test('is found by name and address when its answer is lost, among all that bear both', async () => {
      const write = { ...input(), body: { ...input().body, name: 'Ζωή O’Neill' } };
      expect(await session.alike('candidates', write)).toEqual([]);
      const { externalId } = await session.create('candidates', write);
      await control(sandbox.url, 'faults', { kind: 'drop-after-effect', endpoint: 'candidate.create' });
      await expect(session.create('candidates', write)).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME', outcomeUnknown: true });
      const bearers = (await people()).filter((one) => one.name === write.body.name).map(({ id }) => id);
      expect(bearers).toHaveLength(2);
      expect(bearers).toContain(externalId);
      const alike = async (body: object) =>
        (await session.alike('candidates', { ...write, body: { ...body } })).map((one) => one.externalId);
      expect((await alike(write.body)).sort()).toEqual(bearers.sort());
      expect(await alike({ ...write.body, name: 'Zoë' })).toEqual([]);
      expect(await alike({ name: write.body.name })).toHaveLength(2);
    });
  });

  test('a value that Ashby refuses names its parameter', async () => {
    const { applications } = await truthOf(sandbox.url);
    const input = inputs(applications[2].id, randomUUID());
    input.body.interviewEvents[0].endTime = '2027-03-01T09:00:00Z';
    await expect(session.create('interview-schedules', input)).rejects.toMatchObject({ code: 'INVALID_VALUE', field: 'endTime' });
    await expect(session.create('interview-schedules', inputs(randomUUID(), randomUUID()))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('permission lost on one record refuses that record, and no other', async () => {
    const { candidates } = await truthOf(sandbox.url);
    await control(sandbox.url, 'faults', { kind: 'permission-lost', resource: 'candidate', id: candidates[0].id });
    const read = ({ id }: { id: string }) => session.fetch('candidates', { externalId: id, parents: {} });
    await expect(read(candidates[0])).rejects.toMatchObject({ code: 'PERMISSION' });
    expect((await read(candidates[1])).state).toBe('found');
  });

  test('the connection test names what the key may not do', async () => {
    expect((await session.check()).every(({ ok }) => ok)).toBe(true);
    const poor = open(await newKey(sandbox.url, 'poor', ['candidatesRead']));
    const checks = await poor.check().finally(() => poor.close());
    expect(checks.filter(({ ok }) => !ok)).toEqual([
      { name: 'jobs', ok: false, detail: expect.stringContaining('jobsRead') as string },
      { name: 'interviews', ok: false, detail: expect.stringContaining('interviewsRead') as string },
    ]);
    const wrong = open('nobody');
    expect(await wrong.check().finally(() => wrong.close())).toEqual([
      { name: 'access', ok: false, detail: expect.stringContaining('API key') as string },
    ]);
  });

  test('a delivery of the ATS is verified and hints the record that changed', async () => {
    const delivered: { headers: Record<string, string>; rawBody: Buffer }[] = [];
    const receiver = createServer((request, response) => {
      void request.toArray().then((chunks) => {
        delivered.push({ headers: request.headers as Record<string, string>, rawBody: Buffer.concat(chunks as Buffer[]) });
        response.end();
      });
    });
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
    await control(sandbox.url, 'webhooks', { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, secret: 's-1' });
    const { candidates } = await truthOf(sandbox.url);
    const [from, into] = [candidates[10].id, candidates[11].id];
    await control(sandbox.url, 'merge', { from, into });
    for (let tries = 0; delivered.length === 0 && tries < 100; tries++) await new Promise((later) => setTimeout(later, 50));
    receiver.closeAllConnections();
    receiver.close();
    const { webhook } = ashby;
    if (!webhook) throw new Error('no webhook');
    const verdicts = delivered.map(async (one) => {
      const delivery = await readDelivery({ method: 'POST', ...one });
      return verifyWebhook(webhook.verify, { delivery, secrets: ['s-1'], now: new Date() });
    });
    expect(await Promise.all(verdicts)).toEqual(delivered.map(() => ({ ok: true })));
    const hints = delivered.flatMap(({ rawBody }) => webhook.hints(JSON.parse(rawBody.toString())));
    expect(hints).toEqual(
      expect.arrayContaining([
        { stream: 'candidates', externalId: from, movedTo: into },
        { stream: 'candidates', externalId: into },
      ]),
    );
    expect((await session.fetch('candidates', { externalId: into, parents: {} })).state).toBe('found');
  });
});
