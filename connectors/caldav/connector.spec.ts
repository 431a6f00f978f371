import { memoryBudget, memoryTokens, openSession, type EventPayload } from '#hub/connector-sdk';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { caldav } from './connector.js';
import { withAllowedPeople } from './payloads.js';

interface Fixture {
  why: string;
  timeZone: string;
  ics: string[];
  payload: EventPayload;
}
const folder = join(__dirname, 'fixtures');
const fixtures = readdirSync(folder).map(
  (file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Fixture] as const,
);
const SETTINGS = { organizer: 'hr@example.com', timeZone: 'UTC' };
let server: Server;
let origin: string;
let ics = '';

beforeAll(async () => {
  // The smallest server that has one calendar: what it holds is the fixture.
  server = createServer((request, response) => {
    const isCalendar = '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/hub/interviews/</d:href><d:propstat><d:prop><d:resourcetype><c:calendar/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>';
    if (request.method === 'PROPFIND') return response.writeHead(207).end(isCalendar);
    return response.writeHead(200, { etag: '"1"' }).end(ics);
  }); // prettier-ignore
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
});

const open = (settings: object) =>
  openSession(caldav, {
    settings: { serverUrl: `${origin}/hub/interviews/`, ...SETTINGS, ...settings },
    tokens: memoryTokens({ username: 'hub', password: 'pw' }),
    budget: memoryBudget(),
    egress: [new URL(origin).host],
  });

test.each(fixtures)('fixture %s', async (name, fixture) => {
  ics = `${fixture.ics.join('\r\n')}\r\n`;
  const session = open({ timeZone: fixture.timeZone });
  const fetched = await session.fetch('events', { externalId: `${name}.ics`, parents: {} });
  expect(fetched).toEqual({ state: 'found', record: { externalId: `${name}.ics`, version: '"1"', payload: fixture.payload } });
  session.close();
});

test('a task is no event', async () => {
  ics = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nEND:VCALENDAR\r\n';
  const session = open({});
  expect(await session.fetch('events', { externalId: 't.ics', parents: {} })).toEqual({ state: 'gone' });
  session.close();
});

test.each([
  [{ serverUrl: 'ftp://x' }, 'serverUrl'],
  [{ serverUrl: 'https://user:pw@cal.example.com/' }, 'serverUrl'],
  [{ organizer: 'nobody' }, 'organizer'],
  [{ attendees: 'all' }, 'attendees'],
  [{ timeZone: 'Mars/Base' }, 'timeZone'],
])('settings %j are refused, naming the field', (settings, field) => {
  expect(() => open(settings)).toThrow(expect.objectContaining({ code: 'CONFIG', field }));
});

test('the candidate is on the event only where the settings say so', () => {
  const [ida, cat] = [{ email: 'ida@example.com' }, { email: 'cat@example.com', kind: 'candidate' }];
  const settings = (attendees: 'interviewers' | 'interviewers-and-candidate') => ({
    serverUrl: '',
    organizer: '',
    timeZone: 'UTC',
    attendees,
  });
  expect(withAllowedPeople({ attendees: [ida, cat], candidate: cat }, settings('interviewers'))).toEqual({ attendees: [ida] });
  expect(withAllowedPeople({ attendees: [ida], candidate: cat }, settings('interviewers-and-candidate'))).toEqual({
    attendees: [ida, cat],
  });
  // The recruiter invited her himself: an update of the interviewers leaves her on the event.
  const current = {
    attendees: [
      { ...ida, name: null },
      { ...cat, email: cat.email.toUpperCase() },
    ],
  };
  expect(withAllowedPeople({ attendees: [ida], candidate: cat }, settings('interviewers'), current)).toEqual({ attendees: [ida, cat] });
  expect(withAllowedPeople({ summary: 'x' }, settings('interviewers'))).toEqual({ summary: 'x' });
});
