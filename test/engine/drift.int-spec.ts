import { compileMapping, parseMapping, type CompiledMapping, type MappingPatch } from '#hub/mapping';
import { activateMappings, draftMapping, patchForGroup, replayMapping, retryItem, type Actor } from '#hub/sync';
import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperConnector, PaperVendor } from './paper-vendor.js';

const FILE = `mapping: ats.jobs
version: 1
from: { connector: ats, stream: jobs }
into: job
fields:
  - { to: title, from: title }
  - { to: status, from: state, as: enum, table: { Open: OPEN, Closed: CLOSED } }
  - { to: visibility, from: shown, as: enum, table: { All: PUBLIC, Staff: INTERNAL } }
  - { to: department, from: unit.name }
  - { to: openedAt, from: opened, as: instant }
`;

function compiledFrom(file: string): CompiledMapping {
  const { mapping, faults } = parseMapping(file, 'ats/jobs.yaml');
  if (!mapping) throw new Error(JSON.stringify(faults));
  return compileMapping(mapping);
}

describe('drift of a vendor’s records', () => {
  let ats: PaperVendor;
  let house: PaperHub;
  let jobs: PaperStream;
  let actor: Actor;

  beforeEach(async () => {
    ats = new PaperVendor();
    house = await PaperHub.open({
      connectors: [paperConnector('ats', 'ats', { jobs: { entity: 'job', vendor: ats } })],
      mappings: [compiledFrom(FILE)],
    });
    const id = '11111111-1111-4111-8111-111111111111';
    actor = { tenantId: house.tenantId, kind: 'api-key', id, role: 'ops', scopes: [], requestId: 'r' };
    jobs = (await house.connect('ats', { systemOfRecord: true })).jobs;
    for (let at = 0; at < 60; at += 1) ats.put(`j${at}`, job(at));
    await house.sync(jobs);
  });
  afterEach(() => house.close());

  const job = (at: number): Record<string, unknown> => ({
    title: `Job ${at}`,
    state: 'Open',
    shown: 'All',
    unit: { name: `Unit ${at}` },
    opened: '2026-03-01T10:00:00Z',
  });
  const change = (at: number, more: Record<string, unknown>, less: string[] = []): void => {
    const data = Object.fromEntries(Object.entries({ ...job(at), ...more }).filter(([name]) => !less.includes(name)));
    ats.put(`j${at}`, data);
  };
  const all = (make: (at: number) => [Record<string, unknown>, string[]?]): void => {
    for (let at = 0; at < 60; at += 1) change(at, ...make(at));
  };
  const golden = async (field: string): Promise<unknown[]> =>
    (
      await house.rows<{ value: unknown }>(`SELECT values -> $1 AS value FROM cluster ORDER BY (substr(values ->> 'title', 5))::int`, [
        field,
      ])
    ).map((row) => row.value);
  const units = Array.from({ length: 60 }, (_, at) => `Unit ${at}`);
  interface Group {
    id: string;
    code: string;
    message: string;
    open: number;
  }
  const groups = (): Promise<Group[]> =>
    house.rows<Group>(
      `SELECT g.id, g.code, g.message, (SELECT count(*)::int FROM error_item i WHERE i.group_id = g.id AND i.state NOT IN ('resolved')) AS open FROM error_group g ORDER BY g.message`,
    );
  const patchOf = async (group: Group): Promise<MappingPatch> => (await patchForGroup(house.hub, actor, group.id)) as MappingPatch;
  const activate = async (text: string): Promise<void> => {
    const { name, version } = await draftMapping(house.hub, actor, { name: 'ats.jobs', text });
    await activateMappings(house.hub, actor, { versions: [{ name, version }], reason: 'drift' });
    await replayMapping(house.hub, actor, { streamId: jobs.streamId, version, confirmOutward: false });
    await house.retries(jobs);
  };

  it('a mapped path that vanished keeps its last values, and its patch finds where they went', async () => {
    all((at) => [{ division: `Unit ${at}`, title: `Job ${at}` }, ['unit']]);
    expect(await house.sync(jobs)).toMatchObject({ state: 'done', totals: { updated: 60, parked: 0 } });
    expect(await golden('department')).toEqual(units);
    const found = (await groups()).filter((group) => group.message.includes('is gone'));
    expect(found).toMatchObject([
      { code: 'SCHEMA_DRIFT', open: 60, message: expect.stringContaining('department (from unit.name) is gone') as string },
    ]);
    const patch = await patchOf(found[0]);
    expect(patch).toMatchObject({ mends: 50, tried: 50 });
    expect(patch.lines).toContain('+  - { to: department, from: division }');
    await activate(patch.text);
    await house.retries(jobs);
    expect(await golden('department')).toEqual(units);
    expect((await groups()).map((group) => group.open)).toEqual([0, 0]);
  });

  it('is noticed by the very first record that lacks what all had, and is over when it comes back', async () => {
    change(7, { title: 'Renamed 7' }, ['unit']);
    await house.sync(jobs);
    expect(
      (
        await house.rows<{ value: unknown }>(`SELECT values -> 'department' AS value FROM cluster WHERE values ->> 'title' = 'Renamed 7'`)
      )[0].value,
    ).toBe('Unit 7');
    expect(await groups()).toMatchObject([{ open: 1 }]);
    change(7, { unit: { name: 'Unit 7b' } });
    await house.sync(jobs);
    await house.retries(jobs);
    expect(await groups()).toMatchObject([{ open: 0 }]);
    expect((await golden('department'))[7]).toBe('Unit 7b');
  });

  it('a null is an answer and empties nothing that the file does not say', async () => {
    all(() => [{ unit: null }]);
    await house.sync(jobs);
    expect(await groups()).toEqual([]);
  });

  it('a changed type blocks its field only, in one group with a patch', async () => {
    all((at) => [{ title: { en: `Title ${at}` }, unit: { name: `New ${at}` } }]);
    await house.sync(jobs);
    expect((await golden('title'))[3]).toBe('Job 3');
    expect((await golden('department'))[3]).toBe('New 3');
    const [group, ...others] = await groups();
    expect([group, others]).toMatchObject([
      { code: 'SCHEMA_DRIFT', open: 60, message: expect.stringContaining('title (from title) changed its type') as string },
      [],
    ]);
    expect((await patchOf(group)).lines).toContain('+  - { to: title, from: title.en }');
  });

  it('a new word of a list blocks its field; of a status it parks the record; both propose the word', async () => {
    change(1, { shown: 'Unlisted', title: 'A 1' });
    change(2, { state: 'On hold', title: 'A 2' });
    await house.sync(jobs);
    const [shown, status] = await groups();
    expect([shown, status]).toMatchObject(
      [
        { code: 'STAGE_UNMAPPED', message: expect.stringContaining('status') as string },
        { code: 'SCHEMA_DRIFT', message: expect.stringContaining('visibility') as string },
      ].sort((a, b) => (a.code < b.code ? 1 : -1)),
    );
    expect(
      await house.rows(
        `SELECT values ->> 'title' AS title, values ->> 'visibility' AS shown FROM cluster WHERE values ->> 'title' LIKE 'A %'`,
      ),
    ).toEqual([{ title: 'A 1', shown: 'PUBLIC' }]);
    for (const group of [shown, status]) await activate((await patchOf(group)).text);
    for (const { id } of await house.rows<{ id: string }>(`SELECT id FROM error_item WHERE state = 'open'`))
      await retryItem(house.hub, actor, { itemId: id, mode: 'current-mapping' });
    await house.retries(jobs);
    expect(
      await house.rows(
        `SELECT values ->> 'title' AS title, values ->> 'status' AS status, values ->> 'visibility' AS shown FROM cluster WHERE values ->> 'title' LIKE 'A %' ORDER BY 1`,
      ),
    ).toEqual([
      { title: 'A 1', status: 'OPEN', shown: 'UNLISTED' },
      { title: 'A 2', status: 'ON_HOLD', shown: 'PUBLIC' },
    ]);
    expect((await groups()).map((group) => group.open)).toEqual([0, 0]);
  });

  it('a new field is one item of the stream, until a mapping reads it', async () => {
    all((at) => [{ requisitionCode: `R-${at}`, title: `Job ${at}` }]);
    await house.sync(jobs);
    const [group, ...others] = await groups();
    expect([group, others]).toMatchObject([{ open: 1, message: expect.stringContaining('a new field requisitionCode') as string }, []]);
    const [{ id: itemId }] = await house.rows<{ id: string }>(`SELECT id FROM error_item`);
    await expect(retryItem(house.hub, actor, { itemId, mode: 'fresh' })).rejects.toMatchObject({ code: 'NEEDS_A_DECISION' });
    const patch = await patchOf(group);
    expect(patch.lines).toContain('+  - { to: requisitionCode, from: requisitionCode }');
    await activate(patch.text);
    expect((await golden('requisitionCode'))[3]).toBe('R-3');
    expect(await house.rows(`SELECT state, resolution, resolution_reason FROM error_item`)).toEqual([
      { state: 'resolved', resolution: 'reason', resolution_reason: 'ats.jobs version 2 reads it' },
    ]);
  });

  it('is counted in names: no value is kept in the shape', async () => {
    const [shape] = await house.rows<{ shape: string }>(`SELECT fields::text || paths::text AS shape FROM stream_shape`);
    expect(shape.shape).toContain('unit.name');
    expect(shape.shape).not.toMatch(/Unit 3|Job 3/);
  });
});
