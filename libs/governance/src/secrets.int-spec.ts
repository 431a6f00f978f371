import { randomBytes, randomUUID } from 'node:crypto';
import type { Database, TenantTx } from '#hub/persistence';
import { createTestTenant, openTestDatabase } from '../../../test/support/postgres.js';
import { keyIdOf, SecretUnreadable } from './seal.js';
import { createSecrets } from './secrets.js';
import { tenantMatchKey } from './tenant-match-key.js';
import { tokenStore } from './token-store.js';

describe('createSecrets', () => {
  const current = randomBytes(32);
  const secrets = createSecrets(current);
  let database: Database;
  let tenant: string;
  let owner: string;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  beforeEach(async () => {
    tenant = await createTestTenant(database);
    owner = randomUUID();
  });
  afterAll(() => database.close());
  const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>): Promise<Result> => database.inTenant(tenant, work);

  it('writes, reads, names, replaces and removes', async () => {
    await inTenant((tx) => secrets.write(tx, owner, 'token', 'one'));
    await inTenant((tx) => secrets.write(tx, owner, 'password', 'päss'));
    await inTenant((tx) => secrets.write(tx, owner, 'token', 'two'));
    const seen = await inTenant(async (tx) => [
      await secrets.read(tx, owner, 'token'),
      await secrets.read(tx, owner, 'password'),
      await secrets.read(tx, owner, 'none'),
      await secrets.has(tx, owner),
    ]);
    expect(seen).toEqual(['two', 'päss', undefined, ['password', 'token']]);
    await inTenant((tx) => secrets.remove(tx, owner));
    expect(await inTenant((tx) => secrets.has(tx, owner))).toEqual([]);
  });

  it('keeps no plaintext in the row', async () => {
    await inTenant((tx) => secrets.write(tx, owner, 'token', 'plain-canary'));
    const [row] = await inTenant((tx) =>
      tx.query<{ text: string }>(`SELECT encode(wrapped_key || sealed, 'escape') || s::text AS text FROM secret s WHERE owner_id = $1`, [
        owner,
      ]),
    );
    expect(row.text).not.toContain('canary');
    expect(row.text).not.toContain(Buffer.from('plain-canary').toString('hex'));
  });

  it('refuses a row that was moved to another field, another owner or back to an older version', async () => {
    await inTenant((tx) => secrets.write(tx, owner, 'token', 'one'));
    const old = await inTenant((tx) =>
      tx.query<{ wrapped_key: Buffer; sealed: Buffer }>('SELECT wrapped_key, sealed FROM secret WHERE owner_id = $1', [owner]),
    );
    await inTenant((tx) => secrets.write(tx, owner, 'token', 'two'));
    await inTenant((tx) =>
      tx.query('UPDATE secret SET wrapped_key = $2, sealed = $3 WHERE owner_id = $1', [owner, old[0].wrapped_key, old[0].sealed]),
    );
    await expect(inTenant((tx) => secrets.read(tx, owner, 'token'))).rejects.toThrow(SecretUnreadable);
    await inTenant((tx) => secrets.write(tx, owner, 'token', 'three'));
    await inTenant((tx) => tx.query(`UPDATE secret SET field = 'other' WHERE owner_id = $1`, [owner]));
    await expect(inTenant((tx) => secrets.read(tx, owner, 'other'))).rejects.toThrow(SecretUnreadable);
  });

  it('turns the master key over: old rows open with the previous key, and rewrap leaves none behind', async () => {
    await inTenant((tx) => secrets.write(tx, owner, 'token', 'kept'));
    const next = randomBytes(32);
    const turning = createSecrets({ current: next, previous: [current] });
    expect(await inTenant((tx) => turning.read(tx, owner, 'token'))).toBe('kept');
    expect(await inTenant((tx) => turning.rewrap(tx))).toBe(1);
    expect(await inTenant((tx) => turning.rewrap(tx))).toBe(0);
    expect(await inTenant((tx) => createSecrets(next).read(tx, owner, 'token'))).toBe('kept');
    await expect(inTenant((tx) => secrets.read(tx, owner, 'token'))).rejects.toThrow(keyIdOf(next));
  });

  it('refuses a master key of another length', () => {
    expect(() => createSecrets(randomBytes(16))).toThrow(RangeError);
  });

  it('serves a connection through its token store, and no other tenant', async () => {
    await inTenant((tx) => secrets.write(tx, owner, 'token', 'mine'));
    expect(await tokenStore(database, secrets, { tenantId: tenant, connectionId: owner }).read('token')).toBe('mine');
    const other = await createTestTenant(database);
    expect(await tokenStore(database, secrets, { tenantId: other, connectionId: owner }).read('token')).toBeUndefined();
  });

  describe('tenantMatchKey', () => {
    it('is made once, also by callers that race, and is the same in every process', async () => {
      const keys = await Promise.all(Array.from({ length: 8 }, () => inTenant((tx) => tenantMatchKey(tx, createSecrets(current)))));
      expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
      expect(keys[0]).toHaveLength(32);
      const other = await createTestTenant(database);
      expect((await database.inTenant(other, (tx) => tenantMatchKey(tx, secrets))).equals(keys[0])).toBe(false);
    });

    it('is not remembered from a transaction that was rolled back', async () => {
      const doomed: Buffer[] = [];
      await expect(
        inTenant(async (tx) => {
          doomed.push(await tenantMatchKey(tx, secrets), await tenantMatchKey(tx, secrets));
          throw new Error('rolled back');
        }),
      ).rejects.toThrow('rolled back');
      const kept = await inTenant((tx) => tenantMatchKey(tx, secrets));
      expect(kept.equals(doomed[0])).toBe(false);
      expect((await inTenant((tx) => tenantMatchKey(tx, createSecrets(current)))).equals(kept)).toBe(true);
    });

    it('is read from the database once per process', async () => {
      await inTenant((tx) => tenantMatchKey(tx, secrets));
      await inTenant((tx) => tenantMatchKey(tx, secrets));
      let queries = 0;
      await inTenant((tx) =>
        tenantMatchKey(
          {
            ...tx,
            query: (...args) => {
              queries += 1;
              return tx.query(...args);
            },
          } as TenantTx,
          secrets,
        ),
      );
      expect(queries).toBe(0);
    });
  });
});
