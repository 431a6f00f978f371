import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanonicalValues } from '#hub/canonical';
import { TENANT_TABLES } from '#hub/persistence';
import { erasePerson, keepErasureLog, liftErasure, mergePeople, pinField, unmergePeople, type Actor, type ErasureOutcome } from '#hub/sync';
import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperConnector, paperMapping, PaperVendor } from './paper-vendor.js';

const PEOPLE = ['firstName', 'lastName', 'emails', 'phones', 'social', 'consents'];
const STREAMS = ['ats', 'applications', 'interviews', 'mails', 'crm', 'board'] as const;
type Stream = (typeof STREAMS)[number];

const ada = (more: CanonicalValues = {}): CanonicalValues => ({
  firstName: 'Adelheid',
  lastName: 'Quagliarini',
  emails: [{ value: 'a.quagliarini@post.example' }],
  phones: [{ e164: '+4915112345678' }],
  social: [{ url: 'https://www.linkedin.com/in/adelheid-q' }],
  ...more,
});
const WORDS = /adelheid|quagliarini|15112345678/i;
const BERND: CanonicalValues = { firstName: 'Bernd', lastName: 'Okafor', emails: [{ value: 'b.okafor@post.example' }] };

describe('erasing a person', () => {
  const vendors = {} as Record<Stream, PaperVendor>;
  let hub: PaperHub;
  let streams: Record<Stream, PaperStream>;
  let actor: Actor;

  beforeEach(async () => {
    for (const name of STREAMS) vendors[name] = new PaperVendor();
    const people = (push: boolean) =>
      Object.fromEntries(
        PEOPLE.map((field) => [field, { wins: 'newest' as const, direction: push ? ('both' as const) : ('in' as const) }]),
      );
    const child =
      (object: 'candidate' | 'application', required = true) =>
      ({ of }: Record<string, unknown>) =>
        of === undefined ? [] : [{ role: object, object, externalId: String(of), required }];
    hub = await PaperHub.open({
      connectors: [
        paperConnector('ats', 'ats', {
          people: { entity: 'candidate', vendor: vendors.ats, push: true },
          applications: { entity: 'application', vendor: vendors.applications },
          interviews: { entity: 'interview', vendor: vendors.interviews },
          mails: { entity: 'communication', vendor: vendors.mails },
        }),
        paperConnector('crm', 'crm', { people: { entity: 'candidate', vendor: vendors.crm, push: true } }),
        paperConnector('board', 'job-board', { people: { entity: 'candidate', vendor: vendors.board } }),
      ],
      mappings: [
        paperMapping({ connector: 'ats', stream: 'people', into: 'candidate', fields: people(true) }),
        paperMapping({
          connector: 'ats',
          stream: 'applications',
          into: 'application',
          fields: { outcome: {}, referrer: {} },
          parents: child('candidate'),
        }),
        paperMapping({
          connector: 'ats',
          stream: 'interviews',
          into: 'interview',
          fields: { status: {}, title: {}, attendees: {} },
          parents: child('application'),
        }),
        paperMapping({
          connector: 'ats',
          stream: 'mails',
          into: 'communication',
          fields: { kind: {}, from: {}, to: {}, bodyText: {} },
          parents: child('candidate', false),
          refuse: ({ broken }) =>
            broken === true
              ? [{ code: 'INVALID_VALUE', field: 'kind', pointer: '/kind', message: 'kind is no kind', blocksOnlyField: false }]
              : [],
        }),
        paperMapping({ connector: 'crm', stream: 'people', into: 'candidate', fields: people(true) }),
        paperMapping({ connector: 'board', stream: 'people', into: 'candidate', fields: people(false) }),
      ],
    });
    const { people: ats, applications, interviews, mails } = await hub.connect('ats', { systemOfRecord: true });
    const { people: crm } = await hub.connect('crm');
    const { people: board } = await hub.connect('board');
    streams = { ats, applications, interviews, mails, crm, board };
    actor = { tenantId: hub.tenantId, kind: 'api-key', id: 'dora', role: 'admin', scopes: [], requestId: 'r' };
  });
  afterEach(() => hub.close());

  const sync = async (...names: Stream[]): Promise<Record<string, number>[]> => {
    const totals: Record<string, number>[] = [];
    for (const name of names) totals.push((await hub.sync(streams[name])).totals);
    return totals;
  };
  const refOf = async (externalId: string): Promise<string> => {
    const [row] = await hub.rows<{ ref: string }>(
      `SELECT c.ref FROM source_record s JOIN cluster_member m ON m.record_id = s.id AND m.valid_to IS NULL JOIN cluster c ON c.id = m.cluster_id WHERE s.external_id = $1`,
      [externalId],
    );
    return row.ref;
  };
  const idOf = async (externalId: string): Promise<string> =>
    (await hub.rows<{ id: string }>(`SELECT id FROM source_record WHERE external_id = $1`, [externalId]))[0].id;
  const erase = (ref: string, more: { scope?: 'sourcing' | 'all'; preview?: boolean } = {}): Promise<ErasureOutcome> =>
    erasePerson(hub.hub, actor, { ref, legalBasis: 'Art. 17(1)(b)', scope: 'sourcing', ...more });
  /** Every row of the tenant that says one of the words, as `table: row`. */
  const traces = async (words = WORDS): Promise<string[]> => {
    const found: string[] = [];
    for (const table of TENANT_TABLES)
      for (const { row } of await hub
        .rows<{ row: string }>(
          `SELECT to_jsonb(t) || CASE WHEN '${table}' = 'inbox' THEN jsonb_build_object('body', encode((to_jsonb(t)->>'body')::bytea, 'escape')) ELSE '{}' END AS row FROM ${table} t`,
        )
        .then((rows) => rows.map(({ row }) => ({ row: JSON.stringify(row) }))))
        if (words.test(row)) found.push(`${table}: ${row.slice(0, 300)}`);
    return found;
  };

  /** Reads what is written back, so that later syncs bring only what a test does. */
  const settle = async (): Promise<void> => {
    await hub.settle(streams.ats, streams.crm);
    await sync('ats', 'crm');
  };

  async function live(): Promise<void> {
    vendors.ats.put('ada', ada());
    vendors.ats.put('bernd', BERND);
    vendors.crm.put('lead', ada({ firstName: 'Heidi' }));
    vendors.applications.put('app', { outcome: 'ACTIVE', referrer: 'Quagliarini senior', of: 'ada' });
    vendors.interviews.put('talk', { status: 'SCHEDULED', title: 'Adelheid Quagliarini: first talk', of: 'app' });
    vendors.interviews.put('stray', { status: 'SCHEDULED', title: 'coffee', attendees: [{ email: 'A.Quagliarini@post.example' }] });
    vendors.interviews.put('early', {
      status: 'SCHEDULED',
      title: 'Quagliarini again',
      attendees: [{ email: 'a.quagliarini@post.example' }],
      of: 'never',
    });
    vendors.mails.put('mail', { kind: 'EMAIL', from: 'a.quagliarini@post.example', bodyText: 'Greetings, Adelheid', of: 'ada' });
    vendors.mails.put('broken', { kind: 'x', from: 'a.quagliarini@post.example', broken: true });
    vendors.mails.put('other', { kind: 'EMAIL', from: 'b.okafor@post.example', bodyText: 'hello', of: 'bernd' });
    await sync('ats', 'crm', 'applications', 'interviews', 'mails');
    await mergePeople(hub.hub, actor, { records: [await idOf('ada'), await idOf('lead')], reason: 'Adelheid calls herself Heidi' });
    await settle();
    const [{ id: clusterId }] = await hub.rows<{ id: string }>(`SELECT id FROM cluster WHERE ref = $1`, [await refOf('ada')]);
    await pinField(hub.hub, actor, { clusterId, field: 'firstName', value: 'Adelheid', reason: 'asked' });
    await settle();
    await hub.tx(async (tx) => {
      const [endpoint] = await tx.query<{ id: string }>(
        `INSERT INTO webhook_endpoint (tenant_id, id, connection_id) VALUES ($1, gen_random_uuid(), $2) RETURNING id`,
        [tx.tenantId, streams.ats.connectionId],
      );
      for (const [message, body] of [
        ['m1', '{"email":"a.quagliarini@post.example","name":"Quagliarini"}'],
        ['m2', 'email=a.quagliarini%40post.example'],
        ['m3', '{"id":"ada","lastName":"Quagliarini"}'],
        ['m4', '{"id":"bernd"}'],
      ])
        await tx.query(
          `INSERT INTO inbox (tenant_id, endpoint_id, message_id, body, headers) VALUES ($1, $2, $3, convert_to($4, 'UTF8'), '{}')`,
          [tx.tenantId, endpoint.id, message, body],
        );
      await tx.query(
        `INSERT INTO file_content (tenant_id, sha256, mime, bytes) VALUES ($1, 'abc', 'text/plain', convert_to('CV of Quagliarini', 'UTF8'))`,
        [tx.tenantId],
      );
      await tx.query(
        `INSERT INTO record_file (tenant_id, connection_id, stream, external_id, file_id, sha256) VALUES ($1, $2, 'people', 'ada', 'cv', 'abc')`,
        [tx.tenantId, streams.ats.connectionId],
      );
    });
  }

  it('leaves no word of the person in any table, and everybody else as they were', async () => {
    await live();
    expect((await traces()).length).toBeGreaterThan(20);
    const bernd = await hub.rows(`SELECT c.values FROM cluster c WHERE c.ref = $1`, [await refOf('bernd')]);
    const ref = await refOf('ada');
    const outcome = await erase(ref);
    expect(await traces()).toEqual([]);
    expect(outcome.counts).toMatchObject({ records: 6, pins: 1, files: 1, fileContents: 1, deliveries: 3, waiting: 1 });
    expect(outcome.atVendors.map(({ connection, externalId }) => `${connection}:${externalId}`)).toEqual([
      'ats:app',
      'ats:ada',
      'ats:mail',
      'ats:stray',
      'ats:talk',
      'crm:lead',
    ]);
    expect(await hub.rows(`SELECT c.values FROM cluster c WHERE c.ref = $1`, [await refOf('bernd')])).toEqual(bernd);
    expect(
      await hub.rows(`SELECT values, deleted_at IS NOT NULL AS deleted, erased_at IS NOT NULL AS erased FROM cluster WHERE ref = $1`, [
        ref,
      ]),
    ).toEqual([{ values: {}, deleted: true, erased: true }]);
    expect(await hub.rows(`SELECT verdict, reason, evidence FROM decision WHERE actor = 'human'`)).toEqual([
      { verdict: 'same', reason: 'erased', evidence: {} },
    ]);
    await expect(erase(ref)).rejects.toMatchObject({ code: 'ERASED', status: 410 });
  });

  it('lets nothing of the person in again, by whatever id it comes, and reconciles without a difference', async () => {
    await live();
    const { id } = await erase(await refOf('ada'));
    for (const [vendor, externalId] of [
      ['ats', 'ada'],
      ['applications', 'app'],
      ['interviews', 'talk'],
      ['interviews', 'stray'],
      ['mails', 'mail'],
      ['mails', 'broken'],
      ['crm', 'lead'],
    ] as const)
      vendors[vendor].edit(externalId, { again: true });
    vendors.crm.put('found again', ada());
    vendors.applications.put('app2', { outcome: 'ACTIVE', of: 'ada', referrer: 'Quagliarini' });
    vendors.interviews.put('talk2', { status: 'SCHEDULED', title: 'Quagliarini', of: 'app2' });
    vendors.mails.put('mail2', {
      kind: 'EMAIL',
      from: 'hr@house.example',
      to: ['Adelheid <a.quagliarini+jobs@post.example>'],
      bodyText: 'Dear Adelheid',
    });
    const [ats, crm, applications, interviews, mails] = await sync('ats', 'crm', 'applications', 'interviews', 'mails');
    expect([ats, crm, applications, interviews, mails].map(({ read, suppressed }) => [read, suppressed])).toEqual([
      [1, 1],
      [2, 2],
      [2, 2],
      [3, 3],
      [3, 3],
    ]);
    expect(await traces()).toEqual([]);
    expect(
      await hub.rows(
        `SELECT count(*)::int AS n FROM raw r JOIN stream s ON s.id = r.stream_id WHERE r.external_id <> 'bernd' AND r.external_id <> 'other'`,
      ),
    ).toEqual([{ n: 0 }]);
    for (const name of ['ats', 'crm', 'applications', 'mails'] as const) {
      expect(await hub.reconcile(streams[name])).toMatchObject({ state: 'done', failureCode: null });
      expect(
        await hub.rows(`SELECT unexplained, explained FROM reconciliation WHERE stream_id = $1 ORDER BY completed_at DESC LIMIT 1`, [
          streams[name].streamId,
        ]),
      ).toEqual([{ unexplained: 0, explained: 0 }]);
    }
    expect(await traces()).toEqual([]);
    vendors.crm.remove('lead');
    await sync('crm');
    const seen = await hub.rows<{ connection: string; still: number; gone: number }>(
      `SELECT c.name AS connection, count(*) FILTER (WHERE s.last_seen_at IS NOT NULL AND s.gone_at IS NULL)::int AS still, count(s.gone_at)::int AS gone FROM suppression s JOIN connection c ON c.id = s.connection_id WHERE s.erasure_id = $1 GROUP BY 1 ORDER BY 1`,
      [id],
    );
    expect(seen).toEqual([
      { connection: 'ats', still: 9, gone: 0 },
      { connection: 'crm', still: 1, gone: 1 },
    ]);
  });

  it('notes also from a reconciliation which systems still have the person', async () => {
    vendors.ats.put('ada', ada());
    await sync('ats');
    const { id } = await erase(await refOf('ada'));
    const seen = () => hub.rows(`SELECT last_seen_at IS NOT NULL AS seen FROM suppression WHERE erasure_id = $1 AND kind = 'record'`, [id]);
    expect(await seen()).toEqual([{ seen: false }]);
    expect(await hub.reconcile(streams.ats)).toMatchObject({ state: 'done', failureCode: null });
    expect(await seen()).toEqual([{ seen: true }]);
  });

  it('drops what came before the person whom it belongs to, and what waits for that', async () => {
    await live();
    await erase(await refOf('ada'));
    vendors.applications.put('app3', { outcome: 'ACTIVE', of: 'new', referrer: 'Quagliarini' });
    vendors.interviews.put('talk3', { status: 'SCHEDULED', title: 'Quagliarini', of: 'app3' });
    expect((await sync('interviews', 'applications')).map(({ waiting }) => waiting)).toEqual([1, 1]);
    vendors.ats.put('new', ada());
    expect((await sync('ats'))[0]).toMatchObject({ suppressed: 1 });
    expect(await traces()).toEqual([]);
    expect(await hub.rows(`SELECT FROM waiting`)).toEqual([]);
    vendors.interviews.edit('talk3', { again: 1 });
    expect((await sync('interviews'))[0]).toMatchObject({ suppressed: 1 });
  });

  it('lets a new application by the person pass, and then also what others say of them under new ids', async () => {
    await live();
    await erase(await refOf('ada'));
    vendors.crm.put('sourced', ada());
    expect((await sync('crm'))[0]).toMatchObject({ suppressed: 1 });
    vendors.board.put('applied', ada());
    expect((await sync('board'))[0]).toMatchObject({ created: 1, suppressed: 0 });
    vendors.crm.put('lead', ada());
    vendors.crm.put('later', ada());
    expect((await sync('crm'))[0]).toMatchObject({ created: 1, suppressed: 1 });
    expect(await refOf('later')).toBe(await refOf('applied'));
    expect(await hub.rows(`SELECT action FROM audit WHERE action LIKE 'erasure.%' ORDER BY at`)).toEqual([
      { action: 'erasure.erase' },
      { action: 'erasure.return' },
    ]);
  });

  it('takes a consent that is younger than the erasure for a return, unless nothing may pass', async () => {
    await live();
    const { id } = await erase(await refOf('ada'), { scope: 'all' });
    const consenting = ada({ consents: [{ purpose: 'STORE', givenAt: new Date(Date.now() + 1000).toISOString() }] });
    vendors.crm.put('consenting', consenting);
    vendors.board.put('applied', ada());
    expect((await sync('crm', 'board')).map(({ suppressed }) => suppressed)).toEqual([1, 1]);
    await liftErasure(hub.hub, actor, { id, reason: 'asked in writing' });
    vendors.crm.edit('consenting', { firstName: 'Ada' });
    expect((await sync('crm'))[0]).toMatchObject({ created: 1 });
    expect((await erase(await refOf('consenting'))).counts.records).toBe(1);
    vendors.crm.put('old consent', ada({ consents: [{ purpose: 'STORE', givenAt: '2020-01-01T00:00:00Z' }] }));
    vendors.crm.put('new consent', {
      ...consenting,
      consents: [{ purpose: 'STORE', givenAt: new Date(Date.now() + 60_000).toISOString() }],
    });
    expect((await sync('crm'))[0]).toMatchObject({ created: 2 });
  });

  it('says who else has an address of the person, leaves them alone and keeps nobody out because of it', async () => {
    vendors.ats.put('ada', ada());
    vendors.ats.put('son', { firstName: 'Ugo', lastName: 'Quagliarini', emails: [{ value: 'a.quagliarini@post.example' }] });
    await sync('ats');
    const son = await refOf('son');
    const { shared } = await erase(await refOf('ada'));
    expect(shared).toEqual([{ recordId: await idOf('son'), ref: son, kind: 'email' }]);
    vendors.ats.edit('son', { firstName: 'Hugo' });
    vendors.crm.put('son', { firstName: 'Hugo', lastName: 'Quagliarini', emails: [{ value: 'a.quagliarini@post.example' }] });
    expect(await sync('ats', 'crm')).toEqual([expect.objectContaining({ updated: 1 }), expect.objectContaining({ created: 1 })]);
    expect(await traces(/adelheid/i)).toEqual([]);
  });

  it('takes what the person left in records of others that were merged with theirs by mistake', async () => {
    vendors.ats.put('ada', ada());
    vendors.ats.put('bernd', BERND);
    await sync('ats');
    const operation = { records: [await idOf('ada'), await idOf('bernd')], reason: 'mistake' };
    vendors.crm.put('bernd', BERND);
    await sync('crm');
    await mergePeople(hub.hub, actor, { ...operation, records: [await idOf('ada'), await idOf('bernd')] });
    await settle();
    await unmergePeople(hub.hub, actor, { record: await idOf('ada'), scope: 'record', reason: 'Quagliarini is no Okafor' });
    await settle();
    await erase(await refOf('ada'));
    expect(await traces()).toEqual([]);
  });

  it('is repeated from the log by a database that was restored from a backup, before it serves', async () => {
    await live();
    const log = join(mkdtempSync(join(tmpdir(), 'erasures-')), 'log.jsonl');
    await erase(await refOf('ada'));
    // Other tests erase people of other tenants in this database.
    const lines = (): number =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes(hub.tenantId)).length;
    expect(await keepErasureLog(hub.hub, log)).toMatchObject({ repeated: 0 });
    expect(await keepErasureLog(hub.hub, log)).toMatchObject({ repeated: 0 });
    expect(lines()).toBe(1);
    expect(readFileSync(log, 'utf8')).not.toMatch(WORDS);
    // As a backup of the time before would have it: the erasure is not known, the person is there.
    await hub.rows(`DELETE FROM suppression`);
    await hub.rows(`DELETE FROM erasure`);
    for (const [vendor, externalId] of [
      ['ats', 'ada'],
      ['crm', 'lead'],
      ['applications', 'app'],
      ['mails', 'mail'],
    ] as const)
      vendors[vendor].edit(externalId, { again: true });
    vendors.crm.put('younger', BERND);
    await sync('ats', 'crm', 'applications', 'mails');
    expect((await traces()).length).toBeGreaterThan(5);
    expect(await keepErasureLog(hub.hub, log)).toMatchObject({ repeated: 1 });
    expect(await traces()).toEqual([]);
    expect(await refOf('younger')).toBe(await refOf('bernd'));
    vendors.crm.edit('lead', { again: 2 });
    expect((await sync('crm'))[0]).toMatchObject({ suppressed: 1 });
    expect(await keepErasureLog(hub.hub, log)).toMatchObject({ repeated: 0 });
    vendors.board.put('applied', ada());
    await sync('board');
    const before = lines();
    expect(await keepErasureLog(hub.hub, log)).toMatchObject({ repeated: 0 });
    expect(lines()).toBe(before + 1);
    writeFileSync(log, 'nonsense\n', { flag: 'a' });
    await expect(keepErasureLog(hub.hub, log)).rejects.toThrow(/log\.jsonl:\d+: this line is no erasure/);
  });

  it('does nothing but tell when asked for a preview', async () => {
    await live();
    const before = (await traces()).length;
    const { counts } = await erase(await refOf('ada'), { preview: true });
    expect(counts.records).toBe(6);
    expect((await traces()).length).toBe(before);
    expect(await hub.rows(`SELECT FROM erasure`)).toEqual([]);
  });

  it('frees those whose groups the person had in question', async () => {
    vendors.ats.put('one', ada());
    vendors.ats.put('two', ada());
    vendors.crm.put('lead', ada());
    await sync('ats', 'crm');
    expect(await refOf('lead')).not.toBe(await refOf('one'));
    await erase(await refOf('two'));
    expect(await refOf('lead')).toBe(await refOf('one'));
  });
});
