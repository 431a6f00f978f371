import pino from 'pino';
import { createApiKey, type Role } from '#hub/governance';
import { callApi } from '../../../../test/support/call-api.js';
import { anna, PeopleHouse } from '../../../../test/engine/people-house.js';
import { createApi, type Api } from '../create-api.js';
import type { ClusterView } from './cluster.view.js';
import type { DecisionView } from './decision.view.js';
import type { PeopleOutcomeView } from './outcome.view.js';
import type { ReviewDetailView, ReviewView } from './review.view.js';
import type { IdentityFigures } from './version.view.js';

interface Listed<Item> {
  items: Item[];
  nextCursor: string | null;
}

describe('identity over HTTP', () => {
  let house: PeopleHouse;
  let api: Api;
  const keys = {} as Record<Role, string>;

  beforeEach(async () => {
    house = await PeopleHouse.open();
    api = await createApi(house.hub.hub, pino({ level: 'silent' }));
    await api.app.listen(0, '127.0.0.1');
    for (const role of ['admin', 'ops', 'recruiter'] as const)
      keys[role] = (await house.hub.tx((tx) => createApiKey(tx, { name: role, role, scopes: [] }))).key;
  });
  afterEach(async () => {
    await api.app.close();
    await api.intake.drain();
    await house.hub.close();
  });
  const send = callApi(() => api.app.getUrl(), keys);

  /** Two records of one address under names that differ, each with an application at a stage. */
  async function inQuestion(): Promise<void> {
    house.put('ats', 'a1', anna());
    house.put('crm', 'c1', anna({ firstName: 'A.' }));
    house.put('ats', 'a2', { firstName: 'Max', lastName: 'Weber', emails: [{ value: 'max@post.example' }] });
    house.put('board', 'b2', {
      firstName: 'M.',
      lastName: 'Weber',
      emails: [{ value: 'max@post.example' }],
      phones: [{ e164: '+4915112345678' }],
    });
    await house.sync('ats', 'crm', 'board');
  }

  it('lists what waits, page by page, masked, with a waterfall that is the score and a preview of "same"', async () => {
    await inQuestion();
    const whole = (await send<Listed<ReviewView>>('GET /identity/reviews')).body;
    expect(whole.items.length).toBe(2);
    expect(whole.items.map(({ value }) => value)).toEqual([...whole.items.map(({ value }) => value)].sort((a, b) => b - a));
    const first = (await send<Listed<ReviewView>>('GET /identity/reviews?limit=1')).body;
    const second = (await send<Listed<ReviewView>>(`GET /identity/reviews?limit=1&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items]).toEqual(whole.items);
    expect(second.nextCursor).toBeNull();
    expect(JSON.stringify(whole)).not.toMatch(/post\.example|Weber|Schmidt/);
    const [{ a, b }] = whole.items;
    const detail = (await send<ReviewDetailView>(`GET /identity/reviews/${b.recordId}/${a.recordId}`)).body;
    expect(detail.contributions.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(detail.score, 9);
    expect(detail.merged).toMatchObject({ preview: true, clusters: [expect.anything()] });
    expect(JSON.stringify(detail)).not.toMatch(/post\.example|Weber|Schmidt/);
    expect(JSON.stringify((await send(`GET /identity/reviews/${a.recordId}/${b.recordId}?reveal=true`)).body)).toMatch(/post\.example/);
    expect((await send('GET /identity/reviews?cursor=nonsense')).status).toBe(422);
    expect((await send('GET /identity/reviews?reveal=true', { role: 'ops' })).status).toBe(403);
  });

  it('decides, shows similar decisions, merges, unmerges and undoes; every id leads somewhere', async () => {
    await inQuestion();
    const { items } = (await send<Listed<ReviewView>>('GET /identity/reviews')).body;
    const [{ a, b, vector }] = items;
    const body = { pairs: [{ a: a.recordId, b: b.recordId }], verdict: 'same', reason: 'one person' };
    expect((await send('POST /identity/decisions', { role: 'ops', body })).status).toBe(403);
    const preview = (await send<PeopleOutcomeView>('POST /identity/decisions', { body: { ...body, preview: true } })).body;
    expect(preview.preview).toBe(true);
    expect((await send<Listed<ReviewView>>('GET /identity/reviews')).body.items).toHaveLength(2);
    const before = [a.ref, b.ref];
    const done = (await send<PeopleOutcomeView>('POST /identity/decisions', { body })).body;
    expect(done.clusters).toHaveLength(1);
    expect(done.clusters[0].changed.length).toBeGreaterThan(0);
    expect((await send<Listed<ReviewView>>('GET /identity/reviews')).body.items).toHaveLength(1);
    const gone = before.find((ref) => ref !== done.clusters[0].ref) as string;
    expect((await send<{ ref: string; redirectedFrom: string }>(`GET /records/${gone}`)).body).toMatchObject({
      ref: done.clusters[0].ref,
      redirectedFrom: gone,
    });
    const cluster = (await send<ClusterView>(`GET /identity/clusters/${done.clusters[0].id}`)).body;
    expect(cluster.redirects.map(({ ref }) => ref)).toEqual([gone]);
    expect(cluster.members.filter(({ to }) => to === null)).toHaveLength(2);
    const undone = (await send<PeopleOutcomeView>(`POST /identity/operations/${done.operationId}/undo`, { body: { reason: 'a mistake' } }))
      .body;
    expect(undone.clusters.map(({ ref }) => ref).sort()).toEqual([...before].sort());
    expect((await send<Listed<ReviewView>>('GET /identity/reviews')).body.items).toHaveLength(2);
    const again = await send<{ code: string }>(`POST /identity/operations/${done.operationId}/undo`, { body: { reason: 'twice' } });
    expect([again.status, again.body.code]).toEqual([409, 'DECIDED_SINCE']);
    const merged = (
      await send<PeopleOutcomeView>('POST /identity/merge', { body: { records: [a.recordId, b.recordId], reason: 'one after all' } })
    ).body;
    await send('POST /identity/unmerge', { body: { record: b.recordId, reason: 'two' } });
    expect(
      (await send<{ status: number }>('POST /identity/merge', { body: { records: [a.recordId, b.recordId], reason: 'x' } })).status,
    ).toBe(409);
    expect(merged.clusters).toHaveLength(1);
    const decisions = (await send<Listed<DecisionView>>('GET /identity/decisions?limit=200')).body.items;
    expect(decisions.map(({ verdict }) => verdict)).toEqual(['different', 'same', 'withdrawn', 'same']);
    expect(decisions.slice(0, 3).map(({ supersedes }) => supersedes)).toEqual(decisions.slice(1).map(({ id }) => id));
    const detail = (await send<ReviewDetailView>(`GET /identity/reviews/${a.recordId}/${b.recordId}`)).body;
    expect(detail.similar.map(({ verdict }) => verdict)).toEqual(['different', 'same', 'same']);
    expect(detail.vector).toBe(vector);
  });

  it('decides all pairs alike only as seen', async () => {
    await inQuestion();
    const { items } = (await send<Listed<ReviewView>>('GET /identity/reviews')).body;
    const [{ vector }] = items;
    const expected = items.filter((one) => one.vector === vector).length;
    const alike = { vector, verdict: 'different', reason: 'a family' };
    const refused = await send<{ code: string; detail: string }>('POST /identity/decisions/alike', { body: { ...alike, expected: 7 } });
    expect(refused.body).toMatchObject({ code: 'NOT_AS_SEEN', detail: expect.stringContaining('not 7') as string });
    expect((await send('POST /identity/decisions/alike', { body: { ...alike, expected } })).status).toBe(200);
    expect((await send<Listed<ReviewView>>(`GET /identity/reviews?vector=${encodeURIComponent(vector)}`)).body.items).toEqual([]);
  });

  it('pins a field above every rule, says when its source changed, and shows the record as it was', async () => {
    house.put('ats', 'a1', anna({ currentCompany: 'Nord AG' }));
    await house.sync('ats');
    const ref = await house.refOf('a1');
    const early = new Date().toISOString();
    const pin = (value: unknown, more: object = {}) =>
      send(`PUT /records/${ref}/pins/currentCompany`, { body: { value, reason: 'she told us', ...more } });
    expect((await pin(7)).status).toBe(422);
    expect((await pin('Ost KG')).status).toBe(204);
    const company = async (path = '') =>
      (await send<{ values: Record<string, unknown> }>(`GET /records/${ref}${path}`)).body.values.currentCompany;
    expect(await company()).toBe('Ost KG');
    expect(await company(`/as-of?at=${early}`)).toBe('Nord AG');
    const pins = async () => (await send<Listed<{ sourceChanged: boolean; overruled: unknown }>>(`GET /records/${ref}/pins`)).body.items;
    expect(await pins()).toMatchObject([{ overruled: 'Nord AG', sourceChanged: false }]);
    await house.settle();
    expect(house.held()['ats:a1'].currentCompany).toBe('Ost KG');
    house.vendors.ats.edit('a1', { currentCompany: 'Süd GmbH' });
    await house.sync('ats');
    expect(await company()).toBe('Ost KG');
    expect(await pins()).toMatchObject([{ sourceChanged: true }]);
    expect((await send(`DELETE /records/${ref}/pins/currentCompany`)).status).toBe(204);
    expect(await company()).toBe('Süd GmbH');
    expect((await send(`DELETE /records/${ref}/pins/currentCompany`)).status).toBe(404);
    expect((await send(`GET /records/${ref}/as-of?at=2001-01-01T00:00:00Z`)).status).toBe(404);
  });

  it('counts people, and keeps models and rules apart from those who may not approve', async () => {
    await inQuestion();
    const figures = (await send<IdentityFigures>('GET /identity/figures', { role: 'recruiter' })).body;
    expect(figures).toMatchObject({
      records: 4,
      people: 4,
      duplicateRate: 0,
      review: 2,
      connections: { ats: { records: 2, duplicates: 0 } },
    });
    expect((await send<{ code: string }>('POST /identity/models', { role: 'ops' })).body.code).toBe('TOO_FEW_RECORDS');
    const drafted = await send<{ version: number }>('POST /identity/rules', { role: 'ops', body: { text: 'identity: 1\n' } });
    expect(drafted.status).toBe(201);
    const place = `/identity/rules/${drafted.body.version}`;
    expect((await send(`POST ${place}/activate`, { role: 'ops', body: { reason: 'r' } })).status).toBe(403);
    expect((await send(`POST ${place}/activate`, { body: { reason: 'r' } })).status).toBe(409);
    expect((await send(`POST ${place}/simulate`, { role: 'ops' })).status).toBe(200);
    expect((await send(`POST ${place}/activate`, { body: { reason: 'r' } })).status).toBe(204);
    expect((await send<Listed<{ state: string }>>('GET /identity/rules')).body.items.map(({ state }) => state)).toEqual(['active']);
    const broken = await send<{ code: string; errors: object[] }>('POST /identity/rules', { body: { text: 'identity: 2\nmatch: 7' } });
    expect(broken.body).toMatchObject({ code: 'INVALID_RULES', errors: [{ pointer: '/text' }, { pointer: '/text' }] });
  });
});
