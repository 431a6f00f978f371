import { randomUUID } from 'node:crypto';
import { Database } from '#hub/persistence';

export type TestRole = 'app' | 'owner' | 'superuser';

/** The migrated database of this Jest worker, as one of the roles that the global set-up made. */
export function testUrl(role: TestRole = 'app'): string {
  const user = { app: 'hub_app', owner: 'hub_owner', superuser: 'postgres' }[role];
  return `postgres://${user}:pw@127.0.0.1:${process.env.PG_PORT}/${process.env.PG_DATABASE}`;
}

export function openTestDatabase(poolSize = 5): Promise<Database> {
  return Database.open(testUrl(), { poolSize });
}

/** A tenant of its own for every test: nothing needs cleaning up. */
export async function createTestTenant(database: Database): Promise<string> {
  const id = randomUUID();
  await database.inTenant(id, (tx) => tx.query(`INSERT INTO tenant (id, name) VALUES ($1, 'test')`, [id]));
  return id;
}
