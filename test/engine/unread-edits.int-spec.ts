import { FUTURE, LATER, LATEST, openMeetings, TWO_WAY } from './meeting-house.js';
import type { PaperHub, PaperStream } from './paper-hub.js';
import type { PaperVendor } from './paper-vendor.js';

describe('an edit that nobody has read yet is not written over', () => {
  let ats: PaperVendor;
  let calendar: PaperVendor;
  let house: PaperHub;
  let meetings: PaperStream;
  let events: PaperStream;

  beforeEach(async () => {
    ({ ats, calendar, house, meetings, events } = await openMeetings({
      fields: { status: TWO_WAY, startsAt: TWO_WAY, location: TWO_WAY },
      block: ({ location }) => (typeof location === 'number' ? [NO_PLACE] : []),
    }));
    ats.put('m1', { status: 'SCHEDULED', startsAt: FUTURE, location: 'Room 1' });
    await house.sync(meetings);
    await house.settle(events);
    await house.sync(events);
  });
  afterEach(() => house.close());

  const NO_PLACE = {
    code: 'SCHEMA_DRIFT' as const,
    field: 'location',
    pointer: '/location',
    message: 'location is a number; it was a text',
    blocksOnlyField: true,
  };
  const inAts = (): Record<string, unknown> => ats.records.get('m1')?.data ?? {};
  const inCalendar = (): Record<string, unknown> => [...calendar.records.values()][0].data;
  const moveEvent = async (startsAt: string): Promise<void> => {
    calendar.edit([...calendar.records.keys()][0], { startsAt });
    await house.sync(events);
  };
  const openCodes = async (): Promise<string[]> =>
    (await house.rows<{ code: string }>(`SELECT code FROM error_item WHERE state NOT IN ('awaiting_proof', 'resolved')`)).map(
      ({ code }) => code,
    );

  it('of another field: both are kept', async () => {
    ats.edit('m1', { location: 'Garden' });
    await moveEvent(LATER);
    await house.settle(meetings, events);
    expect([inAts(), inCalendar()]).toMatchObject([
      { startsAt: LATER, location: 'Garden' },
      { startsAt: LATER, location: 'Garden' },
    ]);
    expect(await openCodes()).toEqual([]);
  });

  it('made right after our write, while an older read of the record is on its way', async () => {
    await moveEvent(LATER);
    await house.rows(
      `INSERT INTO hint (tenant_id, id, stream_id, external_id, cause) SELECT tenant_id, gen_random_uuid(), id, 'm1', 'webhook' FROM stream WHERE id = $1`,
      [meetings.streamId],
    );
    ats.afterUpdate = async () => void ats.edit('m1', { startsAt: LATEST });
    ats.afterFetch = async () => {
      ats.afterFetch = () => Promise.resolve();
      await house.push(meetings);
    };
    await house.hints(meetings);
    ats.afterUpdate = () => Promise.resolve();
    await house.hints(meetings);
    await house.settle(events);
    expect([inAts().startsAt, inCalendar().startsAt]).toEqual([LATEST, LATEST]);
  });

  it('of the same field: a person decides', async () => {
    ats.edit('m1', { startsAt: LATEST });
    await moveEvent(LATER);
    await house.settle(meetings, events);
    expect([inAts().startsAt, inCalendar().startsAt, ats.writes]).toEqual([LATEST, LATER, []]);
    expect(await openCodes()).toEqual(['CONFLICT']);
  });

  it('of the same field to the same value: nothing is left to write', async () => {
    ats.edit('m1', { startsAt: LATER });
    await moveEvent(LATER);
    await house.settle(meetings, events);
    expect([inAts().startsAt, ats.writes]).toEqual([LATER, []]);
    expect(await openCodes()).toEqual([]);
  });

  it('made while an update was lost on its way', async () => {
    ats.instead = () => void ats.edit('m1', { startsAt: LATEST });
    await moveEvent(LATER);
    await house.settle(meetings, events);
    expect([inAts().startsAt, inCalendar().startsAt, ats.writes.length]).toEqual([LATEST, LATER, 1]);
    expect(await openCodes()).toEqual(['CONFLICT']);
  });

  it('an update that was lost on its way is sent again where nobody edited', async () => {
    ats.instead = () => undefined;
    await moveEvent(LATER);
    await house.settle(meetings, events);
    expect([inAts().startsAt, ats.writes.length]).toEqual([LATER, 2]);
    expect(await openCodes()).toEqual([]);
  });

  it('a value that is not understood is not replaced with a whole record, read or unread', async () => {
    ats.edit('m1', { location: 7 });
    await moveEvent(LATER);
    await house.settle(meetings, events);
    await house.sync(meetings);
    await house.settle(meetings, events);
    expect([inAts(), ats.writes]).toMatchObject([{ startsAt: FUTURE, location: 7 }, []]);
    expect(await openCodes()).toEqual(['SCHEMA_DRIFT']);
    ats.edit('m1', { location: 'Room 7' });
    await house.sync(meetings);
    await house.settle(meetings, events);
    expect([inAts(), inCalendar()]).toMatchObject([
      { startsAt: LATER, location: 'Room 7' },
      { startsAt: LATER, location: 'Room 7' },
    ]);
    expect(await openCodes()).toEqual([]);
  });
});
