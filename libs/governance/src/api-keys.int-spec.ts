import type { Database, TenantTx } from '#hub/persistence';
import { createTestTenant, openTestDatabase } from '../../../test/support/postgres.js';
import { createApiKey, lookupApiKey, revokeApiKey, type NewApiKey } from './api-keys.js';

describe('API keys', () => {
  let database: Database;
  let tenant: string;
  beforeAll(async () => {
    database = await openTestDatabase();
    tenant = await createTestTenant(database);
  });
  afterAll(() => database.close());
  const create = (input: Partial<NewApiKey> = {}): Promise<{ id: string; key: string }> =>
    database.inTenant(tenant, (tx) => createApiKey(tx, { name: 'test', role: 'ops', ...input }));
  const row = async (id: string): Promise<Record<string, unknown>> =>
    (await database.inTenant(tenant, (tx: TenantTx) => tx.query('SELECT * FROM api_key WHERE id = $1', [id])))[0];

  it('finds the tenant, role and scopes of a key without knowing the tenant', async () => {
    const { id, key } = await create({ scopes: ['runs:read'] });
    expect(key).toMatch(/^trib_[A-Za-z0-9_-]{43}$/);
    expect(await lookupApiKey(database, key)).toEqual({ tenantId: tenant, keyId: id, role: 'ops', scopes: ['runs:read'] });
  });

  it('stores a hash and a prefix, not the key', async () => {
    const { id, key } = await create();
    const stored = await row(id);
    expect(stored.key_prefix).toBe(key.slice(0, 11));
    expect(JSON.stringify(stored)).not.toContain(key.slice(12));
    expect((stored.key_hash as Buffer).length).toBe(32);
  });

  it('refuses what is malformed, unknown, revoked or expired', async () => {
    const { id, key } = await create();
    const unknown = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
    for (const wrong of ['', 'trib_', unknown, `${key} `, key.toUpperCase()]) expect(await lookupApiKey(database, wrong)).toBeUndefined();
    const expired = await create({ expiresAt: new Date(Date.now() - 1000) });
    expect(await lookupApiKey(database, expired.key)).toBeUndefined();
    expect(await lookupApiKey(database, key)).toBeDefined();
    expect(await database.inTenant(tenant, (tx) => revokeApiKey(tx, id))).toBe(true);
    expect(await database.inTenant(tenant, (tx) => revokeApiKey(tx, id))).toBe(false);
    expect(await lookupApiKey(database, key)).toBeUndefined();
  });

  it('cannot be revoked by another tenant', async () => {
    const { id, key } = await create();
    const other = await createTestTenant(database);
    expect(await database.inTenant(other, (tx) => revokeApiKey(tx, id))).toBe(false);
    expect(await lookupApiKey(database, key)).toBeDefined();
  });

  it('notes its use at most once a minute', async () => {
    const { id, key } = await create();
    expect((await row(id)).last_used_at).toBeNull();
    await lookupApiKey(database, key);
    const first = (await row(id)).last_used_at;
    expect(first).toBeInstanceOf(Date);
    await lookupApiKey(database, key);
    expect((await row(id)).last_used_at).toEqual(first);
  });

  it('refuses an unknown role or scope', async () => {
    await expect(create({ role: 'root' as never })).rejects.toThrow('no role "root"');
    await expect(create({ scopes: ['everything' as never] })).rejects.toThrow('no scope "everything"');
  });
});
