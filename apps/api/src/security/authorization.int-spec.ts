import { RequestMethod } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { allows, PERMISSIONS, revokeApiKey, ROLES, type Permission, type Role } from '#hub/governance';
import { createTestTenant } from '../../../../test/support/postgres.js';
import { TestApi, type ProblemBody } from '../../../../test/support/api.js';
import { CONTROLLERS, RAW_ROUTES } from '../controllers.js';
import { ALLOW, PUBLIC } from './allow.decorator.js';

/** What Nest keeps of the decorators on a handler. */
interface Declared {
  route: string;
  permission?: Permission;
  isPublic: boolean;
}
const OUTSIDE = ['/health/', '/metrics', '/docs/errors'];

function declaredRoutes(): Declared[] {
  return CONTROLLERS.flatMap((controller) => {
    const base = Reflect.getMetadata('path', controller) as string;
    const handlers = Object.getOwnPropertyNames(controller.prototype)
      .filter((name) => name !== 'constructor')
      .map((name) => (controller.prototype as Record<string, object>)[name])
      .filter((handler) => Reflect.hasMetadata('path', handler));
    return handlers.map((handler) => {
      const path = `/${base}/${Reflect.getMetadata('path', handler) as string}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
      const prefix = OUTSIDE.some((start) => path.startsWith(start)) ? '' : '/api/v1';
      return {
        route: `${RequestMethod[Reflect.getMetadata('method', handler) as number]} ${prefix}${path}`,
        permission: Reflect.getMetadata(ALLOW, handler) as Permission | undefined,
        isPublic: Reflect.hasMetadata(PUBLIC, handler),
      };
    });
  });
}

const DECLARED = declaredRoutes();
const GUARDED = DECLARED.filter((one) => one.permission !== undefined);
/** A valid id that names nothing, so that a call which is let through changes nothing. */
const filled = (route: string): string =>
  route
    .replace(':ref', 'C-000000000')
    .replace(':name', 'none')
    .replace(':field', 'none')
    .replace(':stream', 'none')
    .replace(':id', randomUUID())
    .replace(':other', randomUUID());

describe('who may call what', () => {
  let api: TestApi;
  const keys = {} as Record<Role, string>;

  beforeAll(async () => {
    api = await TestApi.open();
    for (const role of ROLES) keys[role] = await api.key(role);
  });
  afterAll(() => api.close());

  it('is declared for every route that the server has, and the raw routes are the listed ones', () => {
    const known = [...DECLARED.map((one) => one.route), ...Object.keys(RAW_ROUTES)];
    const isAsset = (route: string): boolean => /^GET \/docs\/[\w./-]*[\w]$/.test(route) && 'GET /docs/*' in RAW_ROUTES;
    expect([...new Set(api.api.routes)].filter((route) => !known.includes(route) && !isAsset(route))).toEqual([]);
    expect(known.filter((route) => !api.api.routes.includes(route))).toEqual([]);
    expect(GUARDED.length).toBeGreaterThan(40);
    expect(DECLARED.filter((one) => (one.permission === undefined) !== one.isPublic)).toEqual([]);
  });

  it.each(GUARDED)('$route needs a live key: none, a wrong, a malformed, a revoked and an expired one are 401', async ({ route }) => {
    const revoked = await api.keyRow('admin');
    await api.house.tx((tx) => revokeApiKey(tx, revoked.id));
    const expired = await api.key('admin', { expiresAt: new Date(Date.now() - 1_000) });
    const wrong = `trib_${'A'.repeat(43)}`;
    const offers = [
      {},
      ...[wrong, 'nonsense', revoked.key, expired].map((key) => ({ key })),
      { headers: { authorization: `Basic ${keys.admin}` } },
    ];
    for (const offer of offers) {
      const answer = await api.send<ProblemBody>(filled(route), offer);
      expect([answer.status, answer.body.code, answer.headers['www-authenticate']]).toEqual([401, 'UNAUTHENTICATED', 'Bearer']);
    }
  });

  it.each(GUARDED)('$route lets in exactly the roles that hold $permission', async ({ route, permission }) => {
    for (const role of ROLES) {
      const { status } = await api.send(filled(route), { key: keys[role] });
      const held = allows(role, [], permission as Permission);
      expect(`${role} ${status === 403 ? 'refused' : 'let in'}`).toBe(`${role} ${held ? 'let in' : 'refused'}`);
      expect(status).not.toBe(401);
      expect(status).toBeLessThan(500);
    }
  });

  it.each(GUARDED)(
    '$route is closed to an admin whose scopes leave $permission out, and open to one with that scope alone',
    async (one) => {
      const permission = one.permission as Permission;
      const without = await api.key('admin', { scopes: PERMISSIONS.filter((other) => other !== permission) });
      const alone = await api.key('admin', { scopes: [permission] });
      expect((await api.send(filled(one.route), { key: without })).status).toBe(403);
      expect((await api.send(filled(one.route), { key: alone })).status).not.toBe(403);
    },
  );

  it.each(DECLARED.filter((one) => one.isPublic))('$route answers without a key and says nothing of a tenant', async ({ route }) => {
    const answer = await api.send(route);
    // A sign-in that nobody began is refused, to everybody alike.
    expect(answer.status).toBe(route.endsWith('/sign-in/callback') ? 400 : 200);
    expect(answer.text).not.toContain(api.house.tenantId);
  });

  it('answers every raw route without a key', async () => {
    const status = async (route: string): Promise<number> => (await api.send(route)).status;
    expect(await status('GET /docs')).toBe(200);
    expect(await status('GET /docs-json')).toBe(200);
    expect(await status(`POST /api/v1/hooks/${randomUUID()}`)).toBe(404);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      expect(await status(`${method} /api/v1/partners/${randomUUID()}/send_test`)).toBe(404);
  });

  it('refuses a role that the database holds and the code does not know', async () => {
    const { id, key } = await api.keyRow('admin');
    await api.house.rows(`UPDATE api_key SET role = 'root' WHERE id = $1`, [id]);
    expect((await api.send('GET /api/v1/connections', { key })).status).toBe(401);
  });

  it('stops a key at once when it is revoked', async () => {
    const { id, key } = await api.keyRow('ops');
    expect((await api.send('GET /api/v1/connections', { key })).status).toBe(200);
    expect((await api.send(`DELETE /api/v1/api-keys/${id}`, { key: keys.admin })).status).toBe(204);
    expect((await api.send('GET /api/v1/connections', { key })).status).toBe(401);
    expect((await api.send(`DELETE /api/v1/api-keys/${id}`, { key: keys.admin })).status).toBe(404);
  });
});

describe('making keys', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.open();
  });
  afterAll(() => api.close());
  const make = (key: string, body: object) =>
    api.send<ProblemBody & { key: string }>('POST /api/v1/api-keys', { key, body: { name: 'n', ...body } });

  it.each(ROLES)('as "it" of role %s: only where nothing is held beyond', async (role) => {
    const beyond = PERMISSIONS.some((permission) => allows(role, [], permission) && !allows('it', [], permission));
    expect((await make(await api.key('it'), { role })).status).toBe(beyond ? 403 : 201);
  });
  it('keeps the scopes of its maker', async () => {
    const maker = await api.key('admin', { scopes: ['keys:write', 'runs:read'] });
    expect((await make(maker, { role: 'admin' })).status).toBe(403);
    expect((await make(maker, { role: 'admin', scopes: ['runs:read', 'runs:write'] })).status).toBe(403);
    const made = await make(maker, { role: 'admin', scopes: ['runs:read'] });
    expect(made.status).toBe(201);
    expect((await api.send('GET /api/v1/runs', { key: made.body.key })).status).toBe(200);
    expect((await api.send('GET /api/v1/audit', { key: made.body.key })).status).toBe(403);
  });
  it('does not outlive its maker', async () => {
    const maker = await api.key('admin', { expiresAt: new Date(Date.now() + 60_000) });
    expect((await make(maker, { role: 'ops' })).status).toBe(403);
    expect((await make(maker, { role: 'ops', expiresAt: new Date(Date.now() + 3_600_000).toISOString() })).status).toBe(403);
    expect((await make(maker, { role: 'ops', expiresAt: new Date(Date.now() + 30_000).toISOString() })).status).toBe(201);
  });
  it('never shows a key again, nor its hash', async () => {
    const admin = await api.key('admin');
    const { key } = (await make(admin, { role: 'ops' })).body;
    const shown =
      (await api.send('GET /api/v1/api-keys?limit=200', { key: admin })).text + (await api.send('GET /api/v1/audit', { key: admin })).text;
    expect(shown).not.toContain(key.slice(12));
    expect(shown).not.toMatch(/hash/i);
  });
});

describe('another tenant', () => {
  let api: TestApi;
  let owner: string;
  let stranger: string;
  let held: { ids: string[]; refs: string[]; connection: string; secretWords: string[] };

  beforeAll(async () => {
    api = await TestApi.open();
    owner = await api.key('admin');
    stranger = await api.key('admin', { tenantId: await createTestTenant(api.house.hub.database) });
    held = await fill(api, owner);
  });
  afterAll(() => api.close());

  it('holds an id of every kind, so the sweep means something', () => {
    expect(held.ids.length).toBeGreaterThan(10);
    expect(held.refs).toHaveLength(1);
  });

  it.each(GUARDED.filter((one) => /:(id|ref)/.test(one.route)))('cannot reach anything of this one by $route', async ({ route }) => {
    const before = await fingerprint(api);
    const targets = route.includes(':ref') ? held.refs : held.ids;
    for (const target of targets) {
      const path = route
        .replace(/:(id|ref)/, target)
        .replace(':other', target)
        .replace(':stream', 'candidates')
        .replace('/as-of', '/as-of?at=2026-01-01T00:00:00Z')
        .replace(':field', 'displayName');
      const answer = await api.send<ProblemBody>(path, { key: stranger, body: route.startsWith('GET') ? undefined : bodyFor(route) });
      expect([path.split('/').at(-1), answer.status, answer.body.code]).toEqual([path.split('/').at(-1), 404, 'NOT_FOUND']);
    }
    expect(await fingerprint(api)).toEqual(before);
  });

  it.each(GUARDED.filter((one) => one.route.startsWith('GET') && !/:(id|ref|name)/.test(one.route)))(
    'sees nothing of this one in $route',
    async ({ route }) => {
      const queries = ['', `?connection=${held.connection}`, `?subject=${held.connection}`, `?stream=${held.ids[1]}`];
      for (const query of [...queries, `?object=candidate&connection=${held.connection}&externalId=p1`]) {
        const answer = await api.send(`${route}${query}`, { key: stranger });
        expect(answer.status).toBeLessThan(500);
        for (const word of [...held.ids, ...held.refs, ...held.secretWords]) expect(answer.text).not.toContain(word);
      }
    },
  );

  it('cannot start a run here, whatever it names', async () => {
    const before = await fingerprint(api);
    const answer = await api.send('POST /api/v1/reconcile', { key: stranger, body: { connection: held.connection } });
    expect(answer.status).toBe(404);
    expect((await api.send('POST /api/v1/reconcile', { key: stranger, body: {} })).body).toEqual({ runs: [] });
    expect(await fingerprint(api)).toEqual(before);
  });

  it('may name its connection as this one does', async () => {
    await expect(api.connect(stranger)).resolves.toMatch(/^[0-9a-f-]{36}$/);
  });
});

function bodyFor(route: string): object {
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const bodies: Record<string, object> = {
    reset: { reason: 'r' },
    'release-brake': { reason: 'r' },
    refetch: { externalId: 'p1' },
    'webhook-secret': { secret: 's' },
    edit: { payload: {}, reason: 'r' },
    ignore: { reason: 'r' },
    resolve: { reason: 'r' },
    assign: { assignee: 'me' },
    snooze: { until },
    settle: { choose: 'ours', reason: 'r' },
    undo: { reason: 'r' },
    approve: { reason: 'r' },
    withdraw: { reason: 'r' },
    recreate: { reason: 'r' },
    lift: { reason: 'r' },
    ':field': { value: 'x', reason: 'r' },
  };
  return bodies[route.split('/').at(-1) as string] ?? {};
}

/** A tenant that holds one of everything with an id in it. */
async function fill(api: TestApi, key: string): Promise<{ ids: string[]; refs: string[]; connection: string; secretWords: string[] }> {
  const connection = await api.connect(key, 'Only Here');
  const streams = await api.house.rows<{ id: string; name: string }>(`SELECT id, name FROM stream WHERE connection_id = $1 ORDER BY name`, [
    connection,
  ]);
  api.people.put('p1', { displayName: 'Ottoline Grevsmuhl', headline: 'Unmistakable' });
  api.people.put('p2', { displayName: 'X', broken: true });
  await api.house.sync({ connectionId: connection, streamId: streams[0].id });
  await api.house.rows(
    `INSERT INTO conflict (tenant_id, id, cluster_id, record_id, field, base, ours, theirs) SELECT m.tenant_id, $1, m.cluster_id, m.record_id, 'headline', '"a"', '"b"', '"c"' FROM cluster_member m LIMIT 1`,
    [randomUUID()],
  );
  await api.house.reconcile({ connectionId: connection, streamId: streams[0].id });
  const ids = await api.house.rows<{ id: string }>(
    `SELECT id FROM run UNION ALL SELECT id FROM error_item UNION ALL SELECT id FROM error_group UNION ALL SELECT id FROM conflict UNION ALL SELECT id FROM cluster
     UNION ALL SELECT id FROM source_record UNION ALL SELECT id FROM api_key UNION ALL SELECT id FROM webhook_endpoint UNION ALL SELECT id FROM reconciliation UNION ALL SELECT id FROM audit`,
  );
  const refs = await api.house.rows<{ ref: string }>(`SELECT ref FROM cluster WHERE ref IS NOT NULL`);
  return {
    ids: [connection, ...streams.map((stream) => stream.id), ...ids.map((row) => row.id)],
    refs: refs.map((row) => row.ref),
    connection,
    secretWords: ['Only Here', 'Unmistakable', 'Grevsmuhl'],
  };
}

/** Everything that a stranger's call could have changed. */
function fingerprint(api: TestApi): Promise<unknown[]> {
  return api.house.rows(
    `SELECT (SELECT json_agg(t ORDER BY id) FROM (SELECT id, status, name FROM connection) t) AS connections, (SELECT json_agg(t ORDER BY id) FROM (SELECT id, state, version FROM error_item) t) AS items,
       (SELECT json_agg(t ORDER BY id) FROM (SELECT id, state FROM run) t) AS runs, (SELECT json_agg(t ORDER BY id) FROM (SELECT id, settled_at FROM conflict) t) AS conflicts,
       (SELECT json_agg(t ORDER BY id) FROM (SELECT id, revoked_at FROM api_key) t) AS keys, (SELECT count(*) FROM hint) AS hints, (SELECT count(*) FROM audit) AS audit,
       (SELECT json_agg(t ORDER BY owner_id, field) FROM (SELECT owner_id, field, version FROM secret) t) AS secrets`,
  );
}
