import { memoryBudget, memoryTokens, openSession, type ConnectorSession } from '#hub/connector-sdk';
import { describeConnector } from '#hub/connector-sdk/conformance';
import { harnesses } from './conformance.js';
import { googleCalendar } from './connector.js';
import { CLIENT, startSimulator, type Simulator } from './simulator.js';

for (const harness of harnesses) describeConnector(googleCalendar, harness);

describe('google calendar against its simulator', () => {
  let simulator: Simulator;
  let session: ConnectorSession;
  beforeEach(async () => {
    simulator = await startSimulator();
    const { url } = simulator;
    session = openSession(googleCalendar, {
      settings: { apiUrl: url, tokenUrl: `${url}/token`, callsPerSecond: 1_000 },
      tokens: memoryTokens({ ...CLIENT }),
      budget: memoryBudget(),
      egress: [new URL(url).host],
    });
  });
  afterEach(async () => {
    session.close();
    await simulator.stop();
  });
  const event = { summary: 'Interview', start: { dateTime: '2026-12-01T10:00:00Z' }, end: { dateTime: '2026-12-01T11:00:00Z' } };

  it('asks for no bound of time together with a token', async () => {
    const since = new Date('2026-01-01');
    let cursor: string | undefined;
    for (let walks = 0; walks < 2; walks += 1)
      for (let done = false; !done;) ({ nextCursor: cursor, done } = await session.pull('events', { cursor, since }));
    expect(JSON.parse(cursor ?? '{}')).toEqual({ walk: 'token', token: 'sync-3' });
  });

  it('gets one token for a whole session', async () => {
    await Promise.all([1, 2, 3].map(() => session.check()));
    expect(simulator.tokens()).toBe(1);
  });

  it('keeps the answer of an invitee who stays, and sends nothing that did not change', async () => {
    const writeId = '0b0e6a0c-7d0a-4a53-9a60-0d9b4bb5a001';
    const attendees = [{ email: 'ida@example.com', responseStatus: 'accepted' }];
    const { externalId } = await session.create('events', {
      body: { ...event, attendees, location: 'Room 4' },
      changed: [],
      parents: {},
      writeId,
    });
    const before = await session.fetch('events', { externalId, parents: {} });
    if (before.state !== 'found') throw new Error('it should be there');
    await session.update('events', {
      externalId,
      writeId,
      parents: {},
      version: before.record.version,
      current: before.record.payload,
      body: { ...event, location: 'never sent', attendees: [{ email: 'Ida@example.com' }, { email: 'max@example.com' }] },
      changed: ['attendees'],
    });
    const after = await session.fetch('events', { externalId, parents: {} });
    expect(after).toMatchObject({
      record: {
        payload: {
          location: 'Room 4',
          attendees: [{ email: 'Ida@example.com', responseStatus: 'accepted' }, { email: 'max@example.com' }],
        },
      },
    });
  });
});
