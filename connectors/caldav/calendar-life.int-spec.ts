import { memoryBudget, memoryTokens, openSession, type ConnectorSession, type EventPayload } from '#hub/connector-sdk';
import { randomUUID } from 'node:crypto';
import { caldav } from './connector.js';
import { describeIf, type Capability } from '../../test/capabilities.js';
import { startRadicale, startXandikos, type RealServer } from './real-servers.js';

const PASSWORD = 'pass-word-1';
const SERVERS = [
  {
    name: 'Radicale',
    start: () => startRadicale({ hub: PASSWORD }),
    calendar: '/hub/interviews/',
    choice: { calendar: 'Interviews', createCalendar: true },
  },
  { name: 'Xandikos', start: startXandikos, calendar: '/user/calendars/calendar/', choice: {} },
];
const AUTH = { authorization: `Basic ${Buffer.from(`hub:${PASSWORD}`).toString('base64')}` };
const BODY = {
  summary: 'Interview',
  start: { at: '2026-12-01T10:00:00', zone: 'Europe/Berlin' },
  end: { at: '2026-12-01T11:00:00', zone: 'Europe/Berlin' },
  attendees: [{ email: 'ida@example.com', name: 'Ida' }],
};

for (const { name, start, calendar, choice } of SERVERS)
  describeIf(name.toLowerCase() as Capability, `a calendar on ${name}`, () => {
    let server: RealServer;
    let session: ConnectorSession;
    const open = (settings: object = {}, password = PASSWORD) =>
      openSession(caldav, {
        settings: { serverUrl: server.url, organizer: 'hr@example.com', timeZone: 'Europe/Berlin', ...choice, ...settings },
        tokens: memoryTokens({ username: 'hub', password }),
        budget: memoryBudget(),
        egress: [new URL(server.url).host],
      });
    beforeAll(async () => {
      server = await start();
      session = open();
    }, 120_000);
    afterAll(async () => {
      session.close();
      await server.stop();
    });

    /** What a person's calendar program does: plain HTTP, no code of ours. */
    const byHand = async (name: string, method: string, body?: string) => {
      const answer = await fetch(`${server.url}${calendar}${encodeURIComponent(name)}`, {
        method,
        headers: { ...AUTH, 'content-type': 'text/calendar; charset=utf-8' },
        body,
      });
      return { status: answer.status, text: await answer.text() };
    };
    const pullAll = async (cursor?: string) => {
      const records = [];
      for (let at = cursor; ;) {
        const page = await session.pull('events', { cursor: at });
        records.push(...page.records);
        at = page.nextCursor;
        if (page.done) return { records, cursor: at };
      }
    };
    const create = () => {
      const writeId = randomUUID();
      return session
        .create('events', { body: BODY, changed: [], writeId, parents: {} })
        .then(({ externalId }) => ({ writeId, externalId }));
    };
    const payloadOf = async (externalId: string) => {
      const fetched = await session.fetch('events', { externalId, parents: {} });
      return fetched.state === 'found' ? { payload: fetched.record.payload as EventPayload, version: fetched.record.version } : undefined;
    };

    test('the checks find it; a wrong name is CONFIG', async () => {
      expect(await session.check()).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'calendar', ok: true })]));
      await expect(open({ calendar: 'No such', createCalendar: false }).check()).rejects.toMatchObject({
        code: 'CONFIG',
        field: 'calendar',
      });
    });

    test('an event moved and one deleted by hand come with the next pull, under the same id', async () => {
      const [moved, deleted] = [await create(), await create()];
      const { cursor } = await pullAll();
      const { text } = await byHand(moved.externalId, 'GET');
      expect(text).toContain('TZID:Europe/Berlin');
      await byHand(
        moved.externalId,
        'PUT',
        text.replace(/20261201T100000/, '20261201T150000').replace(/20261201T110000/, '20261201T160000'),
      );
      await byHand(deleted.externalId, 'DELETE');
      const { records } = await pullAll(cursor);
      expect(records).toHaveLength(2);
      const event = records.find(({ externalId }) => externalId === moved.externalId)?.payload as EventPayload;
      expect(event).toMatchObject({
        start: { at: '2026-12-01T15:00:00', zone: 'Europe/Berlin', instant: '2026-12-01T14:00:00Z' },
        writeId: moved.writeId,
      });
      expect(records.find(({ externalId }) => externalId === deleted.externalId)).toMatchObject({ deleted: true });
    });

    test('an update keeps what a person added', async () => {
      const { externalId, writeId } = await create();
      const { text } = await byHand(externalId, 'GET');
      const alarm = 'BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:soon\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\n';
      await byHand(externalId, 'PUT', text.replace('END:VEVENT', `X-FOREIGN:kept\r\n${alarm}END:VEVENT`));
      const before = await payloadOf(externalId);
      const change = { body: { ...BODY, location: 'Room 5', status: 'CANCELLED' }, changed: ['location', 'status'], writeId, parents: {} };
      await session.update('events', { ...change, externalId, version: before?.version, current: before?.payload });
      const after = await byHand(externalId, 'GET');
      for (const part of ['X-FOREIGN:kept', 'BEGIN:VALARM', 'STATUS:CANCELLED', 'SEQUENCE:1', 'BEGIN:VTIMEZONE'])
        expect(after.text).toContain(part);
      expect((await payloadOf(externalId))?.payload).toMatchObject({
        location: 'Room 5',
        status: 'CANCELLED',
        sequence: 1,
        attendees: [{ email: 'ida@example.com' }],
      });
    });

    test('an event that a person stored under another name is found by its UID; a second create makes no second event', async () => {
      const { externalId, writeId } = await create();
      const { text } = await byHand(externalId, 'GET');
      await byHand(externalId, 'DELETE');
      expect((await byHand('renamed by hand.ics', 'PUT', text)).status).toBeLessThan(300);
      const write = { body: BODY, changed: [], writeId, parents: {} };
      expect(await session.find('events', write)).toMatchObject({ externalId: 'renamed by hand.ics' });
      expect(await session.create('events', write)).toMatchObject({ externalId: 'renamed by hand.ics' });
      await session.remove('events', { externalId: 'renamed by hand.ics', parents: {} });
      expect(await session.find('events', write)).toBeUndefined();
    });

    test('a removal against an old version removes nothing; of what is gone, it is done', async () => {
      const { externalId, writeId } = await create();
      const first = await payloadOf(externalId);
      await session.update('events', {
        body: { summary: 'Newer' },
        changed: ['summary'],
        writeId,
        parents: {},
        externalId,
        version: first?.version,
        current: first?.payload,
      });
      await expect(session.remove('events', { externalId, version: first?.version, parents: {} })).rejects.toMatchObject({
        code: 'TRANSIENT',
        detail: 'changed meanwhile',
      });
      const now = await payloadOf(externalId);
      await session.remove('events', { externalId, version: now?.version, parents: {} });
      await session.remove('events', { externalId, parents: {} });
      expect(await payloadOf(externalId)).toBeUndefined();
      await expect(
        session.update('events', { body: {}, changed: [], writeId, parents: {}, externalId, current: null }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

test('of a calendar that is gone no event is called gone', async () => {
  const server = await startRadicale({ hub: PASSWORD });
  const session = openSession(caldav, {
    settings: { serverUrl: server.url, calendar: 'Short', createCalendar: true, organizer: 'hr@example.com', timeZone: 'UTC' },
    tokens: memoryTokens({ username: 'hub', password: PASSWORD }),
    budget: memoryBudget(),
    egress: [new URL(server.url).host],
  });
  const { externalId } = await session.create('events', { body: BODY, changed: [], writeId: randomUUID(), parents: {} });
  expect((await fetch(`${server.url}/hub/short/`, { method: 'DELETE', headers: AUTH })).status).toBe(200);
  await expect(session.fetch('events', { externalId, parents: {} })).rejects.toMatchObject({ code: 'CONFIG', field: 'calendar' });
  session.close();
  await server.stop();
}, 60_000);

test('a wrong password is AUTH', async () => {
  const server = await startRadicale({ hub: PASSWORD });
  const session = openSession(caldav, {
    settings: { serverUrl: server.url, calendar: 'x', organizer: 'hr@example.com', timeZone: 'UTC' },
    tokens: memoryTokens({ username: 'hub', password: 'wrong' }),
    budget: memoryBudget(),
    egress: [new URL(server.url).host],
  });
  await expect(session.check()).rejects.toMatchObject({ code: 'AUTH' });
  session.close();
  await server.stop();
}, 60_000);
