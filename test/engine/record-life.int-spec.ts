import { ConnectorFailure } from '#hub/connector-sdk';
import { FUTURE, isPlanned, LATER, LATEST, openMeetings, TWO_WAY } from './meeting-house.js';
import type { PaperHub, PaperStream } from './paper-hub.js';
import type { PaperVendor } from './paper-vendor.js';

const FIELDS = {
  sequence: { direction: 'in' as const },
  status: TWO_WAY,
  startsAt: TWO_WAY,
  location: TWO_WAY,
};

const UNKNOWN_STATUS = {
  code: 'STAGE_UNMAPPED' as const,
  field: 'status',
  pointer: '/status',
  message: 'status is a word that the table does not know; add it to the table',
  blocksOnlyField: false,
};

describe('the life of a record', () => {
  let ats: PaperVendor;
  let calendar: PaperVendor;
  let house: PaperHub;
  let meetings: PaperStream;
  let events: PaperStream;

  beforeEach(async () => {
    ({ ats, calendar, house, meetings, events } = await openMeetings({
      fields: FIELDS,
      createWhen: isPlanned,
      refuse: ({ status }) => (status === 'ON_HOLD' ? [UNKNOWN_STATUS] : []),
    }));
  });
  afterEach(() => house.close());

  const golden = async (): Promise<Record<string, unknown>[]> =>
    (await house.rows<{ values: Record<string, unknown> }>(`SELECT values FROM cluster ORDER BY created_at, id`)).map((row) => row.values);
  const open = (): Promise<{ code: string; state: string }[]> =>
    house.rows(`SELECT code, state FROM error_item WHERE state NOT IN ('resolved') ORDER BY opened_at`);
  const meet = (startsAt = FUTURE): Record<string, unknown> => ({ status: 'SCHEDULED', startsAt, location: 'Room 1' });
  const retryWrite = async (): Promise<void> => {
    await house.rows(`UPDATE error_item SET state = 'retrying' WHERE code = 'PERMISSION' AND state <> 'resolved'`);
    const retry = house.retries(meetings);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await house.settle(meetings);
    await retry;
  };
  const bothIn = async (): Promise<void> => {
    ats.put('m1', meet());
    await house.sync(meetings);
    await house.settle(events);
    await house.sync(events);
  };

  it('travels from the ATS to the calendar, once, and its return is no news', async () => {
    await bothIn();
    expect(calendar.writes).toHaveLength(1);
    expect([...calendar.records.values()][0].data).toMatchObject({ status: 'SCHEDULED', startsAt: FUTURE });
    await house.sync(meetings);
    await house.settle(events, meetings);
    expect(ats.writes).toHaveLength(0);
    expect(calendar.writes).toHaveLength(1);
    expect(await golden()).toHaveLength(1);
  });

  it('counts every record once', async () => {
    for (let i = 0; i < 7; i += 1) ats.put(`m${i}`, meet());
    ats.put('held', { ...meet(), status: 'ON_HOLD' });
    const first = await house.sync(meetings);
    expect(first.totals).toMatchObject({ read: 8, created: 7, parked: 1 });
    ats.edit('m1', { location: 'Room 2' });
    ats.put('m2', { ...ats.records.get('m2')?.data });
    expect((await house.sync(meetings)).totals).toMatchObject({ read: 2, updated: 2 });
  });

  it('moves the ATS meeting once when the event is moved, with no echo', async () => {
    await bothIn();
    const [event] = [...calendar.records.keys()];
    calendar.edit(event, { startsAt: LATER });
    await house.sync(events);
    await house.settle(meetings, events);
    await house.sync(events);
    await house.sync(meetings);
    await house.settle(meetings, events);
    expect(ats.records.get('m1')?.data.startsAt).toBe(LATER);
    expect(ats.writes).toEqual([{ verb: 'update', id: 'm1' }]);
    expect(calendar.writes).toHaveLength(1);
  });

  it('creates the meeting in the ATS from an event, once, and cancels it when the event is deleted', async () => {
    calendar.put('e1', meet());
    await house.sync(events);
    await house.settle(meetings);
    expect(ats.writes.map((write) => write.verb)).toEqual(['create']);
    await house.sync(meetings);
    calendar.remove('e1');
    await house.sync(events);
    await house.settle(meetings);
    expect([...ats.records.values()].map((record) => record.data.status)).toEqual(['CANCELLED']);
    expect(calendar.writes).toHaveLength(0);
  });

  it('adopts the create whose answer was lost instead of creating it again', async () => {
    ats.dropAfterCreate = 1;
    calendar.put('e1', meet());
    await house.sync(events);
    await house.settle(meetings);
    expect(ats.records.size).toBe(1);
    expect((await house.rows(`SELECT state FROM outbox`)).map((row) => row.state)).toEqual(['confirmed']);
  });

  it('searches a system that makes nothing twice only for a create that was sent before', async () => {
    ats.put('m1', meet());
    await house.sync(meetings);
    await house.settle(events);
    expect([calendar.writes.length, calendar.searches]).toEqual([1, 0]);
    calendar.dropAfterCreate = 1;
    ats.put('m2', meet(LATER));
    await house.sync(meetings);
    await house.settle(events);
    expect([calendar.writes.length, calendar.searches, calendar.records.size]).toEqual([2, 1, 2]);
  });

  it('searches for what a write before this one may have made', async () => {
    calendar.rewrite = () => {
      throw new ConnectorFailure({ code: 'INVALID_VALUE', detail: 'no room of this name' });
    };
    ats.put('m1', meet());
    await house.sync(meetings);
    await house.settle(events);
    calendar.rewrite = (data) => data;
    ats.edit('m1', { location: 'Room 2' });
    await house.sync(meetings);
    await house.settle(events);
    expect([calendar.searches, calendar.records.size]).toEqual([1, 1]);
  });

  it('sends nothing after a sleep in which another process claimed and made the create', async () => {
    calendar.put('e1', meet());
    ats.duringSearch = async (writeId) => {
      ats.duringSearch = () => Promise.resolve();
      ats.put('made-by-another', meet(), writeId);
      await house.rows(`UPDATE checkpoint SET fence = fence + 1 WHERE kind = 'push'`);
      await house.rows(`UPDATE outbox SET claimed_fence = claimed_fence + 1, state = 'unknown' WHERE state = 'sending'`);
    };
    await house.sync(events);
    await house.settle(meetings);
    expect(ats.writes).toEqual([]);
    expect([...ats.records.keys()]).toEqual(['made-by-another']);
    expect(await house.rows(`SELECT state, external_id FROM outbox WHERE operation = 'create'`)).toEqual([
      { state: 'confirmed', external_id: 'made-by-another' },
    ]);
  });

  it('keeps an edit that was made while the create was under way', async () => {
    calendar.put('e1', meet());
    ats.duringSearch = async () => {
      ats.duringSearch = () => Promise.resolve();
      calendar.edit('e1', { startsAt: LATER });
      await house.sync(events);
    };
    await house.sync(events);
    await house.settle(meetings, events);
    expect([...ats.records.values()].map(({ data }) => data.startsAt)).toEqual([LATER]);
    expect(calendar.records.get('e1')?.data.startsAt).toBe(LATER);
    expect(calendar.writes).toEqual([]);
  });

  it('does not repeat an update whose answer was lost over an edit that came after it', async () => {
    await bothIn();
    const [event] = calendar.records.keys();
    ats.rewrite = (data) => ({ ...data, sequence: Number(data.sequence ?? 0) + 1 });
    ats.dropAfterUpdate = 1;
    ats.afterUpdate = async () => {
      ats.afterUpdate = () => Promise.resolve();
      await house.sync(meetings);
      ats.edit('m1', { startsAt: LATEST });
    };
    calendar.edit(event, { startsAt: LATER });
    await house.sync(events);
    await house.settle(meetings, events);
    expect(ats.records.get('m1')?.data.startsAt).toBe(LATEST);
    expect(calendar.records.get(event)?.data.startsAt).toBe(LATEST);
    expect(await open()).toEqual([]);
  });

  it('freezes only the field that both sides changed, and settles it by choice', async () => {
    await bothIn();
    const [event] = [...calendar.records.keys()];
    calendar.edit(event, { startsAt: LATER, location: 'Garden' });
    ats.refuseUpdates = true;
    await house.sync(events);
    await house.settle(meetings);
    ats.edit('m1', { startsAt: LATEST });
    await house.sync(meetings);
    expect((await open()).map((item) => item.code).sort()).toEqual(['CONFLICT', 'PERMISSION']);
    expect((await golden())[0]).toMatchObject({ startsAt: LATER, location: 'Garden' });
    expect(await house.rows(`SELECT field FROM conflict WHERE settled_at IS NULL`)).toEqual([{ field: 'startsAt' }]);
  });

  it('parks a refused write with a sentence, and closes it only when a fresh read agrees', async () => {
    await bothIn();
    const [event] = [...calendar.records.keys()];
    ats.refuseUpdates = true;
    calendar.edit(event, { startsAt: LATER });
    await house.sync(events);
    await house.settle(meetings);
    expect(await open()).toEqual([{ code: 'PERMISSION', state: 'open' }]);
    ats.refuseUpdates = false;
    await house.rows(`UPDATE error_item SET state = 'retrying' WHERE code = 'PERMISSION'`);
    const retry = house.retries(meetings);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await house.push(meetings);
    await retry;
    expect(await house.rows(`SELECT state, resolution, proof_hash IS NOT NULL AS proved FROM error_item`)).toEqual([
      { state: 'resolved', resolution: 'verified', proved: true },
    ]);
    expect(ats.records.get('m1')?.data.startsAt).toBe(LATER);
  });

  it('sends with a retry what holds now, not what was refused once', async () => {
    await bothIn();
    const [event] = [...calendar.records.keys()];
    ats.refuseUpdates = true;
    calendar.edit(event, { startsAt: LATER });
    await house.sync(events);
    await house.settle(meetings);
    calendar.edit(event, { startsAt: LATEST });
    await house.sync(events);
    await house.settle(meetings);
    ats.refuseUpdates = false;
    await retryWrite();
    expect([ats.writes, ats.records.get('m1')?.data.startsAt]).toEqual([[{ verb: 'update', id: 'm1' }], LATEST]);
    expect(await house.rows(`SELECT state, resolution FROM error_item WHERE code = 'PERMISSION'`)).toEqual([
      { state: 'resolved', resolution: 'verified' },
    ]);
  });

  it('sends nothing where somebody has made the refused change by hand, and closes on the proof of it', async () => {
    await bothIn();
    const [event] = [...calendar.records.keys()];
    ats.refuseUpdates = true;
    calendar.edit(event, { startsAt: LATER });
    await house.sync(events);
    await house.settle(meetings);
    ats.edit('m1', { startsAt: LATER });
    await house.sync(meetings);
    await retryWrite();
    expect(ats.writes).toEqual([]);
    expect(await house.rows(`SELECT state, resolution FROM error_item`)).toEqual([{ state: 'resolved', resolution: 'verified' }]);
  });

  it('closes a refused record on proof after it was mended at the source', async () => {
    ats.put('m1', { ...meet(), status: 'ON_HOLD' });
    await house.sync(meetings);
    expect(await open()).toEqual([{ code: 'STAGE_UNMAPPED', state: 'open' }]);
    ats.edit('m1', { status: 'SCHEDULED' });
    await house.rows(`UPDATE error_item SET state = 'retrying', retry_mode = 'fresh'`);
    await house.retries(meetings);
    expect(await house.rows(`SELECT state, resolution FROM error_item`)).toEqual([{ state: 'resolved', resolution: 'verified' }]);
  });

  it('does not believe a retry that changed nothing', async () => {
    ats.put('m1', { ...meet(), status: 'ON_HOLD' });
    await house.sync(meetings);
    await house.rows(`UPDATE error_item SET state = 'retrying', retry_mode = 'fresh'`);
    await house.retries(meetings);
    expect(await open()).toEqual([{ code: 'STAGE_UNMAPPED', state: 'open' }]);
  });

  it('takes what the vendor made of our value as the base, so that its spelling starts no loop', async () => {
    calendar.rewrite = (data) => ({
      ...data,
      location: `${String(data.location)} (normalised)`.replace(/( \(normalised\))+/, ' (normalised)'),
    });
    await bothIn();
    await house.settle(events, meetings);
    await house.sync(events);
    await house.settle(events, meetings);
    expect(calendar.writes).toHaveLength(1);
    expect(ats.writes).toHaveLength(0);
    expect((await golden())[0]).toMatchObject({ location: 'Room 1' });
    expect((await house.reconcile(events)).state).toBe('done');
    expect(await house.rows(`SELECT matched, total, unexplained FROM reconciliation`)).toEqual([{ matched: 1, total: 1, unexplained: 0 }]);
  });

  it('walks everything again after a lost cursor and deletes only what is gone by id', async () => {
    for (let i = 0; i < 30; i += 1) ats.put(`m${i}`, meet());
    await house.sync(meetings);
    ats.records.delete('m3');
    ats.cursorLost = true;
    await house.sync(meetings);
    expect(await house.rows(`SELECT external_id FROM source_record WHERE deleted_at IS NOT NULL`)).toEqual([{ external_id: 'm3' }]);
    expect(await house.rows(`SELECT walk, cursor IS NOT NULL AS has_cursor FROM checkpoint WHERE kind = 'sync'`)).toEqual([
      { walk: 'idle', has_cursor: true },
    ]);
  });

  it('brakes a mass deletion', async () => {
    for (let i = 0; i < 40; i += 1) ats.put(`m${i}`, meet());
    await house.sync(meetings);
    for (let i = 0; i < 30; i += 1) ats.remove(`m${i}`);
    expect((await house.sync(meetings)).failureCode).toBe('POLICY');
    expect(await house.rows(`SELECT count(*)::int AS gone FROM source_record WHERE deleted_at IS NOT NULL`)).toEqual([{ gone: 0 }]);
    expect(await house.rows(`SELECT status, status_code FROM stream WHERE id = $1`, [meetings.streamId])).toEqual([
      { status: 'paused', status_code: 'BRAKE' },
    ]);
  });

  it('parks a write at which the connector fails, and sends the others', async () => {
    ats.put('m1', meet());
    ats.put('m2', { ...meet(), location: 'Room 2' });
    await house.sync(meetings);
    const put = calendar.put.bind(calendar);
    calendar.put = (id, data, writeId) => {
      if (data.location === 'Room 2') throw new TypeError('Cannot read properties of Room 2');
      return put(id, data, writeId);
    };
    await house.settle(events);
    expect([...calendar.records.values()].map(({ data }) => data.location)).toEqual(['Room 1']);
    expect(await house.rows(`SELECT code, state, message FROM error_item`)).toEqual([
      {
        code: 'BUG',
        state: 'open',
        message: expect.stringMatching(/TypeError at .* in connector calendar/) as string,
      },
    ]);
  });

  it('keeps an edit that came between our update and its read-back, where no version tells', async () => {
    ats.versionless = true;
    await bothIn();
    const [event] = [...calendar.records.keys()];
    calendar.edit(event, { startsAt: LATER });
    await house.sync(events);
    ats.afterUpdate = () => {
      ats.afterUpdate = () => Promise.resolve();
      ats.edit('m1', { startsAt: LATEST });
      return Promise.resolve();
    };
    await house.settle(meetings);
    await house.settle(events, meetings);
    expect(ats.records.get('m1')?.data.startsAt).toBe(LATEST);
    expect(calendar.records.get(event)?.data.startsAt).toBe(LATEST);
    expect(await open()).toEqual([]);
  });

  it('takes a read-back that comes too early for no edit', async () => {
    ats.versionless = true;
    await bothIn();
    const [event] = [...calendar.records.keys()];
    calendar.edit(event, { startsAt: LATER });
    await house.sync(events);
    ats.staleUntil = Date.now() + 1_500;
    await house.settle(meetings);
    expect([ats.writes.length, ats.records.get('m1')?.data.startsAt]).toEqual([1, LATER]);
    expect(
      await house.rows(
        `SELECT theirs FROM base b JOIN source_record s ON s.id = b.record_id WHERE s.external_id = 'm1' AND field = 'startsAt'`,
      ),
    ).toEqual([{ theirs: LATER }]);
    expect(await open()).toEqual([]);
  });

  it('lets through what a person released, and brakes the next time', async () => {
    for (let i = 0; i < 80; i += 1) ats.put(`m${i}`, meet());
    await house.sync(meetings);
    const remove = (from: number, to: number): void => {
      for (let i = from; i < to; i += 1) ats.remove(`m${i}`);
    };
    const gone = async (): Promise<number> =>
      (await house.rows<{ gone: number }>(`SELECT count(*)::int AS gone FROM source_record WHERE deleted_at IS NOT NULL`))[0].gone;
    remove(0, 30);
    expect((await house.sync(meetings)).failureCode).toBe('POLICY');
    await house.rows(`UPDATE stream SET status = 'active', status_code = 'BRAKE_RELEASED' WHERE id = $1`, [meetings.streamId]);
    expect((await house.sync(meetings)).totals.deleted).toBe(30);
    remove(30, 75);
    expect((await house.sync(meetings)).failureCode).toBe('POLICY');
    expect(await gone()).toBe(30);
  });

  it('counts a mass deletion that comes in parts', async () => {
    for (let i = 0; i < 80; i += 1) ats.put(`m${i}`, meet());
    await house.sync(meetings);
    ats.pageSize = 10;
    for (let i = 0; i < 60; i += 1) ats.remove(`m${i}`);
    let asked = 0;
    // Every slice ends after one batch, as on a worker that is told to stop.
    const run = await house.sync(meetings, { shouldStop: () => (asked += 1) > 0 });
    expect(run.failureCode).toBe('POLICY');
    expect(run.totals.deleted).toBeLessThanOrEqual(20);
  });
});
