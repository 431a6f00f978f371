import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import pino from 'pino';
import { greenhouseAssessment } from '#connector/greenhouse-assessment';
import { indeedApply } from '#connector/indeed-apply';
import type { CanonicalValues } from '#hub/canonical';
import { createApiKey, type Role } from '#hub/governance';
import { loadMappings } from '#hub/mapping';
import { createConnection, type Actor } from '#hub/sync';
import { PaperHub, type PaperStream } from '../../../../test/engine/paper-hub.js';
import { paperConnector, paperMapping, PaperVendor } from '../../../../test/engine/paper-vendor.js';
import { createApi, type Api } from '../create-api.js';

const SECRET = 'indeed-api-secret';
const KEY = 'greenhouse-customer-key';
const CV = Buffer.from('%PDF-1.7 curriculum vitae of Ada');

interface Told {
  method: string;
  url: string;
  authorization: string;
}

describe('what partners call on us', () => {
  let house: PaperHub;
  let api: Api;
  let url: string;
  let greenhouse: Server;
  const told: Told[] = [];
  let greenhouseUrl: string;
  const jobs = new PaperVendor();
  const tool = new PaperVendor();
  let indeed: { id: string; endpoint: string; streams: Record<string, PaperStream> };
  let assess: typeof indeed;
  let tests: PaperStream;
  let job: string;
  let now = new Date();

  beforeAll(async () => {
    greenhouse = createServer((request, response) => {
      told.push({ method: request.method ?? '', url: request.url ?? '', authorization: request.headers.authorization ?? '' });
      response.writeHead(200).end();
    });
    await new Promise<void>((done) => greenhouse.listen(0, '127.0.0.1', done));
    greenhouseUrl = `http://127.0.0.1:${(greenhouse.address() as AddressInfo).port}`;
    house = await PaperHub.open({
      connectors: [
        paperConnector('ats', 'ats', { jobs: { entity: 'job', vendor: jobs } }),
        paperConnector('tool', 'assessment', { tests: { entity: 'assessment', vendor: tool, push: true } }),
        indeedApply,
        greenhouseAssessment,
      ],
      mappings: [
        paperMapping({ connector: 'ats', stream: 'jobs', into: 'job', fields: { title: {}, status: {} } }),
        paperMapping({
          connector: 'tool',
          stream: 'tests',
          into: 'assessment',
          fields: Object.fromEntries(
            ['status', 'score', 'reportUrl', 'completedAt'].map((to) => [to, { wins: 'newest', onBoth: 'newest' }]),
          ),
          createWhen: (values) => values.status === 'INVITED',
        }),
        ...loadMappings(resolve('mappings')).filter(({ connector }) => /^(?:indeed-apply|greenhouse-assessment)$/.test(connector)),
      ],
      egress: [new URL(greenhouseUrl).host],
    });
    Object.assign(house.hub, { now: () => now });
    api = await createApi(house.hub, pino({ level: 'silent' }));
    await api.app.listen(0, '127.0.0.1');
    url = await api.app.getUrl();
    const ats = await house.connect('ats', { systemOfRecord: true });
    ({ tests } = await house.connect('tool'));
    jobs.put('j1', { title: 'Data Analyst', status: 'OPEN' });
    jobs.put('j2', { title: 'Closed one', status: 'CLOSED' });
    await house.sync(ats.jobs);
    indeed = await connected('indeed-apply', {}, { webhookSecret: SECRET });
    assess = await connected(
      'greenhouse-assessment',
      { tests: ['sql-1: SQL for analysts', 'py-1: Python'], apiUrl: greenhouseUrl },
      { webhookSecret: KEY, apiKey: KEY },
      ['silent', 'notifies-a-person'],
    );
    job = await refOf('Data Analyst');
  });
  afterAll(async () => {
    await api.app.close();
    await api.intake.drain();
    await house.close();
    await new Promise((done) => greenhouse.close(done));
  });

  async function connected(
    connector: string,
    settings: Record<string, unknown>,
    credentials: Record<string, string>,
    allowedEffects?: string[],
  ): Promise<typeof indeed> {
    const actor: Actor = { tenantId: house.tenantId, kind: 'api-key', id: randomUUID(), role: 'admin', scopes: [], requestId: 'test' };
    const { id } = await createConnection(house.hub, actor, { connector, name: connector, settings, credentials, allowedEffects });
    const [{ endpoint }] = await house.rows<{ endpoint: string }>(`SELECT id AS endpoint FROM webhook_endpoint WHERE connection_id = $1`, [
      id,
    ]);
    const rows = await house.rows<{ id: string; name: string }>(`SELECT id, name FROM stream WHERE connection_id = $1`, [id]);
    return { id, endpoint, streams: Object.fromEntries(rows.map(({ id: streamId, name }) => [name, { connectionId: id, streamId }])) };
  }
  const keyOf = async (role: Role, tenantId = house.tenantId): Promise<string> =>
    (await house.hub.database.inTenant(tenantId, (tx) => createApiKey(tx, { name: role, role }))).key;
  const refOf = async (title: string): Promise<string> =>
    (await house.rows<{ ref: string }>(`SELECT ref FROM cluster WHERE object = 'job' AND values->>'title' = $1`, [title]))[0].ref;
  const golden = (object: string, where = 'true'): Promise<{ id: string; values: CanonicalValues }[]> =>
    house.rows(`SELECT id, values FROM cluster WHERE object = $1 AND ${where} ORDER BY created_at`, [object]);
  const hinted = async (streams: Record<string, PaperStream>): Promise<void> => {
    for (const stream of Object.values(streams)) await house.hints(stream);
  };

  interface Answer {
    status: number;
    body: Record<string, unknown>;
  }
  async function call(method: string, path: string, input: { headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
    const answer = await fetch(`${url}/api/v1/partners/${path}`, {
      method,
      headers: input.headers,
      body: input.body,
    });
    return { status: answer.status, body: (await answer.json().catch(() => ({}))) as Answer['body'] };
  }
  const application = (change: { jobId?: string; email?: string; id?: string } = {}): Record<string, unknown> => ({
    id: change.id ?? randomUUID(),
    appliedOnMillis: 1_795_680_000_000,
    job: { jobId: change.jobId ?? job, jobTitle: 'Data Analyst' },
    applicant: {
      fullName: 'Ada Example',
      email: change.email ?? 'ada@people.example.org',
      phoneNumber: '+49 30 1234567',
      resume: { file: { fileName: 'cv.pdf', contentType: 'application/pdf', data: CV.toString('base64') } },
    },
    locale: 'en_US',
  });
  const apply = (body: unknown, secret = SECRET): Promise<Answer> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'x-indeed-signature': createHmac('sha1', secret).update(text).digest('base64') };
    return call('POST', `${indeed.endpoint}/applications`, { headers, body: text });
  };
  const ask = (method: string, route: string, body?: unknown, key = KEY): Promise<Answer> =>
    call(method, `${assess.endpoint}${route}`, {
      headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
      body: body === undefined ? undefined : JSON.stringify(body),
    });

  describe('an inbox for applications', () => {
    it('turns away who does not prove himself, and what it has no route for', async () => {
      expect(await apply(application(), 'guessed')).toMatchObject({ status: 401, body: { code: 'UNVERIFIED' } });
      expect(await call('POST', `${indeed.endpoint}/applications`, { body: '{}' })).toMatchObject({ status: 401 });
      expect(await call('POST', `${randomUUID()}/applications`, { body: '{}' })).toMatchObject({ status: 404 });
      const signed = { 'x-indeed-signature': createHmac('sha1', SECRET).update('').digest('base64') };
      expect(await call('GET', `${indeed.endpoint}/applications`, { headers: signed })).toMatchObject({
        status: 405,
        body: { code: 'METHOD_NOT_ALLOWED' },
      });
      expect(await call('GET', `${indeed.endpoint}/elsewhere`, { headers: signed })).toMatchObject({
        status: 404,
        body: { code: 'NOT_FOUND' },
      });
      expect(await house.rows(`SELECT * FROM received_record`)).toEqual([]);
    });

    it('tells what is missing, which job is unknown, and which is closed, and keeps what was sent', async () => {
      expect(await apply('not json')).toEqual({ status: 400, body: { error: 'the body is no JSON object' } });
      expect(await apply({ ...application(), applicant: { fullName: 'Ada' } })).toEqual({
        status: 400,
        body: { error: 'applicant.email is missing: it must be a text' },
      });
      expect(await apply(application({ jobId: 'elsewhere' }))).toMatchObject({ status: 404 });
      expect(await apply(application({ jobId: await refOf('Closed one') }))).toMatchObject({ status: 410 });
      expect(await house.rows(`SELECT count(*)::int AS n FROM inbox WHERE endpoint_id = $1`, [indeed.endpoint])).toEqual([{ n: 4 }]);
      expect(await house.rows(`SELECT * FROM received_record`)).toEqual([]);
    });

    it('keeps one of many that say the same at once, with its document, before it answers', async () => {
      const same = application({ id: 'one-and-the-same' });
      const answers = await Promise.all(Array.from({ length: 8 }, () => apply(same)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
      expect(await house.rows(`SELECT stream FROM received_record ORDER BY stream`)).toEqual([
        { stream: 'applicants' },
        { stream: 'applications' },
      ]);
      expect(await house.rows(`SELECT f.bytes, f.mime FROM record_file r JOIN file_content f USING (tenant_id, sha256)`)).toEqual([
        { bytes: CV, mime: 'application/pdf' },
      ]);
    });

    it('brings it into the hub: a candidate with the document, an application for the job', async () => {
      await hinted(indeed.streams);
      const [ada] = await golden('candidate');
      expect(ada.values).toMatchObject({
        displayName: 'Ada Example',
        emails: [{ value: 'ada@people.example.org' }],
        attachments: [{ filename: 'cv.pdf', mime: 'application/pdf', size: CV.length, kind: 'RESUME' }],
      });
      expect(JSON.stringify(ada.values)).not.toContain(CV.toString('base64'));
      expect((await golden('application')).map(({ values }) => values)).toEqual([
        { outcome: 'ACTIVE', kind: 'APPLICATION', appliedAt: '2026-11-26T08:00:00.000Z', source: 'Indeed' },
      ]);
      expect(await house.sync(indeed.streams.applications)).toMatchObject({ state: 'done', totals: { read: 1, created: 0 } });
    });

    it('gives the document to who may see it, and writes that down', async () => {
      const [{ sha256 }] = await house.rows<{ sha256: string }>(`SELECT sha256 FROM file_content`);
      const ask = async (path: string, role: Role, tenantId = house.tenantId): Promise<Response> => {
        return fetch(`${url}/api/v1/files/${path}`, { headers: { authorization: `Bearer ${await keyOf(role, tenantId)}` } });
      };
      const answer = await ask(sha256, 'recruiter');
      const [ada] = await golden('candidate');
      const shown = await fetch(
        `${url}/api/v1/records/${(await house.rows<{ ref: string }>(`SELECT ref FROM cluster WHERE id = $1`, [ada.id]))[0].ref}`,
        {
          headers: { authorization: `Bearer ${await keyOf('ops')}` },
        },
      );
      expect((await shown.json()) as object).toMatchObject({
        files: [{ connection: 'indeed-apply', sha256, size: CV.length, mime: 'application/pdf', failure: null }],
      });
      expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
        200,
        'application/pdf',
        'attachment',
      ]);
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(CV);
      expect((await ask(sha256, 'ops')).status).toBe(403);
      expect((await ask('0'.repeat(64), 'recruiter')).status).toBe(404);
      const stranger = randomUUID();
      await house.hub.database.inTenant(stranger, (tx) => tx.query(`INSERT INTO tenant (id, name) VALUES ($1, 'stranger')`, [stranger]));
      expect((await ask(sha256, 'recruiter', stranger)).status).toBe(404);
      expect(await house.rows(`SELECT subject_id FROM audit WHERE action = 'file.read'`)).toEqual([{ subject_id: sha256 }]);
    });

    it('writes down who called what, without a word of what was said', async () => {
      const rows = await house.rows<{ after: object }>(
        `SELECT actor_id, action, after FROM audit WHERE actor_kind = 'partner' AND subject_id = $1 ORDER BY at`,
        [indeed.id],
      );
      expect(rows.map(({ after }) => after)).toContainEqual({ route: 'POST /applications', status: 200, kept: 2 });
      expect(JSON.stringify(rows)).not.toContain('ada@');
    });

    it('takes the same person for the same job again once the days of a duplicate are over', async () => {
      expect(await apply(application())).toMatchObject({ status: 409 });
      now = new Date(Date.now() + 121 * 86_400_000);
      expect(await apply(application())).toMatchObject({ status: 200 });
      now = new Date();
      await hinted(indeed.streams);
      expect([(await golden('candidate')).length, (await golden('application')).length]).toEqual([1, 2]);
    });

    it('reads no more bodies at once than it has room for, and is free again when they are gone', async () => {
      const { port, hostname, pathname } = new URL(`${url}/api/v1/partners/${indeed.endpoint}/applications`);
      let refused = 0;
      const open = Array.from({ length: 40 }, () => {
        const socket = connect(Number(port), hostname);
        socket.on('data', (bytes) => (refused += /^HTTP\/1.1 503 /.test(bytes.toString()) ? 1 : 0));
        socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`);
        return socket;
      });
      const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
        for (let tries = 0; tries < 200 && !(await holds()); tries += 1) await new Promise((later) => setTimeout(later, 50));
      };
      await until(() => refused === 24);
      expect([refused, (await apply(application())).status]).toEqual([24, 503]);
      for (const socket of open) socket.destroy();
      await until(async () => (await apply(application())).status !== 503);
      expect((await apply(application())).status).not.toBe(503);
    });

    it('takes large documents, and says when one is too large', async () => {
      const large = application({ email: 'large@people.example.org' });
      const file = (large.applicant as { resume: { file: { data: string } } }).resume.file;
      file.data = Buffer.alloc(5 * 1024 * 1024, 7).toString('base64');
      expect(await apply(large)).toMatchObject({ status: 200 });
      file.data = Buffer.alloc(13 * 1024 * 1024, 7).toString('base64');
      expect(await apply(large)).toMatchObject({ status: 413 });
    });
  });

  describe('a partner of assessments', () => {
    const request = (): Record<string, unknown> => ({
      partner_test_id: 'sql-1',
      candidate: {
        first_name: 'Harry',
        last_name: 'Potter',
        email: 'harry@people.example.org',
        phone_number: null,
        resume_url: 'https://files.example/secret',
      },
      sent_by: 'ida@hiring.example.org',
      url: `${greenhouseUrl}/integrations/testing_partners/take_home_tests/12345`,
    });
    let id: string;

    it('lists its tests to who shows the key', async () => {
      expect(await ask('GET', '/list_tests', undefined, 'guessed')).toMatchObject({ status: 401 });
      expect(await ask('GET', '/list_tests')).toEqual({
        status: 200,
        body: [
          { partner_test_id: 'sql-1', partner_test_name: 'SQL for analysts' },
          { partner_test_id: 'py-1', partner_test_name: 'Python' },
        ],
      });
    });

    it('refuses a test that it does not have, and an address that is not the vendor’s', async () => {
      expect(await ask('POST', '/send_test', { ...request(), partner_test_id: 'x' })).toMatchObject({ status: 404 });
      expect(await ask('POST', '/send_test', { ...request(), url: 'https://elsewhere.example/x' })).toEqual({
        status: 422,
        body: { errors: [`url must begin with ${greenhouseUrl}`] },
      });
    });

    it('sends one test however often it is asked for the same', async () => {
      const answers = await Promise.all([ask('POST', '/send_test', request()), ask('POST', '/send_test', request())]);
      id = answers[0].body.partner_interview_id as string;
      expect(answers).toEqual([
        { status: 200, body: { partner_interview_id: id } },
        { status: 200, body: { partner_interview_id: id } },
      ]);
      expect(JSON.stringify(await house.rows(`SELECT payload FROM received_record WHERE connection_id = $1`, [assess.id]))).not.toContain(
        'files.example',
      );
    });

    it('has it given by the tool, and tells the vendor once there is a result', async () => {
      await hinted(assess.streams);
      await house.sync(assess.streams.assessments);
      expect(await ask('GET', `/test_status?partner_interview_id=${id}`)).toMatchObject({
        status: 200,
        body: { partner_status: 'invited' },
      });
      await house.push(tests);
      await house.hints(tests);
      const [given] = [...tool.records.keys()];
      tool.edit(given, {
        status: 'COMPLETE',
        score: 81,
        reportUrl: 'https://tests.example.org/r/1',
        completedAt: '2026-12-02T09:00:00.000Z',
      });
      await house.sync(tests);
      await house.push({ connectionId: assess.id, streamId: assess.streams.assessments.streamId });
      expect(told).toEqual([
        {
          method: 'PATCH',
          url: '/integrations/testing_partners/take_home_tests/12345',
          authorization: `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`,
        },
      ]);
      expect(await ask('GET', `/test_status?partner_interview_id=${id}`)).toEqual({
        status: 200,
        body: {
          partner_status: 'complete',
          partner_profile_url: 'https://tests.example.org/r/1',
          partner_score: 81,
          metadata: { 'Completed at': '2026-12-02T09:00:00.000Z' },
        },
      });
      await house.settle({ connectionId: assess.id, streamId: assess.streams.assessments.streamId });
      expect(await house.rows(`SELECT state FROM outbox WHERE connection_id = $1`, [assess.id])).toEqual([{ state: 'confirmed' }]);
      expect(told).toHaveLength(1);
    });

    it('knows no test that it did not send', async () => {
      expect(await ask('GET', '/test_status?partner_interview_id=nobody')).toMatchObject({ status: 404 });
      expect(await ask('GET', '/test_status')).toMatchObject({ status: 404 });
      expect(await ask('POST', '/response_error', { api_call: 'test_status', errors: ['x'] })).toEqual({
        status: 200,
        body: { status: 200 },
      });
    });
  });
});
