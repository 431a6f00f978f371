import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from './sandbox.js';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers of many shapes, asserted field by field
interface Asked {
  status: number;
  headers: Headers;
  body: Json;
}

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let key: string;
let other: string;

async function send(method: string, path: string, { body, auth }: { body?: unknown; auth?: string } = {}): Promise<Asked> {
  const headers = {
    'content-type': 'application/json',
    ...(auth && { authorization: `Basic ${Buffer.from(`${auth}:`).toString('base64')}` }),
  };
  const answer = await fetch(sandbox.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? (JSON.parse(text) as Json) : { text } };
}
const api = (endpoint: string, body: Json = {}, auth = key) => send('POST', `/${endpoint}`, { body, auth });
const control = async (path: string, body?: Json) => (await send(body ? 'POST' : 'GET', `/sandbox/${path}`, { body })).body;
const event = (more: Json = {}): Json => ({
  startTime: '2030-05-01T10:00:30.000Z',
  endTime: '2030-05-01T11:00:30.000Z',
  interviewers: [{ email: 'ines.costa@company.example.com' }],
  extraData: { tributaryWriteId: 'write-1' },
  ...more,
});
const firstApplication = async () => ((await control('truth')).applications as Json[])[0] as Json;
const created = async (auth = key) =>
  (await api('interviewSchedule.create', { applicationId: (await firstApplication()).id, interviewEvents: [event()] }, auth)).body
    .results as Json;

beforeEach(async () => {
  sandbox = await startSandbox();
  key = (await control('keys', { name: 'hub' })).key as string;
  other = (await control('keys', { name: 'other', permissions: ['interviewsWrite'] })).key as string;
});
afterEach(() => sandbox.close());

const seeded = (more: Json = {}) =>
  control('seed', {
    seed: 3,
    candidates: 12,
    jobs: 2,
    interviewShare: 0.5,
    hubKey: key,
    createdWithHubKey: 0.5,
    startAt: '2030-01-01T08:00:00.000Z',
    ...more,
  });

describe('who may call', () => {
  it('refuses a wrong key with 401, a missing permission with 403 and an unknown endpoint with 404', async () => {
    expect((await api('job.list', {}, 'nobody')).status).toBe(401);
    expect((await api('job.list', {}, other)).body.errorInfo.code).toBe('missing_endpoint_permission');
    expect((await api('job.list', {}, other)).status).toBe(403);
    expect((await api('job.destroy')).status).toBe(404);
    expect((await api('apiKey.info')).headers.get('x-tributary-sandbox')).toBe('1');
  });

  it('refuses unknown parameters and wrong types with HTTP 200', async () => {
    for (const body of [{ colour: 'red' }, { limit: 101 }, { limit: '5' }, { createdAfter: '2026' }]) {
      const { status, body: answer } = await api('candidate.list', body);
      expect([status, answer.success, answer.errors, answer.errorInfo.code]).toEqual([200, false, ['invalid_input'], 'invalid_input']);
    }
  });
});

describe('seeding', () => {
  it('gives the same records for the same seed, and every kind of bad record', async () => {
    const first = await seeded({ badRecords: 5 });
    const truth = await control('truth');
    await sandbox.close();
    sandbox = await startSandbox();
    key = (await control('keys', { name: 'hub' })).key as string;
    expect(await seeded({ badRecords: 5 })).toEqual(first);
    expect((await control('truth')).candidates).toEqual(truth.candidates);
    expect((first.bad as Json[]).map(({ kind }) => kind as string)).toEqual([
      'empty-name',
      'malformed-email',
      'unknown-stage-type',
      'on-hold',
      'invalid-start-time',
    ]);
    expect(new Set((truth.candidates as Json[]).map((one) => one.primaryEmailAddress.value as string)).size).toBe(17);
  });

  it('shares the schedules out between the keys', async () => {
    await seeded({ interviewShare: 1 });
    const owners = ((await control('truth')).interviewSchedules as Json[]).map(({ createdBy }) => createdBy as string);
    expect([owners.length, owners.filter((owner) => owner === 'hub').length]).toEqual([12, 6]);
  });
});

