import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { createTestTenant, openTestDatabase, testUrl } from '../../../test/support/postgres.js';
import type { Database } from './database.js';

describe('what nobody may change', () => {
  let database: Database;
  let owner: Client;
  let tenant: string;
  beforeAll(async () => {
    database = await openTestDatabase(1);
    owner = new Client(testUrl('owner'));
    await owner.connect();
    tenant = await createTestTenant(database);
    await owner.query(`SELECT set_config('app.tenant', '${tenant}', false)`);
  });
  afterAll(async () => {
    await owner.end();
    await database.close();
  });

  it.each(['audit', 'decision', 'identity_event'])(
    '%s is append-only for the app by grant, and for the owner by trigger',
    async (table) => {
      for (const statement of [`UPDATE ${table} SET tenant_id = tenant_id`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
        await expect(database.inTenant(tenant, (tx) => tx.query(statement))).rejects.toThrow(/permission denied/);
        await expect(owner.query(statement)).rejects.toThrow(`${table} is append-only`);
      }
    },
  );

  it('a reference number never changes, is never taken away and outlives its record', async () => {
    const id = randomUUID();
    const ref = `C-${id.slice(0, 8)}`;
    await database.inTenant(tenant, (tx) =>
      tx.query(`INSERT INTO cluster (tenant_id, id, object, ref, values, provenance) VALUES ($1, $2, 'candidate', $3, '{}', '{}')`, [
        tenant,
        id,
        ref,
      ]),
    );
    const attempt = (sql: string): Promise<unknown> => database.inTenant(tenant, (tx) => tx.query(sql, [id]));
    for (const sql of [
      `UPDATE cluster SET ref = 'C-2' WHERE id = $1`,
      `UPDATE cluster SET ref = NULL WHERE id = $1`,
      `UPDATE cluster SET id = gen_random_uuid() WHERE id = $1`,
      `DELETE FROM cluster WHERE id = $1`,
    ]) {
      await expect(attempt(sql)).rejects.toThrow(`reference number ${ref} is immutable`);
    }
    await expect(attempt(`UPDATE cluster SET version = version + 1 WHERE id = $1`)).resolves.toEqual([]);
  });

  it('a reference number is unique within its tenant only', async () => {
    const insert = (tenantId: string): Promise<unknown> =>
      database.inTenant(tenantId, (tx) =>
        tx.query(`INSERT INTO cluster (tenant_id, id, object, ref, values, provenance) VALUES ($1, $2, 'job', 'J-SAME', '{}', '{}')`, [
          tenantId,
          randomUUID(),
        ]),
      );
    await insert(tenant);
    await expect(insert(tenant)).rejects.toThrow(/cluster_ref_key/);
    await expect(insert(await createTestTenant(database))).resolves.toEqual([]);
  });
});
