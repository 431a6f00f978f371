import pino from 'pino';
import { createApiKey, type Role } from '#hub/governance';
import { callApi } from '../../../../test/support/call-api.js';
import { anna, PeopleHouse } from '../../../../test/engine/people-house.js';
import { createApi, type Api } from '../create-api.js';
import type { PeopleOutcomeView } from './outcome.view.js';
import type { VendorMergeView } from './vendor-merge.view.js';

const MERGES = '/identity/vendor-merges';

describe('merges inside a system, over HTTP', () => {
  let house: PeopleHouse;
  let api: Api;
  const keys = {} as Record<Role, string>;

  beforeEach(async () => {
    house = await PeopleHouse.open(['ats'], { merges: true });
    api = await createApi(house.hub.hub, pino({ level: 'silent' }));
    await api.app.listen(0, '127.0.0.1');
    for (const role of ['admin', 'ops', 'recruiter'] as const)
      keys[role] = (await house.hub.tx((tx) => createApiKey(tx, { name: role, role, scopes: [] }))).key;
    house.put('ats', 'a2', anna({ firstName: 'Annegret', currentCompany: 'West GmbH' }));
    await house.sync('ats');
    house.put('ats', 'a1', anna());
    await house.sync('ats');
  });
  afterEach(async () => {
    await api.app.close();
    await api.intake.drain();
    await house.hub.close();
  });
  const send = callApi(() => api.app.getUrl(), keys);
  const proposed = async () => ({ keep: await house.idOf('a1'), drop: await house.idOf('a2'), reason: 'twice' });
  async function propose(): Promise<VendorMergeView> {
    const body = { records: [await house.idOf('a1'), await house.idOf('a2')], reason: 'one' };
    await send('POST /identity/merge', { body });
    expect(await send(`POST ${MERGES}`, { body: await proposed() })).toMatchObject({ status: 409, body: { code: 'WRITE_UNDER_WAY' } });
    await house.hub.settle(house.streams.ats);
    const { status, body: merge } = await send<VendorMergeView>(`POST ${MERGES}`, { body: await proposed() });
    expect(status).toBe(201);
    return merge;
  }

  it('shows both sides, what differs and who merges; masked, and in the vendor’s words only where revealed', async () => {
    const { id, ...merge } = await propose();
    expect(merge).toMatchObject({
      state: 'proposed',
      connection: 'ats',
      by: 'hub',
      proposedBy: expect.any(String) as string,
      differing: ['currentCompany'],
      dropped: { externalId: 'a2', payload: null, values: { currentCompany: expect.any(String) as string } },
    });
    expect(JSON.stringify(merge)).not.toMatch(/"Anna|post\.example/);
    const revealed = await send<VendorMergeView>(`GET ${MERGES}/${id}?reveal=true`);
    expect(revealed.body.dropped).toMatchObject({ values: { firstName: 'Anna' }, payload: { id: 'a2', firstName: 'Anna' } });
    expect((await send(`GET ${MERGES}/${id}?reveal=true`, { role: 'ops' })).status).toBe(403);
    const audited = await house.hub.rows(`SELECT action FROM audit WHERE subject_kind = 'vendor-merge' ORDER BY at`);
    expect(audited).toEqual([{ action: 'vendor-merge.propose' }, { action: 'record.reveal' }]);
  });

  it('is approved by few, sent, listed by its state, and made again once', async () => {
    const { id } = await propose();
    const reason = { reason: 'seen' };
    expect((await send(`POST ${MERGES}/${id}/approve`, { role: 'recruiter', body: reason })).status).toBe(403);
    expect((await send(`POST ${MERGES}/${id}/approve`, { body: {} })).status).toBe(422);
    const approved = await send<VendorMergeView>(`POST ${MERGES}/${id}/approve`, { body: reason });
    expect(approved.body).toMatchObject({ state: 'approved', sending: 'pending', approvedBy: expect.any(String) as string });
    await house.hub.settle(house.streams.ats);
    const listed = await send<{ items: VendorMergeView[] }>(`GET ${MERGES}?state=merged`);
    expect(listed.body.items).toMatchObject([{ id, sending: 'confirmed', canRecreate: true }]);
    expect((await send<{ items: [] }>(`GET ${MERGES}?state=proposed`)).body.items).toEqual([]);
    expect((await send(`GET ${MERGES}?state=lost`)).status).toBe(422);
    const asked = { reason: 'two people' };
    const preview = await send<PeopleOutcomeView>(`POST ${MERGES}/${id}/recreate`, { body: { ...asked, preview: true } });
    expect(preview.body.writes).toMatchObject([{ externalId: null, operation: 'create', values: { currentCompany: 'West GmbH' } }]);
    expect(JSON.stringify(preview.body)).not.toMatch(/post\.example/);
    expect((await send(`POST ${MERGES}/${id}/recreate`, { body: asked })).status).toBe(200);
    await house.hub.settle(house.streams.ats);
    expect((await send<VendorMergeView>(`GET ${MERGES}/${id}`)).body).toMatchObject({
      recreating: 'confirmed',
      recreatedRecord: expect.any(String) as string,
      canRecreate: false,
    });
    expect(await send(`POST ${MERGES}/${id}/recreate`, { body: asked })).toMatchObject({ status: 409, body: { code: 'RECREATED' } });
  });

  it('says what is in the way, and is taken back', async () => {
    expect(await send(`POST ${MERGES}`, { body: await proposed() })).toMatchObject({ status: 409, body: { code: 'NOT_ONE_PERSON' } });
    const { keep } = await proposed();
    const twice = await send(`POST ${MERGES}`, { body: { keep, drop: keep, reason: 'r' } });
    expect(twice).toMatchObject({ status: 422, body: { errors: [{ pointer: '/drop' }] } });
    const { id } = await propose();
    const withdrawn = await send<VendorMergeView>(`POST ${MERGES}/${id}/withdraw`, { body: { reason: 'not sure' } });
    expect(withdrawn.body).toMatchObject({ state: 'withdrawn', note: 'not sure', sending: null });
    const late = await send(`POST ${MERGES}/${id}/approve`, { body: { reason: 'seen' } });
    expect(late).toMatchObject({ status: 409, body: { code: 'NOT_SO_FAR' } });
    expect((await send(`GET ${MERGES}/${keep}`)).status).toBe(404);
  });

  it('goes with a person who is erased', async () => {
    await propose();
    const body = { ref: await house.refOf('a1'), legalBasis: 'art-17', scope: 'all' };
    expect((await send('POST /erasures', { body })).status).toBeLessThan(300);
    expect(await house.hub.rows(`SELECT id FROM vendor_merge UNION ALL SELECT merge_id FROM record_snapshot`)).toEqual([]);
  });
});
