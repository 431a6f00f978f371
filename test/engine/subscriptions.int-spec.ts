import { matchSubscriptions } from '#hub/sync';
import { googleCalendar } from '#connector/google-calendar';
import { CLIENT, startSimulator, type Simulator } from '../../connectors/google-calendar/simulator.js';
import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperMapping } from './paper-vendor.js';

describe('subscriptions', () => {
  let vendor: Simulator;
  let house: PaperHub;
  let events: PaperStream;
  const endpoint = '00000000-0000-4000-8000-00000000e001';
  beforeAll(async () => {
    vendor = await startSimulator();
    house = await PaperHub.open({
      connectors: [googleCalendar],
      mappings: [
        paperMapping({ connector: 'google-calendar', stream: 'events', into: 'interview', fields: { status: { direction: 'in' } } }),
      ],
      egress: [new URL(vendor.url).host],
    });
    house.hub.installation.publicUrl = 'https://hub.example';
    ({ events } = await house.connect('google-calendar', {
      settings: { apiUrl: vendor.url, tokenUrl: `${vendor.url}/token`, signInUrl: `${vendor.url}/auth` },
      credentials: { ...CLIENT },
    }));
    await house.rows(`INSERT INTO webhook_endpoint (tenant_id, id, connection_id) VALUES ($1, $2, $3)`, [
      house.tenantId,
      endpoint,
      events.connectionId,
    ]);
  });
  afterAll(async () => {
    await house?.close();
    await vendor?.stop();
  });
  const match = () => matchSubscriptions(house.hub, house.tenantId);
  const ends = (inHours: number) => house.rows(`UPDATE subscription SET expires_at = now() + make_interval(hours => $1)`, [inHours]);
  const rows = () => house.rows<{ state: string; failure: string | null }>(`SELECT state, failure FROM subscription`);

  test('an active connection has one, with a secret that nobody chose', async () => {
    expect([await match(), await match()]).toEqual([1, 0]);
    const [channel, ...others] = vendor.channels();
    expect(others).toEqual([]);
    expect(channel.address).toBe(`https://hub.example/api/v1/hooks/${endpoint}`);
    expect(channel.token.length).toBeGreaterThan(40);
  });

  test('it is renewed before its end: the new one is there before the old one goes', async () => {
    const [before] = vendor.channels();
    await ends(25);
    expect(await match()).toBe(0);
    await ends(23);
    expect(await match()).toBe(2);
    expect(vendor.channels()).toEqual([expect.objectContaining({ token: before.token })]);
    expect(vendor.channels()[0].id).not.toBe(before.id);
  });

  test('a paused connection has none; resumed, it has one again', async () => {
    const set = (status: string) => house.rows(`UPDATE connection SET status = $1`, [status]);
    await set('paused');
    await match();
    expect([vendor.channels(), await rows()]).toEqual([[], []]);
    await set('active');
    await match();
    expect(vendor.channels()).toHaveLength(1);
  });

  test('what the vendor refuses is noted, and not asked for again at once', async () => {
    house.hub.installation.publicUrl = 'http://hub.example';
    await ends(-1);
    await match();
    await match();
    expect(await rows()).toEqual([{ state: 'failed', failure: expect.stringMatching(/^INVALID_VALUE: /) as string }]);
    house.hub.installation.publicUrl = 'https://hub.example';
    await house.rows(`UPDATE subscription SET not_before = now()`);
    await match();
    expect(await rows()).toEqual([{ state: 'live', failure: null }]);
  });
});