describe('lists', () => {
  it('pages, gives the sync token on the last page only, and then only what changed', async () => {
    await seeded();
    const one = (await api('candidate.list', { limit: 8 })).body;
    expect([one.results.length, one.moreDataAvailable, one.syncToken]).toEqual([8, true, undefined]);
    const changedMidWalk = one.results[0].id as string;
    await control('edit', { resource: 'candidate', id: changedMidWalk, patch: { position: 'Nurse' } });
    const two = (await api('candidate.list', { limit: 8, cursor: one.nextCursor })).body;
    expect([two.results.length, two.moreDataAvailable]).toEqual([4, false]);
    const changes = (await api('candidate.list', { syncToken: two.syncToken })).body;
    expect(changes.results.map(({ id }: Json) => id as string)).toEqual([changedMidWalk]);
    expect((await api('candidate.list', { syncToken: changes.syncToken })).body.results).toEqual([]);
  });

  it('does not know tokens and cursors of another list or of a forgotten time', async () => {
    await seeded();
    const { nextCursor } = (await api('candidate.list', { limit: 2 })).body;
    const { syncToken } = (await api('job.list')).body;
    expect((await api('application.list', { cursor: nextCursor })).body.errorInfo.code).toBe('invalid_cursor');
    expect((await api('candidate.list', { syncToken })).body.errorInfo.code).toBe('sync_token_expired');
    expect((await api('job.list', { syncToken })).body.success).toBe(true);
    await control('forget-tokens', {});
    expect((await api('job.list', { syncToken })).body.errorInfo.code).toBe('sync_token_expired');
    expect((await api('candidate.list', { cursor: nextCursor })).body.errorInfo.code).toBe('invalid_cursor');
  });

  it('searches by e-mail and name together', async () => {
    await seeded();
    const [person] = (await control('truth')).candidates as Json[];
    const email = (person?.primaryEmailAddress.value as string).toUpperCase();
    expect((await api('candidate.search', { email })).body.results).toHaveLength(1);
    expect((await api('candidate.search', { email, name: 'nobody at all' })).body.results).toEqual([]);
    expect((await api('candidate.search', { phone: '1' })).body.errorInfo.code).toBe('invalid_input');
  });
});

describe('interview schedules', () => {
  it('creates, moves and cancels, and logs the writes with their write id', async () => {
    await seeded();
    const schedule = await created();
    const moved = event({ interviewEventId: schedule.interviewEvents[0].id, endTime: '2030-05-01T12:00:30.000Z', extraData: undefined });
    const update = (await api('interviewSchedule.update', { interviewScheduleId: schedule.id, interviewEvent: moved })).body
      .results as Json;
    expect([update.interviewEvents.length, update.interviewEvents[0].endTime]).toEqual([1, moved.endTime]);
    expect(update.interviewEvents[0].extraData).toEqual({ tributaryWriteId: 'write-1' });
    expect((await api('interviewSchedule.cancel', { id: schedule.id })).body.results.status).toBe('Cancelled');
    const { writes } = await control('writes');
    expect(writes.map(({ seq, endpoint, id, key: name, writeId }: Json) => [seq, endpoint, id, name, writeId] as unknown[])).toEqual(
      ['create', 'update', 'cancel'].map((verb, index) => [index + 1, `interviewSchedule.${verb}`, schedule.id, 'hub', 'write-1']),
    );
  });

  it('lets only the creating key change them', async () => {
    await seeded();
    const schedule = await created();
    const { status, body } = await api('interviewSchedule.cancel', { id: schedule.id }, other);
    expect([status, body.success, body.errorInfo.code]).toEqual([200, false, 'insufficient_permissions']);
    expect((await control('writes')).writes).toHaveLength(1);
  });

  it('has no idempotency: the same create twice makes two', async () => {
    await seeded({ interviewShare: 0 });
    await created();
    await created();
    const { id } = await firstApplication();
    expect((await api('interviewSchedule.list', { applicationId: id })).body.results).toHaveLength(2);
  });
});

describe('stages', () => {
  it('moves an application with its history, and wants a reason for archiving', async () => {
    await seeded();
    const { id, currentInterviewStage } = await firstApplication();
    const { interviewStages, archiveReasons } = await control('truth');
    const archived = (interviewStages as Json[]).find(({ type }) => type === 'Archived') as Json;
    const move = { applicationId: id, interviewStageId: archived.id as string };
    expect((await api('application.changeStage', move)).body.errorInfo.code).toBe('invalid_input');
    const { results } = (await api('application.changeStage', { ...move, archiveReasonId: archiveReasons[0].id })).body;
    expect([results.status, results.archiveReason.id]).toEqual(['Archived', archiveReasons[0].id]);
    const history = (await api('application.listHistory', { applicationId: id })).body.results as Json[];
    expect(history.map(({ stageId }) => stageId as string)).toEqual([currentInterviewStage.id, archived.id]);
  });
});

