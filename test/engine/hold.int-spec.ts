import { randomUUID } from 'node:crypto';
import { editItem, ignoreItem, reopenDue, retryItem, snoozeItem, type Actor } from '#hub/sync';
import { FUTURE, isPlanned, LATER, openMeetings, TWO_WAY } from './meeting-house.js';
import type { PaperHub, PaperStream } from './paper-hub.js';
import type { PaperVendor } from './paper-vendor.js';

describe('an open item holds the fields that depend on it', () => {
  let ats: PaperVendor;
  let calendar: PaperVendor;
  let house: PaperHub;
  let meetings: PaperStream;
  let events: PaperStream;

  beforeEach(async () => {
    ({ ats, calendar, house, meetings, events } = await openMeetings({
      fields: { status: TWO_WAY, startsAt: TWO_WAY },
      createWhen: isPlanned,
      refuse: (record) => (Number.isNaN(Date.parse(String(record.startsAt))) ? [NO_INSTANT] : []),
    }));
    ats.put('m1', { status: 'SCHEDULED', startsAt: FUTURE });
    await house.sync(meetings);
    await house.settle(events);
    await house.sync(events);
  });
  afterEach(() => house.close());

  const NO_INSTANT = {
    code: 'INVALID_VALUE' as const,
    field: 'startsAt',
    pointer: '/startsAt',
    message: 'startsAt must be an instant',
    blocksOnlyField: false,
  };
  const event = (): Record<string, unknown> | undefined => [...calendar.records.values()][0]?.data;
  const item = async (): Promise<{ id: string; state: string; resolution: string | null }> =>
    (await house.rows<{ id: string; state: string; resolution: string | null }>(`SELECT id, state, resolution FROM error_item`))[0];
  const actor = (): Actor => ({
    tenantId: house.tenantId,
    kind: 'api-key',
    id: randomUUID(),
    role: 'admin',
    scopes: [],
    requestId: 'test',
  });

  it('and lets go with the very batch that mends the record', async () => {
    ats.edit('m1', { startsAt: 'next Tuesday' });
    await house.sync(meetings);
    ats.edit('m1', { startsAt: LATER });
    await house.sync(meetings);
    await house.settle(events);
    expect(event()).toMatchObject({ startsAt: LATER });
  });

  it('and lets go when it is ignored', async () => {
    ats.edit('m1', { startsAt: 'next Tuesday' });
    await house.sync(meetings);
    const [{ id }] = [...calendar.records.values()];
    calendar.edit(id, { startsAt: LATER });
    await house.sync(events);
    await house.settle(meetings);
    expect(ats.writes).toEqual([]);
    await ignoreItem(house.hub, actor(), { itemId: (await item()).id, reason: 'the calendar is right' });
    await house.settle(meetings);
    expect(ats.records.get('m1')?.data.startsAt).toBe(LATER);
  });

  it.each([
    ['snoozed', snoozeItem],
    ['ignored', ignoreItem],
  ])('and is back when the time for which it was %s is over', async (state, put) => {
    ats.edit('m1', { startsAt: 'next Tuesday' });
    await house.sync(meetings);
    await put(house.hub, actor(), { itemId: (await item()).id, reason: 'later', until: '2099-01-01T00:00:00Z' });
    expect(await house.tx((tx) => reopenDue(tx, new Date('2098-12-31T23:59:59Z')))).toBe(0);
    expect(await item()).toMatchObject({ state });
    expect(await house.tx((tx) => reopenDue(tx, new Date('2099-01-01T00:00:00Z')))).toBe(1);
    expect(await item()).toMatchObject({ state: 'open' });
  });

  it('and an edit of it is written to its source, which proves it', async () => {
    ats.edit('m1', { startsAt: 'next Tuesday' });
    await house.sync(meetings);
    const payload = { ...ats.records.get('m1')?.data, id: 'm1', writeId: null, startsAt: LATER };
    await editItem(house.hub, actor(), { itemId: (await item()).id, payload, reason: 'asked the recruiter' });
    await retryItem(house.hub, actor(), { itemId: (await item()).id, mode: 'as-it-was' });
    const retried = house.retries(meetings);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await house.settle(meetings, events);
    await retried;
    expect(ats.writes).toEqual([{ verb: 'update', id: 'm1' }]);
    expect(ats.records.get('m1')?.data).toMatchObject({ startsAt: LATER, status: 'SCHEDULED' });
    expect(event()).toMatchObject({ startsAt: LATER });
    expect(await item()).toMatchObject({ state: 'resolved', resolution: 'verified' });
  });

  it('also when the record was never let in before', async () => {
    ats.put('m2', { status: 'SCHEDULED', startsAt: 'some day' });
    await house.sync(meetings);
    await editItem(house.hub, actor(), {
      itemId: (await item()).id,
      payload: { id: 'm2', writeId: null, status: 'SCHEDULED', startsAt: LATER },
      reason: 'asked the recruiter',
    });
    await retryItem(house.hub, actor(), { itemId: (await item()).id, mode: 'as-it-was' });
    const retried = house.retries(meetings);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await house.settle(meetings, events);
    await retried;
    expect(ats.writes).toEqual([{ verb: 'update', id: 'm2' }]);
    expect(await item()).toMatchObject({ state: 'resolved', resolution: 'verified' });
  });

  it('and a write that its connection does not allow stays held, however often its record is read', async () => {
    await house.rows(`UPDATE connection SET allowed_effects = '{}' WHERE id = $1`, [events.connectionId]);
    const held = () =>
      house.rows<{ operation: string; values: object }>(`SELECT operation, intended AS values FROM outbox WHERE state = 'held'`);
    ats.edit('m1', { startsAt: LATER });
    await house.sync(meetings);
    const planned = [{ operation: 'update', values: { startsAt: LATER } }];
    expect(await held()).toEqual(planned);
    ats.edit('m1', { noise: 1 });
    await house.sync(meetings);
    expect(await held()).toEqual(planned);
  });

  it('and so does a conflict: what waited to be written of its field does not go out over the edit that it is about', async () => {
    const [{ id }] = [...calendar.records.values()];
    ats.edit('m1', { startsAt: LATER });
    await house.sync(meetings);
    const theirs = '2099-05-05T08:00:00.000Z';
    calendar.edit(id, { startsAt: theirs });
    await house.sync(events);
    await house.settle(events, meetings);
    expect(event()).toMatchObject({ startsAt: theirs });
    expect(ats.records.get('m1')?.data.startsAt).toBe(LATER);
    ats.edit('m1', { status: 'RESCHEDULED' });
    await house.sync(meetings);
    await house.settle(events, meetings);
    expect(event()).toMatchObject({ startsAt: theirs, status: 'RESCHEDULED' });
    expect(await house.rows(`SELECT field FROM conflict WHERE settled_at IS NULL`)).toEqual([{ field: 'startsAt' }]);
  });
});
