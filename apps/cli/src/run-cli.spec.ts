import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './run-cli.js';

interface Call {
  method: string;
  path: string;
  body: unknown;
  key?: string;
}
type Answer = { status?: number; body?: unknown };

describe('tributary', () => {
  let server: Server;
  let api: string;
  let calls: Call[];
  let answers: Record<string, Answer | Answer[]>;
  let home: string;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'tributary-cli-'));
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        calls.push({ method, path: url, body: text === '' ? undefined : JSON.parse(text), key: headers.authorization });
        const known = answers[`${method} ${url.replace('/api/v1', '').split('?')[0]}`];
        const { status = 200, body } = (Array.isArray(known) ? known.shift() : known) ?? {
          status: 404,
          body: { code: 'NOT_FOUND', detail: 'nothing here' },
        };
        response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    calls = [];
    answers = {};
  });
  afterAll(async () => {
    await new Promise((done) => server.close(done));
    rmSync(home, { recursive: true, force: true });
  });

  async function run(
    args: string[],
    input: { env?: Record<string, string>; stdin?: string } = {},
  ): Promise<{ code: number; out: string; err: string }> {
    const said = { out: '', err: '' };
    const code = await runCli(args, {
      out: (text) => void (said.out += text),
      err: (text) => void (said.err += text),
      env: { HOME: home, TRIBUTARY_API: api, TRIBUTARY_KEY: 'trib_test', ...input.env },
      interactive: false,
      ask: () => Promise.reject(new Error('nobody is there')),
      askSecret: () => Promise.reject(new Error('nobody is there')),
      readStdin: () => Promise.resolve(input.stdin ?? ''),
      sleep: () => Promise.resolve(),
    });
    return { code, ...said };
  }

  const ITEM = {
    id: 'i1',
    state: 'open',
    code: 'INVALID_VALUE',
    connection: 'Ashby',
    stream: 'candidates',
    ref: null,
    externalId: 'c1',
    pointer: '/name',
    message: 'name is wrong',
  };
  const CONNECTION = {
    id: 'n1',
    name: 'Ashby',
    connector: 'ashby',
    status: 'active',
    statusCode: null,
    credentialFields: ['apiKey'],
    streams: [],
  };

  it('shows a list as a table, as ids and as one JSON document', async () => {
    answers['GET /errors'] = { body: { items: [ITEM], nextCursor: null } };
    expect((await run(['errors'])).out).toMatch(/i1 +open +INVALID_VALUE +Ashby +candidates +c1 +\/name +name is wrong/);
    expect((await run(['errors', '--quiet'])).out).toBe('i1\n');
    expect(JSON.parse((await run(['errors', '--json'])).out)).toEqual({ items: [ITEM], nextCursor: null });
    expect(calls[0]).toMatchObject({ path: '/api/v1/errors?state=live&limit=50', key: 'Bearer trib_test' });
  });

  it('reads as many pages as it is asked for', async () => {
    answers['GET /runs'] = [{ body: { items: [{ id: 'r1' }], nextCursor: 'next' } }, { body: { items: [{ id: 'r2' }], nextCursor: null } }];
    expect((await run(['runs', '--all', '--quiet'])).out).toBe('r1\nr2\n');
    expect(calls.map(({ path }) => path)).toEqual([expect.not.stringContaining('cursor'), expect.stringContaining('cursor=next')]);
  });

  it('names the field, the rule and the way out of a refusal', async () => {
    answers['POST /errors/i1/ignore'] = {
      status: 422,
      body: {
        code: 'INVALID_REQUEST',
        detail: 'the request has faults',
        errors: [{ pointer: '/until', code: 'future', detail: 'until must be in the future' }],
      },
    };
    const refused = await run(['errors', 'ignore', 'i1', '--reason', 'x', '--until', '2001-01-01T00:00:00Z']);
    expect([refused.code, refused.err]).toEqual([1, 'the request has faults (INVALID_REQUEST)\n  /until: until must be in the future\n']);
    expect(calls[0].body).toEqual({ reason: 'x', until: '2001-01-01T00:00:00Z' });
  });

  it('says 4 when some of many were done', async () => {
    answers['POST /errors/i1/assign'] = { status: 204 };
    const partly = await run(['errors', 'assign', 'i1', 'i2', '--to', 'Kim', '--json']);
    expect(partly.code).toBe(4);
    expect(JSON.parse(partly.out)).toMatchObject({
      items: [
        { id: 'i1', ok: true },
        { id: 'i2', ok: false, detail: expect.stringMatching(/nothing here/) as string },
      ],
    });
  });

  it.each([
    ['an unknown command', ['frobnicate'], /unknown command/],
    ['an unknown option', ['runs', '--colour'], /unknown option/],
    ['a missing reason', ['errors', 'resolve', 'i1'], /required option '--reason/],
    ['retry of nothing', ['retry'], /say items, --group or --all/],
    ['a wrong mode', ['retry', 'i1', '--mode', 'again'], /--mode must be fresh/],
    ['a secret on the command line', ['connect', 'secret', 'Ashby', '--secret', 'apiKey=hunter2'], /can be read by others/],
  ])('says 2 for %s', async (_what, args, why) => {
    answers['GET /connections'] = { body: { items: [CONNECTION], nextCursor: null } };
    const { code, err } = await run(args);
    expect([code, err]).toEqual([2, expect.stringMatching(why)]);
    expect(calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  const stream = (unexplained: number) => ({
    connection: 'Ashby',
    connectionId: 'n1',
    stream: 'jobs',
    matched: 9,
    total: 10,
    parity: 0.9,
    explained: 1 - unexplained,
    unexplained,
    completedAt: 'today',
    fresh: true,
  });
  it.each([
    ['holds', [stream(0)], [], 'done', 0],
    ['a difference is unexplained', [stream(1)], [], 'done', 3],
    ['a stream was never compared', [stream(0)], [{ connection: 'Ashby', connectionId: 'n1', stream: 'stages' }], 'done', 3],
    ['a comparison failed', [stream(0)], [], 'failed', 3],
  ])('reconcile --assert: %s', async (_what, streams, missing, state, code) => {
    answers['POST /reconcile'] = { status: 202, body: { runs: [{ stream: 'jobs', answer: 'accepted', runId: 'r1' }] } };
    answers['GET /runs/r1'] = { body: { id: 'r1', state, connection: 'Ashby', stream: 'jobs', kind: 'reconcile', totals: {} } };
    answers['GET /reconciliation'] = { body: { ...stream(0), streams, missing } };
    expect((await run(['reconcile', '--assert'])).code).toBe(code);
  });

  const other = { ...stream(1), connection: 'Calendar', connectionId: 'n2', stream: 'events' };
  const never = { connection: 'Ashby', connectionId: 'n1', stream: 'stages' };
  it.each([
    ['the stream asked for holds, whatever others do', ['--stream', 'jobs'], [stream(0), other], 0],
    ['nothing like it was ever compared', ['--stream', 'nothere'], [stream(0)], 3],
    ['a stream of this connection was never compared', ['--connection', 'Ashby'], [stream(0)], 3],
    ['something changed since', ['--stream', 'jobs'], [{ ...stream(0), fresh: false }], 3],
  ])('reconcile --show --assert: %s', async (_what, options, streams, code) => {
    answers['GET /connections'] = { body: { items: [CONNECTION], nextCursor: null } };
    answers['GET /reconciliation'] = { body: { ...stream(1), streams, missing: [never] } };
    const said = await run(['reconcile', '--show', '--assert', '--json', ...options]);
    expect(said.code).toBe(code);
    expect(JSON.parse(said.out)).toMatchObject({ asserted: code === 0, unexplained: 0 });
    expect(calls.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('waits until proof has decided about each retried item', async () => {
    answers['POST /errors/i1/retry'] = { status: 202, body: { runId: 'r1' } };
    answers['GET /runs/r1'] = [
      { body: { id: 'r1', state: 'running' } },
      { body: { id: 'r1', state: 'done', connection: 'Ashby', kind: 'retries' } },
    ];
    answers['GET /errors/i1'] = [
      { body: { ...ITEM, state: 'awaiting_proof' } },
      { body: { ...ITEM, state: 'resolved', resolution: 'verified' } },
    ];
    const { code, out } = await run(['retry', 'i1', '--wait']);
    expect([code, out]).toEqual([0, expect.stringMatching(/i1 +resolved +verified/)]);
  });

  it('deletes a connection only when it is said what becomes of its records, and somebody agrees', async () => {
    answers['GET /connections'] = { body: { items: [CONNECTION], nextCursor: null } };
    answers['DELETE /connections/n1'] = {
      status: 422,
      body: { code: 'RECORDS_UNDECIDED', detail: '80 records came from this connection' },
    };
    expect((await run(['connect', 'delete', 'Ashby'])).err).toMatch(/--records keep or --records detach/);
    calls = [];
    expect(await run(['connect', 'delete', 'Ashby', '--records', 'keep'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/repeat the command with --yes/) as string,
    });
    expect(calls.filter(({ method }) => method === 'DELETE')).toEqual([]);
    answers['DELETE /connections/n1'] = { status: 204 };
    expect((await run(['connect', 'delete', 'Ashby', '--records', 'keep', '--yes'])).code).toBe(0);
    expect(calls.at(-1)?.path).toBe('/api/v1/connections/n1?records=keep');
  });

  it('takes secrets from the environment and stdin, and never shows them', async () => {
    answers['GET /connections'] = { body: { items: [CONNECTION], nextCursor: null } };
    answers['PATCH /connections/n1'] = { body: CONNECTION };
    const { out } = await run(['connect', 'secret', 'ashby', '--secret', 'apiKey=env:NEW_KEY', '--secret', 'webhookSecret=-'], {
      env: { NEW_KEY: 'hunter2' },
      stdin: 'hook\n',
    });
    expect(calls.at(-1)?.body).toEqual({ credentials: { apiKey: 'hunter2', webhookSecret: 'hook' } });
    expect(out).not.toMatch(/hunter2|hook$/m);
  });

  it('keeps profiles where only their owner reads them', async () => {
    const env = { TRIBUTARY_KEY: '', TRIBUTARY_API: '' };
    await run(['profile', 'set', 'here', '--api', api, '--key', '-'], { env, stdin: 'trib_kept' });
    expect(statSync(join(home, '.config', 'tributary', 'profiles.json')).mode & 0o777).toBe(0o600);
    answers['GET /runs'] = { body: { items: [], nextCursor: null } };
    expect((await run(['runs'], { env })).code).toBe(0);
    expect(calls.at(-1)?.key).toBe('Bearer trib_kept');
  });

  it('explains a mapping without any server', async () => {
    const file = join(__dirname, '..', '..', '..', 'mappings', 'ashby', 'candidates.yaml');
    const explained = await run(['map', 'explain', file, '-', '--json'], {
      stdin: JSON.stringify({ id: 'c1', name: 'Ada Test' }),
      env: { TRIBUTARY_API: 'http://127.0.0.1:1' },
    });
    expect(explained.code).toBe(0);
    expect(JSON.parse(explained.out)).toMatchObject({
      mapping: 'ashby.candidates',
      result: { kind: 'mapped', values: { displayName: 'Ada Test' } },
    });
    const broken = join(home, 'broken.yaml');
    writeFileSync(broken, 'mapping: x\nversion: one\n');
    expect(await run(['map', 'explain', broken, '-'], { stdin: '{}' })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/broken\.yaml:2:\d+: /) as string,
    });
  });

  describe('what a change of a mapping would do', () => {
    const STREAM = { id: 's1', name: 'candidates' };
    const file = (): string => {
      const path = join(home, 'next.yaml');
      writeFileSync(path, 'mapping: ashby.candidates\nversion: 3\n');
      return path;
    };
    beforeEach(() => {
      answers['GET /connections'] = { body: { items: [{ ...CONNECTION, streams: [STREAM] }], nextCursor: null } };
      answers['GET /connections/n1'] = { body: { ...CONNECTION, streams: [STREAM] } };
      answers['GET /connections/n1/streams'] = { body: { items: [STREAM], nextCursor: null } };
    });

    it('is previewed, problems first, with how full each field is', async () => {
      const records = [
        { externalId: 'c1', outcome: 'refused', failures: [{ code: 'INVALID_VALUE', message: 'name is wrong' }], values: {} },
      ];
      answers['POST /mapping/preview'] = {
        body: { mapping: 'ashby.candidates@3', records, outcomes: { mapped: 1, refused: 1 }, coverage: { firstName: 50 } },
      };
      const { code, out } = await run(['map', 'preview', file(), '--stream', 'Ashby/candidates']);
      expect(code).toBe(1);
      expect(out).toMatch(/c1 +refused +name is wrong \(INVALID_VALUE\)/);
      expect(out).toMatch(/firstName +50 %/);
      expect(calls.at(-1)?.body).toMatchObject({ streamId: 's1', limit: 20, text: expect.stringContaining('version: 3') as string });
    });

    it('is counted field by field, between a version and a file', async () => {
      const samples = [{ externalId: 'c1', before: 'a', after: 'A' }];
      answers['POST /mapping/diff'] = {
        body: { records: 9, unchanged: 8, outcomes: {}, fields: { headline: { added: 0, removed: 0, changed: 1, same: 8, samples } } },
      };
      const { code, out } = await run(['map', 'diff', 'ashby.candidates@2', file(), '--stream', 'Ashby/candidates']);
      expect([code, out]).toEqual([
        0,
        expect.stringMatching(/9 stored records, 8 unchanged; nothing was written[^]*headline +0 +0 +1 +c1: "a" → "A"/),
      ]);
      expect(calls.at(-1)?.body).toMatchObject({
        before: { name: 'ashby.candidates', version: 2 },
        after: { text: expect.any(String) as string },
      });
    });

    it('is proposed from samples without any server', async () => {
      const sample = join(home, 'sample.json');
      writeFileSync(sample, JSON.stringify([{ id: 'a', first_name: 'Ada', email: 'ada@people.example.org' }]));
      const { code, out } = await run(['map', 'suggest', sample, '--into', 'candidate'], { env: { TRIBUTARY_API: 'http://127.0.0.1:1' } });
      expect(code).toBe(0);
      expect(out).toMatch(/firstName +first_name +text +\d+ %/);
      expect(out).toContain('- { to: emails, from: "email", as: emails }');
      expect((await run(['map', 'suggest', sample, '--into', 'person'])).code).toBe(2);
    });

    it('is kept as a draft, made live with a reason, and replayed when somebody says yes', async () => {
      answers['POST /mappings/ashby.candidates/versions'] = { status: 201, body: { name: 'ashby.candidates', version: 3 } };
      answers['POST /mappings/activations'] = { status: 204 };
      answers['POST /mapping/replay'] = { status: 202, body: { runId: 'r9', records: 7 } };
      expect((await run(['map', 'push', file()])).out).toContain('ashby.candidates@3 is kept as a draft');
      expect((await run(['map', 'activate', 'ashby.candidates@3'])).code).toBe(2);
      expect((await run(['map', 'activate', 'ashby.candidates@3', '--reason', 'titles'])).code).toBe(0);
      expect(calls.at(-1)?.body).toEqual({ versions: [{ name: 'ashby.candidates', version: 3 }], reason: 'titles' });
      expect((await run(['map', 'replay', 'ashby.candidates@3', '--stream', 'Ashby/candidates'])).code).not.toBe(0);
      expect((await run(['map', 'replay', 'ashby.candidates@3', '--stream', 'Ashby/candidates', '--yes'])).out).toContain(
        '7 records are being mapped anew',
      );
      expect(calls.at(-1)?.body).toEqual({ streamId: 's1', version: 3, confirmOutward: false });
    });

    it('is proposed for what drifted, and kept as a file that is not written over', async () => {
      const patch = {
        reasons: ['division is read by no rule'],
        mends: 50,
        tried: 50,
        lines: ['-version: 1', '+version: 2'],
        text: 'mapping: x.y\n',
      };
      answers['GET /error-groups/g1/patch'] = { body: { patch } };
      const kept = join(home, 'patched.yaml');
      expect(await run(['errors', 'patch', 'g1', '--write', kept])).toMatchObject({
        code: 0,
        out: expect.stringMatching(/mends 50 of 50 records\ndivision[^]*\+version: 2/) as string,
      });
      expect(readFileSync(kept, 'utf8')).toBe('mapping: x.y\n');
      expect(await run(['errors', 'patch', 'g1', '--write', kept])).toMatchObject({
        code: 2,
        err: expect.stringContaining('choose another name') as string,
      });
      answers['GET /error-groups/g1/patch'] = { body: { patch: null } };
      expect(await run(['errors', 'patch', 'g1'])).toMatchObject({
        code: 1,
        out: expect.stringContaining('no change of the mapping was found') as string,
      });
    });
  });

  it('says what stands in the way, and how to mend it', async () => {
    const { code, out } = await run(['doctor', '--json'], {
      env: { TRIBUTARY_API: 'http://127.0.0.1:1', DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/hub', TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    const { findings } = JSON.parse(out) as { findings: { name: string; ok: boolean; mend?: string }[] };
    expect(code).toBe(1);
    expect(findings.find(({ name }) => name === 'Node')?.ok).toBe(true);
    for (const name of ['PostgreSQL', 'Temporal', 'API', 'configuration'])
      expect(findings.find((one) => one.name === name)).toMatchObject({ ok: false, mend: expect.any(String) as string });
    expect(out).not.toContain('secret');
  });

  it('compares its clock with that of the API', async () => {
    answers['GET /health/ready'] = { body: {} };
    const clockSaid = async (): Promise<unknown> => {
      const { findings } = JSON.parse((await run(['doctor', '--json'])).out) as { findings: { name: string }[] };
      return findings.filter(({ name }) => name === 'clock');
    };
    expect(await clockSaid()).toEqual([expect.objectContaining({ ok: true })]);
    const ahead = Date.now() + 90_000;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => ahead);
    try {
      expect(await clockSaid()).toEqual([
        expect.objectContaining({
          ok: false,
          detail: expect.stringMatching(/^(89|90) s apart/) as string,
          mend: expect.any(String) as string,
        }),
      ]);
    } finally {
      clock.mockRestore();
    }
  });

  it('misses nothing in a shell beside an API that is ready', async () => {
    answers['GET /health/ready'] = { body: { status: 'ok' } };
    const { findings } = JSON.parse((await run(['doctor', '--json'])).out) as { findings: { name: string; ok: boolean }[] };
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.map(({ name }) => name)).toEqual(expect.arrayContaining(['Node', 'configuration', 'API', 'disk']));
  });

  it('cannot be made to write to the terminal by a vendor’s text', async () => {
    answers['GET /errors'] = { body: { items: [{ ...ITEM, message: '\u001b[2Jgone\u202e' }], nextCursor: null } };
    expect((await run(['errors'])).out).not.toMatch(/[\u001b\u202e]/);
  });
});