describe('faults', () => {
  beforeEach(() => seeded({ interviewShare: 0 }));

  it('drops the connection after the create took effect', async () => {
    const { id } = await firstApplication();
    await control('faults', { kind: 'drop-after-effect', endpoint: 'interviewSchedule.create' });
    await expect(api('interviewSchedule.create', { applicationId: id, interviewEvents: [event()] })).rejects.toThrow();
    expect((await control('truth')).interviewSchedules).toHaveLength(1);
    expect((await created()).status).toBe('Scheduled');
  });

  it('hides a record while it lags, without losing it to the incremental walk', async () => {
    await control('faults', { kind: 'lag', endpoint: 'interviewSchedule.create', ms: 300 });
    const schedule = await created();
    const hidden = (await api('interviewSchedule.list')).body;
    expect(hidden.results).toEqual([]);
    await new Promise((done) => setTimeout(done, 350));
    const seen = (await api('interviewSchedule.list', { syncToken: hidden.syncToken })).body.results as Json[];
    expect(seen.map(({ id }) => id as string)).toEqual([schedule.id]);
  });

  it('shows a changed record as it was while it lags', async () => {
    const schedule = await created();
    await control('faults', { kind: 'lag', ms: 300 });
    await api('interviewSchedule.cancel', { id: schedule.id });
    const status = async () => ((await api('interviewSchedule.list')).body.results as Json[])[0]?.status as string;
    expect(await status()).toBe('Scheduled');
    await new Promise((done) => setTimeout(done, 350));
    expect(await status()).toBe('Cancelled');
  });

  it('answers with every form of Retry-After, once each', async () => {
    const forms: Record<string, RegExp | null> = { seconds: /^7$/, date: / GMT$/, epoch: /^\d{10}$/, missing: null, absurd: /^\d{9}$/ };
    for (const [form, wanted] of Object.entries(forms)) {
      await control('faults', { kind: 'rate-limit', form, seconds: 7 });
      const { status, headers } = await api('job.list');
      expect(status).toBe(429);
      if (wanted) expect(headers.get('retry-after')).toMatch(wanted);
      else expect(headers.get('retry-after')).toBeNull();
    }
    expect((await api('job.list')).status).toBe(200);
  });

  it('expires tokens, finds increments too large, repeats a record, loses one', async () => {
    const { syncToken } = (await api('candidate.list')).body;
    await control('faults', { kind: 'token-expired' });
    expect((await api('candidate.list', { syncToken })).body.errorInfo.code).toBe('sync_token_expired');
    await control('faults', { kind: 'too-large' });
    expect((await api('candidate.list', { syncToken })).body.errorInfo.code).toBe('incremental_sync_too_large');
    await control('faults', { kind: 'duplicate-record' });
    const one = (await api('candidate.list', { limit: 6 })).body;
    const two = (await api('candidate.list', { limit: 12, cursor: one.nextCursor })).body;
    expect(two.results[0].id).toBe(one.results[5].id);
    await control('faults', { kind: 'permission-lost', id: one.results[0].id });
    expect((await api('candidate.info', { id: one.results[0].id })).body.errorInfo.code).toBe('insufficient_permissions');
    expect((await api('candidate.list')).body.results).toHaveLength(11);
  });

  it('breaks answers: html, truncated, server error, unknown enum, cut times', async () => {
    await control('faults', { kind: 'html' });
    expect((await api('job.list')).headers.get('content-type')).toContain('text/html');
    await control('faults', { kind: 'truncated' });
    await expect(api('job.list')).rejects.toThrow();
    await control('faults', { kind: 'server-error', status: 502 });
    expect((await api('job.list')).status).toBe(502);
    await control('faults', { kind: 'unknown-enum', resource: 'job' });
    expect((await api('job.list')).body.results[0].status).toBe('Paused');
    expect((await api('job.list')).body.results[0].status).toBe('Open');
    await control('faults', { kind: 'reformat' });
    expect((await created()).interviewEvents[0].startTime).toBe('2030-05-01T10:00:00.000Z');
  });
});

