import { compileMapping, parseMapping, type CompiledMapping } from '#hub/mapping';
import {
  activateMappings,
  diffMappings,
  draftMapping,
  dropDraft,
  previewMapping,
  previewRetry,
  replayMapping,
  retryItem,
  type Actor,
} from '#hub/sync';
import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperConnector, paperMapping, PaperVendor } from './paper-vendor.js';

const FUTURE = '2099-03-01T10:00:00.000Z';

const text = (version: number, fields: string, top = ''): string =>
  `mapping: ats.meetings\nversion: ${version}\nfrom: { connector: ats, stream: meetings }\ninto: interview\n${top}fields:\n  - { to: status, from: status, as: enum, table: { planned: SCHEDULED }, wins: newest }\n  - { to: startsAt, from: startsAt, as: instant, wins: newest }\n${fields}`;
const ONE = text(1, '  - { to: location, from: place, wins: newest }\n');
const TWO = text(2, '  - { to: location, from: place, do: [upper], wins: newest }\n');
const THREE = text(3, '  - { to: location, from: place, do: [upper], wins: newest }\n').replace(
  'planned: SCHEDULED',
  'planned: SCHEDULED, later: REQUESTED',
);

function compiledFrom(file: string): CompiledMapping {
  const { mapping, faults } = parseMapping(file, 'ats/meetings.yaml');
  if (!mapping) throw new Error(JSON.stringify(faults));
  return compileMapping(mapping);
}

