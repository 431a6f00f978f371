import type { EventPayload } from '#hub/connector-sdk';
import { randomUUID } from 'node:crypto';
import type { NamedHarness } from '#hub/connector-sdk/conformance';
import { startRadicale, startXandikos } from './real-servers.js';

const event = (uid: string, day: string) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20261101T000000Z',
    `DTSTART:${day}T090000Z`,
    'DURATION:PT45M',
    'SUMMARY:Seeded & sound',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');

async function seed(calendar: string, headers: Record<string, string>, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const body = event(`seed-${index}`, `202612${String(index + 1).padStart(2, '0')}`);
    const answer = await fetch(`${calendar}seed-${index}.ics`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'text/calendar' },
      body,
    });
    if (!answer.ok) throw new Error(`seeding failed with ${answer.status}`);
  }
}

const times = (hour: number) => ({
  start: { at: `2026-12-01T${hour}:00:00`, zone: 'Europe/Berlin' },
  end: { at: `2026-12-01T${hour + 1}:00:00`, zone: 'Europe/Berlin' },
});
const write = {
  create: (text: string) => ({
    body: { summary: text, ...times(10), attendees: [{ email: 'i@example.com', name: text }], ref: 'A-TEST', status: 'CONFIRMED' },
    changed: [],
    parents: {},
  }),
  update: (text: string) => ({ body: { summary: text, ...times(14) }, changed: ['summary', 'start.at', 'end.at'], parents: {} }),
  newWriteId: randomUUID,
  times: {
    create: (start: string, end: string) => ({
      body: { summary: 'times', start: { instant: start }, end: { instant: end } },
      changed: [],
      parents: {},
    }),
    read: (payload: unknown) => {
      const { start, end } = payload as EventPayload;
      return [start?.instant ?? '', end?.instant ?? ''];
    },
  },
};
const credentials = { username: 'hub', password: 'pass-word-1' };
const settings = (calendar?: string) => (serverUrl: string) => ({
  serverUrl,
  calendar,
  createCalendar: true,
  organizer: 'hr@example.com',
  timeZone: 'Europe/Berlin',
});
/** The token inside the cursor, replaced by one of the same shape that the server never gave out. */
const loseCursor = (cursor: string) =>
  cursor.replace(/[0-9a-f]{24,}/, (digits) => digits.replace(/[0-9a-f]/g, (digit) => (15 - parseInt(digit, 16)).toString(16)));

const radicale: NamedHarness = {
  stream: 'events',
  on: 'Radicale',
  evidence: 'real server',
  needs: 'radicale',
  async start() {
    const server = await startRadicale({ hub: credentials.password });
    const headers = { authorization: `Basic ${Buffer.from(`hub:${credentials.password}`).toString('base64')}` };
    await fetch(`${server.url}/hub/interviews/`, { method: 'MKCALENDAR', headers });
    await seed(`${server.url}/hub/interviews/`, headers, 3);
    return {
      url: server.url,
      settings: settings('interviews'),
      credentials,
      expectAtLeast: 3,
      loseCursor,
      unknownId: 'nobody.ics',
      write,
      stop: server.stop,
    };
  },
};

const xandikos: NamedHarness = {
  stream: 'events',
  on: 'Xandikos',
  evidence: 'real server',
  needs: 'xandikos',
  async start() {
    const server = await startXandikos();
    await seed(`${server.url}/user/calendars/calendar/`, {}, 3);
    return {
      url: server.url,
      settings: settings(),
      credentials,
      takesAnyCredentials: true,
      expectAtLeast: 3,
      loseCursor,
      unknownId: 'nobody.ics',
      write,
      stop: server.stop,
    };
  },
};

export const harnesses = [radicale, xandikos];
