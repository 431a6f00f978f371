import { createHmac, randomUUID } from 'node:crypto';
import pino from 'pino';
import { ConnectorFailure, knownSenders, type Connector } from '#hub/connector-sdk';
import { matchSubscriptions } from '#hub/sync';
import { PaperHub } from '../../../../test/engine/paper-hub.js';
import { paperConnector, paperMapping, PaperVendor } from '../../../../test/engine/paper-vendor.js';
import { createApi, type Api } from '../create-api.js';

describe('a sender that asks to be confirmed', () => {
  let house: PaperHub;
  let api: Api;
  let address: string;
  let connectionId: string;
  /** Whom it is asked to call, and with which tokens it was confirmed. */
  const payroll = { url: '', token: 'token-of-the-sender', confirmed: [] as string[], away: false };

  beforeAll(async () => {
    const connector: Connector = {
      ...paperConnector('payroll', 'hris', { people: { entity: 'candidate', vendor: new PaperVendor() } }),
      webhook: { ...knownSenders.gusto, hints: () => [] },
      subscription: {
        renewBeforeMs: 0,
        create: ({ url }) => {
          payroll.url = url;
          return Promise.resolve({ externalId: 'subscription-1' });
        },
        confirm: ({ externalId, token }) => {
          if (payroll.away) throw new ConnectorFailure({ code: 'TRANSIENT', detail: 'away' });
          if (token !== payroll.token) throw new ConnectorFailure({ code: 'INVALID_VALUE', detail: 'not our token' });
          payroll.confirmed.push(externalId);
          return Promise.resolve();
        },
        remove: () => Promise.resolve(),
      },
    };
    house = await PaperHub.open({
      connectors: [connector],
      mappings: [paperMapping({ connector: 'payroll', stream: 'people', into: 'candidate', fields: { firstName: {} } })],
    });
    ({ connectionId } = (await house.connect('payroll')).people);
    await house.rows(`INSERT INTO webhook_endpoint (tenant_id, id, connection_id) VALUES ($1, $2, $3)`, [
      house.tenantId,
      randomUUID(),
      connectionId,
    ]);
    api = await createApi(house.hub, pino({ level: 'silent' }));
    await api.app.listen(0, '127.0.0.1');
    address = await api.app.getUrl();
    house.hub.installation.publicUrl = 'https://hub.example';
  });
  afterAll(async () => {
    await api?.app.close();
    await api?.intake.drain();
    await house?.close();
  });

  const send = async (body: object, headers: Record<string, string> = {}): Promise<number> => {
    const { pathname } = new URL(payroll.url);
    const answer = await fetch(`${address}${pathname}`, { method: 'POST', body: JSON.stringify(body), headers });
    return answer.status;
  };
  const confirmation = (token: string, webhook_subscription_uuid = 'subscription-1'): object => ({
    verification_token: token,
    webhook_subscription_uuid,
  });
  const delivery = { uuid: 'd1', event_type: 'employee.updated' };
  const signed = (key: string): Record<string, string> => ({
    'x-gusto-signature': createHmac('sha256', key).update(JSON.stringify(delivery)).digest('hex'),
  });
  const state = async (): Promise<string> => (await house.rows<{ state: string }>(`SELECT state FROM subscription`))[0].state;

  it('is believed only once it took its token back, and signs with it from then on', async () => {
    await matchSubscriptions(house.hub, house.tenantId);
    expect(await state()).toBe('unconfirmed');
    expect(await send(confirmation('token of a stranger'))).toBe(401);
    expect(await send(confirmation(payroll.token, 'subscription-2'))).toBe(401);
    payroll.away = true;
    expect(await send(confirmation(payroll.token))).toBe(503);
    payroll.away = false;
    expect([await state(), await send(delivery, signed(payroll.token))]).toEqual(['unconfirmed', 401]);
    expect(await send(confirmation(payroll.token))).toBe(200);
    expect([await state(), payroll.confirmed]).toEqual(['live', ['subscription-1']]);
    await new Promise((later) => setTimeout(later, 1_100));
    expect(await send(delivery, signed(payroll.token))).toBe(200);
    expect(await send({ ...delivery, uuid: 'd2' }, signed(payroll.token))).toBe(401);
  });

  it('is not confirmed twice: a later token of a stranger changes nothing', async () => {
    expect(await send(confirmation('token of a stranger'))).toBe(401);
    expect(await send(delivery, signed('token of a stranger'))).toBe(401);
    expect(await send(delivery, signed(payroll.token))).toBe(200);
    expect(await matchSubscriptions(house.hub, house.tenantId)).toBe(0);
  });
});
