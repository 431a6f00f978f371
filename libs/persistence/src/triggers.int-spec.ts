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

  it('what an audit row says is blanked while a person is erased, and is neither changed then nor blanked at any other time', async () => {
    const id = randomUUID();
    await database.inTenant(tenant, (tx) =>
      tx.query(
        `INSERT INTO audit (tenant_id, id, actor_kind, actor_id, action, subject_kind, subject_id, after) VALUES ($1, $2, 'system', 'hub', 'x.y', 'x', '1', '{"reason":"Ada"}')`,
        [tenant, id],
      ),
    );
    const attempt = (set: string, erasing: string): Promise<unknown> =>
      database.inTenant(tenant, async (tx) => {
        await tx.query(`SELECT set_config('app.erasing', $1, true)`, [erasing]);
        return tx.query(`UPDATE audit SET ${set} WHERE id = $1 RETURNING action, after`, [id]);
      });
    await expect(attempt('after = NULL', 'off')).rejects.toThrow('audit is append-only');
    await expect(attempt(`after = '{}'`, 'on')).rejects.toThrow('words of audit are erased, never changed');
    await expect(attempt(`action = 'z'`, 'on')).rejects.toThrow(/permission denied/);
    await expect(attempt('before = NULL, after = NULL', 'on')).resolves.toEqual([{ action: 'x.y', after: null }]);
  });

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