describe('versions of a mapping', () => {
  let ats: PaperVendor;
  let calendar: PaperVendor;
  let house: PaperHub;
  let meetings: PaperStream;
  let events: PaperStream;
  let actor: Actor;

  async function open(file: string): Promise<void> {
    const two = { wins: 'newest' as const };
    house = await PaperHub.open({
      connectors: [
        paperConnector('ats', 'ats', { meetings: { entity: 'interview', vendor: ats } }),
        paperConnector('calendar', 'calendar', { events: { entity: 'interview', push: true, vendor: calendar, visibleWithinMs: 300 } }),
      ],
      mappings: [
        compiledFrom(file),
        paperMapping({
          connector: 'calendar',
          stream: 'events',
          into: 'interview',
          fields: { status: two, startsAt: two, location: two },
          createWhen: (values) => values.status === 'SCHEDULED' && values.location !== 'HALL 1',
        }),
      ],
    });
    actor = {
      tenantId: house.tenantId,
      kind: 'api-key',
      id: '11111111-1111-4111-8111-111111111111',
      role: 'ops',
      scopes: [],
      requestId: 'r',
    };
  }

  beforeEach(async () => {
    ats = new PaperVendor();
    calendar = new PaperVendor();
    await open(ONE);
    meetings = (await house.connect('ats', { systemOfRecord: true })).meetings;
    events = (await house.connect('calendar')).events;
  });
  afterEach(() => house.close());

  const activate = async (file: string, version: number): Promise<void> => {
    await draftMapping(house.hub, actor, { name: 'ats.meetings', text: file });
    await activateMappings(house.hub, actor, { versions: [{ name: 'ats.meetings', version }], reason: 'test' });
  };
  const places = async (): Promise<unknown[]> =>
    (await house.rows<{ place: string }>(`SELECT values ->> 'location' AS place FROM cluster ORDER BY values ->> 'location'`)).map(
      (row) => row.place,
    );
  const checksum = async (): Promise<unknown> => {
    const tables = await house.rows<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations' ORDER BY 1`,
    );
    const sums: Record<string, unknown> = {};
    for (const { name } of tables)
      sums[name] = (
        await house.rows<{ sum: string }>(`SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS sum FROM ${name} t`)
      )[0].sum;
    return sums;
  };

  it('are kept once used, named by run and record, and refuse to change', async () => {
    ats.put('m1', { status: 'planned', startsAt: FUTURE, place: 'Room 4' });
    await house.sync(meetings);
    expect(
      await house.rows(`SELECT name, version, origin, used_at IS NOT NULL AS used, text = $1 AS same FROM mapping_version`, [ONE]),
    ).toEqual([{ name: 'ats.meetings', version: 1, origin: 'shipped', used: true, same: true }]);
    expect(await house.rows(`SELECT mapping, mapping_version FROM run WHERE kind = 'sync'`)).toEqual([
      { mapping: 'ats.meetings', mapping_version: 1 },
    ]);
    expect(await house.rows(`SELECT mapping, mapping_version FROM source_record`)).toEqual([
      { mapping: 'ats.meetings', mapping_version: 1 },
    ]);
    await expect(house.rows(`UPDATE mapping_version SET text = 'x'`)).rejects.toThrow('was used and is immutable');
    await expect(house.rows(`DELETE FROM mapping_version`)).rejects.toThrow('was used and is immutable');
    await expect(draftMapping(house.hub, actor, { name: 'ats.meetings', text: ONE.replace('place', 'room') })).rejects.toThrow(
      'write version: 2',
    );
    await expect(dropDraft(house.hub, actor, { name: 'ats.meetings', version: 1 })).rejects.toThrow('only a draft');
  });

  it('stop the stream when a shipped file changes its words and keeps its number', async () => {
    ats.put('m1', { status: 'planned', startsAt: FUTURE, place: 'Room 4' });
    await house.sync(meetings);
    const changed = compiledFrom(ONE.replace('from: place', 'from: room'));
    const registry = house.hub.mappings as unknown as { all: CompiledMapping[] };
    registry.all = registry.all.map((mapping) => (mapping.name === 'ats.meetings' ? changed : mapping));
    const run = await house.sync(meetings);
    expect(run).toMatchObject({ state: 'failed', failureCode: 'CONFIG' });
    const [stream] = await house.rows<{ status: string; status_reason: string }>(`SELECT status, status_reason FROM stream WHERE id = $1`, [
      meetings.streamId,
    ]);
    expect(stream.status).toBe('stopped');
    expect(stream.status_reason).toContain('give the changed file version: 2');
    expect((await house.sync(events)).state).toBe('done');
  });

  it('are refused with every fault, and activated only when survivorship agrees', async () => {
    await expect(
      draftMapping(house.hub, actor, { name: 'ats.meetings', text: TWO.replace('do: [upper]', 'do: [uper]') }),
    ).rejects.toMatchObject({
      status: 422,
      errors: [{ detail: expect.stringContaining('did you mean "upper"?') as string }],
    });
    await draftMapping(house.hub, actor, {
      name: 'ats.meetings',
      text: TWO.replace('do: [upper], wins: newest', 'do: [upper], wins: ats'),
    });
    await expect(
      activateMappings(house.hub, actor, { versions: [{ name: 'ats.meetings', version: 2 }], reason: 'test' }),
    ).rejects.toMatchObject({ status: 409, code: 'MAPPINGS_DISAGREE' });
    await expect(
      activateMappings(house.hub, actor, { versions: [{ name: 'ats.meetings', version: 9 }], reason: 'test' }),
    ).rejects.toMatchObject({ status: 404 });
  });

  it('belong to their tenant', async () => {
    await activate(TWO, 2);
    const other = { ...actor, tenantId: '00000000-0000-4000-8000-000000000001' };
    await expect(
      activateMappings(house.hub, other, { versions: [{ name: 'ats.meetings', version: 2 }], reason: 'test' }),
    ).rejects.toMatchObject({ status: 404 });
  });

  it('decide a retry: as it was, or with the mapping of now', async () => {
    ats.put('m1', { status: 'later', startsAt: FUTURE, place: 'Room 4' });
    await house.sync(meetings);
    const [{ id: itemId }] = await house.rows<{ id: string }>(`SELECT id FROM error_item`);
    await activate(THREE, 3);
    expect(await previewRetry(house.hub, actor, { itemId, mode: 'as-it-was' })).toMatchObject({ outcome: 'refused' });
    expect(await previewRetry(house.hub, actor, { itemId, mode: 'current-mapping' })).toMatchObject({
      outcome: 'mapped',
      mapping: { then: 1, now: 3 },
    });
    await retryItem(house.hub, actor, { itemId, mode: 'as-it-was' });
    await house.retries(meetings);
    expect(await places()).toEqual([]);
    await retryItem(house.hub, actor, { itemId, mode: 'current-mapping' });
    await house.retries(meetings);
    expect(await places()).toEqual(['ROOM 4']);
    expect(await house.rows(`SELECT mapping_version FROM source_record`)).toEqual([{ mapping_version: 3 }]);
  });

  describe('before and after a change', () => {
    beforeEach(async () => {
      ats.put('m1', { status: 'planned', startsAt: FUTURE, place: 'Room 4' });
      ats.put('m2', { status: 'planned', startsAt: FUTURE, place: 'HALL 1' });
      ats.put('m3', { status: 'later', startsAt: FUTURE, place: 'Room 6' });
      await house.sync(meetings);
      await house.push(events);
    });

    it('are compared over stored records and parked ones, and nothing is written', async () => {
      const before = await checksum();
      const diff = await diffMappings(house.hub, actor, { streamId: meetings.streamId, before: { text: ONE }, after: { text: THREE } });
      expect(diff).toMatchObject({ records: 3, unchanged: 1, outcomes: { 'refused → mapped': 1 } });
      expect(diff.fields.location).toMatchObject({
        changed: 1,
        added: 1,
        samples: [{ externalId: 'm1', before: 'Room 4', after: 'ROOM 4' }, { externalId: 'm3' }],
      });
      const preview = await previewMapping(house.hub, actor, { streamId: meetings.streamId, choice: {}, limit: 10 });
      expect(preview.records.map((record) => record.outcome)).toEqual(['refused', 'mapped', 'mapped']);
      expect(preview.coverage).toEqual({ status: 100, startsAt: 100, location: 100 });
      expect(await checksum()).toEqual(before);
    });

    it('are replayed without a write outward unless it is confirmed', async () => {
      await activate(THREE, 3);
      const writes = calendar.writes.length;
      const [{ n: before }] = await house.rows<{ n: string }>(`SELECT count(*) AS n FROM outbox`);
      const { records } = await replayMapping(house.hub, actor, { streamId: meetings.streamId, version: 3, confirmOutward: false });
      const run = await house.retries(meetings);
      await house.push(events);
      expect(records).toBe(3);
      // The room of m1 would be written to the calendar; the others change nothing there.
      expect(await places()).toEqual(['HALL 1', 'ROOM 6', 'Room 4']);
      expect(calendar.writes).toHaveLength(writes);
      expect(await house.rows(`SELECT count(*) AS n FROM outbox`)).toEqual([{ n: before }]);
      expect(await house.rows(`SELECT (options ->> 'outwardRefused')::int AS refused FROM run WHERE id = $1`, [run.id])).toEqual([
        { refused: 1 },
      ]);
      expect(
        await house.rows(`SELECT external_id, mapping_version FROM source_record WHERE stream_id = $1 ORDER BY 1`, [meetings.streamId]),
      ).toEqual([
        { external_id: 'm1', mapping_version: 1 },
        { external_id: 'm2', mapping_version: 3 },
        { external_id: 'm3', mapping_version: 3 },
      ]);
      await replayMapping(house.hub, actor, { streamId: meetings.streamId, version: 3, confirmOutward: true });
      await house.retries(meetings);
      await house.push(events);
      expect(await places()).toEqual(['HALL 1', 'ROOM 4', 'ROOM 6']);
      expect(calendar.writes.slice(writes).map(({ verb }) => verb)).toEqual(['update']);
    });

    it('are not replayed with a version that is not live', async () => {
      await draftMapping(house.hub, actor, { name: 'ats.meetings', text: TWO });
      await expect(
        replayMapping(house.hub, actor, { streamId: meetings.streamId, version: 2, confirmOutward: false }),
      ).rejects.toMatchObject({ code: 'NOT_LIVE' });
    });
  });
});
