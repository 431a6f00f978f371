import pino from 'pino';
import { createApiKey, type Role } from '#hub/governance';
import { callApi } from '../../../../test/support/call-api.js';
import { anna, PeopleHouse } from '../../../../test/engine/people-house.js';
import { createApi, type Api } from '../create-api.js';
import type { ErasureOutcomeView, ErasureView } from './erasure.view.js';

describe('erasure over HTTP', () => {
  let house: PeopleHouse;
  let api: Api;
  const keys = {} as Record<Role, string>;

  beforeAll(async () => {
    house = await PeopleHouse.open();
    api = await createApi(house.hub.hub, pino({ level: 'silent' }));
    await api.app.listen(0, '127.0.0.1');
    for (const role of ['admin', 'ops', 'auditor'] as const)
      keys[role] = (await house.hub.tx((tx) => createApiKey(tx, { name: role, role, scopes: [] }))).key;
  });
  afterAll(async () => {
    await api.app.close();
    await api.intake.drain();
    await house.hub.close();
  });
  const send = callApi(() => api.app.getUrl(), keys);

  it('previews, erases, says who still shows the person, answers 410 and lifts', async () => {
    house.put('ats', 'a1', anna());
    house.put('crm', 'c1', anna());
    await house.sync('ats', 'crm');
    const ref = await house.refOf('a1');
    const cluster = (await send<{ id: string }>(`GET /records/${ref}`)).body.id;
    const request = { ref, legalBasis: 'Art. 17(1)(b)' };
    expect((await send('POST /erasures', { role: 'ops', body: request })).status).toBe(403);
    expect((await send<{ errors: { pointer: string }[] }>('POST /erasures', { body: { ref } })).body.errors[0].pointer).toBe('/legalBasis');
    expect((await send('POST /erasures', { body: { ...request, ref: 'C-1' } })).status).toBe(422);
    const preview = await send<ErasureOutcomeView>('POST /erasures', { body: { ...request, preview: true } });
    expect(preview.body).toMatchObject({ preview: true, counts: { records: 2 }, shared: [] });
    expect((await send(`GET /records/${ref}`)).status).toBe(200);
    const erased = await send<ErasureOutcomeView>('POST /erasures', { body: request });
    expect(erased.body.atVendors.map(({ connection, externalId }) => [connection, externalId])).toEqual([
      ['ats', 'a1'],
      ['crm', 'c1'],
    ]);
    expect(await send(`GET /records/${ref}`)).toMatchObject({ status: 410, body: { code: 'ERASED' } });
    expect(await send('POST /erasures', { body: request })).toMatchObject({ status: 410 });
    expect((await send<object>(`GET /identity/clusters/${cluster}`)).body).toMatchObject({
      ref,
      members: [],
      erasedAt: expect.any(String) as string,
    });
    house.put('crm', 'c1', anna({ firstName: 'Anne' }));
    await house.sync('crm');
    const { id } = erased.body;
    expect((await send<ErasureView>(`GET /erasures/${id}`, { role: 'auditor' })).body).toMatchObject({
      ref,
      state: 'standing',
      receipts: [
        { connection: 'ats', records: 1, stillThere: 0, gone: 0 },
        { connection: 'crm', records: 1, stillThere: 1, gone: 0 },
      ],
    });
    expect((await send<{ items: ErasureView[] }>('GET /erasures')).body.items.map((one) => one.id)).toEqual([id]);
    expect((await send(`POST /erasures/${id}/lift`, { role: 'auditor', body: { reason: 'r' } })).status).toBe(403);
    expect((await send(`POST /erasures/${id}/lift`, { body: { reason: 'asked in writing' } })).status).toBe(204);
    expect((await send<ErasureView>(`GET /erasures/${id}`)).body.state).toBe('lifted');
  });
});