describe('what a recruiter does, and who hears of it', () => {
  interface Heard {
    action: string;
    data: Json;
    genuine: boolean;
  }
  let listener: Server;
  let heard: Heard[];
  const until = async (count: number) => {
    for (let tries = 0; heard.length < count && tries < 100; tries++) await new Promise((done) => setTimeout(done, 20));
    return heard;
  };

  beforeEach(async () => {
    heard = [];
    listener = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const raw = Buffer.concat(chunks);
        const signature = `sha256=${createHmac('sha256', 'secret').update(raw).digest('hex')}`;
        heard.push({
          ...(JSON.parse(raw.toString()) as { action: string; data: Json }),
          genuine: request.headers['ashby-signature'] === signature,
        });
        response.end('{}');
      });
    });
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    await seeded();
    await control('webhooks', { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/hook`, secret: 'secret' });
  });
  afterEach(() => new Promise((done) => listener.close(done)));

  it('moves a schedule whoever made it, and signs the news', async () => {
    const [schedule] = (await control('truth')).interviewSchedules as Json[];
    await control('edit', {
      resource: 'interviewSchedule',
      id: schedule?.id,
      patch: { startTime: '2031-01-01T08:00:00.000Z', status: 'OnHold' },
    });
    const [after] = (await api('interviewSchedule.list', { applicationId: schedule?.applicationId })).body.results as Json[];
    expect([after?.status, after?.interviewEvents[0].startTime]).toEqual(['OnHold', '2031-01-01T08:00:00.000Z']);
    const [news] = await until(1);
    expect([news?.action, news?.genuine, news?.data.interviewSchedule.id]).toEqual(['interviewScheduleUpdate', true, schedule?.id]);
  });

  it('merges two candidates: the old id is gone, the news names both', async () => {
    const [from, into] = ((await control('truth')).candidates as Json[]).map(({ id }) => id as string);
    await control('merge', { from, into });
    expect((await api('candidate.info', { id: from })).body.errorInfo.code).toBe('candidate_not_found');
    expect((await api('candidate.info', { id: into })).body.results.applicationIds).toHaveLength(2);
    expect((await until(1))[0]).toMatchObject({
      action: 'candidateMerge',
      data: { deletedCandidate: { id: from }, mergedCandidate: { id: into } },
    });
  });

  it('delivers in the wrong order on demand', async () => {
    const { id } = await firstApplication();
    await control('faults', { kind: 'webhook-reorder' });
    for (const status of ['Lead', 'Active']) await control('edit', { resource: 'application', id, patch: { status } });
    expect((await until(2)).map(({ data }) => data.application.status as string)).toEqual(['Active', 'Lead']);
  });

  it('mends a planted record', async () => {
    const { bad } = await control('seed', { seed: 4, candidates: 0, jobs: 1, badRecords: 5, startAt: '2030-01-01T08:00:00.000Z' });
    const patches = [
      { name: 'Ada' },
      { primaryEmailAddress: { value: 'ada@example.org' } },
      { currentInterviewStage: { type: 'Active' } },
      { status: 'Scheduled' },
      { startTime: '2030-01-02T08:00:00.000Z' },
    ];
    const mended = await Promise.all(
      (bad as Json[]).map(({ resource, id }, index) => control('edit', { resource, id, patch: patches[index] })),
    );
    expect(mended[0]?.name).toBe('Ada');
    expect(mended[1]?.emailAddresses).toEqual([{ value: 'ada@example.org', type: 'Personal', isPrimary: true }]);
    expect(mended[2]?.currentInterviewStage.type).toBe('Active');
    expect(mended[3]?.status).toBe('Scheduled');
    expect(mended[4]?.interviewEvents[0].startTime).toBe('2030-01-02T08:00:00.000Z');
  });

  it('doubles and forges deliveries on demand', async () => {
    const { id } = await firstApplication();
    await control('faults', { kind: 'webhook-duplicate' });
    await control('faults', { kind: 'webhook-forge' });
    await control('edit', { resource: 'application', id, patch: { status: 'Lead' } });
    expect((await until(3)).map(({ genuine }) => genuine).sort()).toEqual([false, true, true]);
  });
});

it('keeps its state across a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  try {
    await sandbox.close();
    sandbox = await startSandbox({ statePath: join(folder, 'state.json') });
    key = (await control('keys', { name: 'hub' })).key as string;
    await seeded();
    const { syncToken } = (await api('job.list')).body;
    const before = await control('truth');
    await sandbox.close();
    sandbox = await startSandbox({ statePath: join(folder, 'state.json') });
    expect(await control('truth')).toEqual(before);
    expect((await api('job.list', { syncToken })).body.results).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
