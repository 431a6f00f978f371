import { TestApi, type Answer, type ProblemBody } from '../../../../test/support/api.js';
import type { PaperStream } from '../../../../test/engine/paper-hub.js';

const HEAD = 'mapping: people.candidates\nversion: 2\nfrom: { connector: people, stream: candidates }\ninto: candidate\n';
const file = (fields: string): string => `${HEAD}fields:\n  - { to: displayName, from: displayName }\n${fields}`;
const DRAFT = file('  - { to: headline, from: headline, do: [upper] }\n  - { to: currentTitle, from: headline }\n');

describe('mappings over the API', () => {
  let api: TestApi;
  let ops: string;
  let viewer: string;
  let admin: string;
  let streamId: string;
  const post = <Body = Record<string, unknown>>(path: string, body: unknown, key = ops): Promise<Answer<Body>> =>
    api.send<Body>(`POST /api/v1/${path}`, { key, body });

  beforeAll(async () => {
    api = await TestApi.open();
    [ops, viewer, admin] = [await api.key('ops'), await api.key('auditor'), await api.key('admin')];
    const connectionId = await api.connect(await api.key('it'));
    const [stream] = await api.house.rows<PaperStream & { id: string }>(
      `SELECT id FROM stream WHERE connection_id = $1 AND name = 'candidates'`,
      [connectionId],
    );
    streamId = stream.id;
    for (let at = 0; at < 30; at += 1)
      api.people.put(`p${at}`, { displayName: `Person ${at}`, firstName: `F${at}`, headline: `analyst ${at}` });
    await api.house.sync({ connectionId, streamId });
  });
  afterAll(() => api.close());

  it('tells every mistake of a file at once', async () => {
    const { status, body } = await post<{ faults: { line: number; message: string }[] }>('mapping/check', {
      text: DRAFT.replace('upper', 'uper').replace('currentTitle', 'curentTitle'),
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      faults: [
        { line: 7, hint: 'did you mean "upper"?' },
        { line: 8, hint: 'did you mean "currentTitle"?' },
      ],
    });
  });

  it('previews a draft over stored records, and hides what the live mapping does not show from the same place', async () => {
    const { body } = await post<{ records: { values: Record<string, string> }[] }>('mapping/preview', { streamId, text: DRAFT, limit: 5 });
    expect(body).toMatchObject({
      mapping: 'people.candidates@2',
      outcomes: { mapped: 5 },
      coverage: { displayName: 100, headline: 100, currentTitle: 100 },
    });
    const [{ values }] = body.records;
    expect(values.headline).toMatch(/^ANALYST \d+$/);
    expect([values.displayName, values.currentTitle]).toEqual(['•••', '•••']);
  });

  it('does not let a draft carry an address into a public field to be read', async () => {
    const text = file('  - { to: headline, from: firstName }\n');
    const { body } = await post<{ records: { values: Record<string, string> }[] }>('mapping/preview', { streamId, text, limit: 3 }, viewer);
    expect(JSON.stringify(body)).not.toMatch(/F\d/);
    const diff = await post('mapping/diff', { streamId, before: {}, after: { text } }, viewer);
    expect(JSON.stringify(diff.body)).not.toMatch(/"F\d/);
    expect(await post('mapping/preview', { streamId, text, limit: 3, reveal: true }, viewer)).toMatchObject({ status: 403 });
    const revealed = await post('mapping/preview', { streamId, text, limit: 3, reveal: true }, admin);
    expect(JSON.stringify(revealed.body)).toMatch(/F\d/);
    expect(await api.house.rows(`SELECT subject_id FROM audit WHERE action = 'record.reveal'`)).toEqual([{ subject_id: streamId }]);
  });

  it('counts what a draft would change, field by field', async () => {
    const { body } = await post('mapping/diff', {
      streamId,
      before: { text: file('  - { to: headline, from: headline }\n') },
      after: { text: DRAFT },
    });
    expect(body).toMatchObject({
      records: 30,
      unchanged: 0,
      outcomes: {},
      fields: { headline: { changed: 30, added: 0, removed: 0 }, currentTitle: { added: 30 } },
    });
  });

  it('explains one stored record, or one that is sent', async () => {
    const stored = await post('mapping/explain', { streamId, text: DRAFT, externalId: 'p3' });
    expect(stored.body.fields).toContainEqual(
      expect.objectContaining({
        to: 'headline',
        from: 'headline',
        result: 'ANALYST 3',
        steps: [
          { operator: 'read', value: 'analyst 3' },
          { operator: 'upper', value: 'ANALYST 3' },
          { operator: 'text', value: 'ANALYST 3' },
        ].map((step) => expect.objectContaining({ value: step.value }) as unknown),
      }),
    );
    expect(await post('mapping/explain', { streamId, text: DRAFT })).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
    expect(await post('mapping/explain', { streamId, text: DRAFT, externalId: 'nobody' })).toMatchObject({ status: 404 });
  });

  it('proposes rules only to those who may see values, since sample words become part of them', async () => {
    expect(await post('mapping/suggest', { streamId })).toMatchObject({ status: 403 });
    const { body } = await post<{ rules: unknown[] }>('mapping/suggest', { streamId }, admin);
    expect(body.rules).toContainEqual(expect.objectContaining({ to: 'headline', from: 'headline' }));
  });

  it('keeps drafts, makes them live with a reason, and drops what was never used', async () => {
    const refused = await post<ProblemBody>('mappings/people.candidates/versions', { text: DRAFT.replace('upper', 'uper') });
    expect(refused).toMatchObject({ status: 422, body: { code: 'INVALID_MAPPING', errors: [{ pointer: '/text' }] } });
    expect(await post('mappings/people.candidates/versions', { text: DRAFT.replace('into: candidate', 'into: job') })).toMatchObject({
      status: 422,
    });
    expect(await post('mappings/people.candidates/versions', { text: DRAFT }, viewer)).toMatchObject({ status: 403 });
    expect(await post('mappings/people.candidates/versions', { text: DRAFT })).toMatchObject({ status: 201, body: { version: 2 } });
    expect(await api.send(`DELETE /api/v1/mappings/people.candidates/versions/2`, { key: ops })).toMatchObject({ status: 204 });
    await post('mappings/people.candidates/versions', { text: DRAFT });
    expect(await post('mappings/activations', { versions: [{ name: 'people.candidates', version: 2 }] })).toMatchObject({ status: 422 });
    expect(await post('mappings/activations', { versions: [{ name: 'people.candidates', version: 2 }], reason: 'titles' })).toMatchObject({
      status: 204,
    });
    const { body } = await api.send<{ items: { version: number; live: boolean }[] }>('GET /api/v1/mappings/people.candidates/versions', {
      key: viewer,
    });
    expect(body.items.map(({ version, live }) => [version, live])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect(await post('mapping/replay', { streamId, version: 1 }, admin)).toMatchObject({ status: 409, body: { code: 'NOT_LIVE' } });
  });

  it('proposes the change that mends a drift', async () => {
    const [{ id, connection_id }] = await api.house.rows<{ id: string; connection_id: string }>(
      `SELECT id, connection_id FROM stream WHERE id = $1`,
      [streamId],
    );
    for (let at = 0; at < 30; at += 1) api.people.edit(`p${at}`, { headline: { text: `analyst ${at}` } });
    await api.house.sync({ connectionId: connection_id, streamId: id });
    const groups = await api.send<{ items: { id: string; code: string; message: string; counts: object }[] }>('GET /api/v1/error-groups', {
      key: viewer,
    });
    const drift = groups.body.items.filter((group) => group.code === 'SCHEMA_DRIFT');
    expect(drift).toMatchObject([{ counts: { open: 30 } }, { counts: { open: 30 } }]);
    const answer = await api.send<{ patch: { lines: string[]; mends: number; text: string } }>(
      `GET /api/v1/error-groups/${drift.find((group) => group.message.startsWith('headline'))?.id}/patch`,
      { key: ops },
    );
    expect(answer.body.patch.lines).toContain('+  - { to: headline, from: headline.text, do: [upper] }');
    expect(answer.body.patch.mends).toBe(30);
    expect(await api.send(`GET /api/v1/error-groups/${streamId}/patch`, { key: ops })).toMatchObject({ status: 404 });
  });

  it('knows nothing of another tenant’s streams', async () => {
    const stranger = await api.key('admin', { tenantId: await otherTenant(api) });
    expect(await post('mapping/preview', { streamId, text: DRAFT }, stranger)).toMatchObject({ status: 404 });
    expect(await post('mapping/suggest', { streamId }, stranger)).toMatchObject({ status: 404 });
  });
});

async function otherTenant(api: TestApi): Promise<string> {
  const id = '22222222-2222-4222-8222-222222222222';
  await api.house.hub.database.inTenant(id, (tx) =>
    tx.query(`INSERT INTO tenant (id, name) VALUES ($1, 'other') ON CONFLICT DO NOTHING`, [id]),
  );
  return id;
}
