import { memoryBudget, memoryFiles, memoryTokens, openSession, type ConnectorSession } from '#hub/connector-sdk';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { startSandbox } from '../../apps/sandbox/src/sandbox.js';
import { describeIf } from '../../test/capabilities.js';
import { ashby } from './connector.js';

const ROOT = resolve(__dirname, '../..');
const DESCRIPTION = join(ROOT, '../shared/vendor-specs/ashby-openapi.yml');
const STREAMS = ['jobs', 'stages', 'candidates', 'applications', 'interview-schedules'];

describeIf('vendor_specs', "every call keeps to Ashby's own description", () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let spoiler: Spoiler;
  let prism: { url: string; stop: () => Promise<void> };
  let apiKey: string;
  let session: ConnectorSession;

  beforeAll(async () => {
    sandbox = await startSandbox();
    ({ key: apiKey } = await control<{ key: string }>('keys', { name: 'hub' }));
    await control('seed', { seed: 3, candidates: 130, jobs: 2, interviewShare: 1, createdWithHubKey: 0.5, hubKey: apiKey });
    spoiler = await startSpoiler(sandbox.url);
    prism = await startPrism(spoiler.url);
    session = openSession(ashby, {
      settings: { apiUrl: prism.url, callsPerSecond: 1_000 },
      tokens: memoryTokens({ apiKey }),
      budget: memoryBudget(),
      // Addresses of files are the vendor's own.
      egress: [new URL(prism.url).host, new URL(sandbox.url).host],
      files: memoryFiles(),
    });
  }, 120_000);
  afterAll(async () => {
    session?.close();
    await prism?.stop();
    await spoiler?.stop();
    await sandbox?.close();
  });

  async function control<Answer>(path: string, body: object): Promise<Answer> {
    const init = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return (await (await fetch(`${sandbox.url}/sandbox/${path}`, init)).json()) as Answer;
  }
  async function walk(stream: string, start?: string, since?: Date) {
    const first = await session.pull(stream, { cursor: start, since });
    let page = first;
    while (!page.done) page = await session.pull(stream, { cursor: page.nextCursor });
    return { records: first.records, cursor: page.nextCursor };
  }

  test.each(STREAMS)('walks, increments and single reads of %s', async (stream) => {
    const { records, cursor } = await walk(stream, undefined, new Date('2020-01-01'));
    expect(records.length).toBeGreaterThan(0);
    await walk(stream, cursor);
    for (const { externalId } of records.slice(0, 3))
      expect((await session.fetch(stream, { externalId, parents: {} })).state).toBe('found');
    expect(await session.fetch(stream, { externalId: randomUUID(), parents: {} })).toEqual({ state: 'gone' });
  });

  test('files of candidates', async () => {
    const { records } = await walk('candidates');
    const notes = records.flatMap(({ payload }) => (payload as { files?: { sha256: string | null }[] }).files ?? []);
    expect(notes.length).toBeGreaterThan(0);
    expect(notes.every(({ sha256 }) => sha256 !== null)).toBe(true);
  });

  test('a candidate is created and found by name and address', async () => {
    const body = {
      name: 'Zoë O’Neill',
      email: 'zoe@people.example.org',
      emails: ['zoe@people.example.org', 'zoe@work.example.org'],
      phoneNumber: '+49301234567',
    };
    const write = { body, writeId: randomUUID(), changed: [], parents: {} };
    const { externalId } = await session.create('candidates', write);
    expect(await session.alike('candidates', write)).toEqual([{ externalId }]);
    expect(await session.alike('candidates', { ...write, body: { name: body.name } })).toEqual([{ externalId }]);
  });

  test('the life of an interview schedule, and the connection test', async () => {
    const [{ externalId: applicationId }] = (await walk('applications')).records;
    const event = (hour: string) => ({
      startTime: `2027-01-11T${hour}:00:00.000Z`,
      endTime: `2027-01-11T${hour}:30:00.000Z`,
      interviewers: [{ email: 'ida@example.com' }],
      extraData: { tributaryRef: 'A-1' },
    });
    const write = { writeId: randomUUID(), changed: [], parents: { application: applicationId } };
    const body = (hour: string) => ({ applicationId, status: 'Scheduled', interviewEvents: [event(hour)] });
    const { externalId } = await session.create('interview-schedules', { ...write, body: body('10') });
    expect(await session.find('interview-schedules', { ...write, body: body('10') })).toEqual({ externalId });
    const made = await session.fetch('interview-schedules', { externalId, parents: write.parents });
    const current = made.state === 'found' ? made.record.payload : undefined;
    await session.update('interview-schedules', { ...write, body: body('14'), externalId, current });
    await session.remove('interview-schedules', { externalId, parents: write.parents });
    expect((await session.check()).every(({ ok }) => ok)).toBe(true);
  });

  test.each<[string, (body: Planted) => unknown]>([
    [
      'an answer without a field that the description requires',
      ({ results: [first, ...rest] }) => [{ ...first, emailAddresses: undefined }, ...rest],
    ],
    ['an answer of another type', ({ results: [first, ...rest] }) => [{ ...first, name: 7 }, ...rest]],
  ])('planted: %s fails the call', async (_, results) => {
    spoiler.spoil((body) => ({ ...body, results: results(body) }));
    await expect(session.pull('candidates', {})).rejects.toMatchObject({ code: 'TRANSIENT', status: 500 });
    spoiler.spoil(undefined);
    await expect(session.pull('candidates', {})).resolves.toBeDefined();
  });

  test('planted: a call that the description does not allow fails before it reaches Ashby', async () => {
    const send = (body: object) =>
      fetch(`${prism.url}/interviewSchedule.create`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}` },
        body: JSON.stringify(body),
      });
    const before = spoiler.seen();
    expect((await send({ applicationId: 'no uuid', interviewEvents: [] })).status).toBe(422);
    expect(spoiler.seen()).toBe(before);
  });
});

interface Planted extends Record<string, unknown> {
  results: Record<string, unknown>[];
}
interface Spoiler {
  url: string;
  /** Changes every answer until called with nothing. */
  spoil: (change: ((body: Planted) => unknown) | undefined) => void;
  /** Calls that came through. */
  seen: () => number;
  stop: () => Promise<void>;
}

/** Stands between prism and the simulated ATS, to plant violations. */
async function startSpoiler(target: string): Promise<Spoiler> {
  let change: ((body: Planted) => unknown) | undefined;
  let seen = 0;
  const server: Server = createServer(async (request, response) => {
    seen += 1;
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const headers = { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' };
    const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body });
    const value = (await answer.json()) as Planted;
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(change ? change(value) : value));
  });
  await listening(server);
  return {
    url: addressOf(server),
    spoil: (next) => (change = next),
    seen: () => seen,
    stop: () => closed(server),
  };
}

/** Prism as a proxy that turns every violation of the description into a failed call. */
async function startPrism(upstream: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const args = ['proxy', DESCRIPTION, upstream, '--errors', '--port', String(port), '--host', '127.0.0.1', '--verboseLevel', 'silent'];
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/@stoplight/prism-cli/dist/index.js'), ...args], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`prism ended with ${child.exitCode}`);
    if (await fetch(url).then(() => true, () => false)) return { url, stop: () => ended(child) }; // prettier-ignore
    await new Promise((later) => setTimeout(later, 100));
  }
  await ended(child);
  throw new Error('prism did not start');
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null) return done();
    child.once('exit', () => done());
    child.kill('SIGTERM');
  });
}

const listening = (server: Server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server);
  const { port } = server.address() as AddressInfo;
  await closed(server);
  return port;
}
