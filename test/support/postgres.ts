import { randomUUID } from 'node:crypto';
import { Database } from '#hub/persistence';

export type TestRole = 'app' | 'owner' | 'superuser';

/**
 * The migrated database of this Jest worker, as one of the roles that the global set-up made. The set-up gives DATABASE_URL and DATABASE_MIGRATION_URL, or PG_PORT and
 * PG_DATABASE; the superuser is `postgres` unless DATABASE_SUPERUSER_URL says otherwise.
 */
export function testUrl(role: TestRole = 'app'): string {
  const named = { app: process.env.DATABASE_URL, owner: process.env.DATABASE_MIGRATION_URL, superuser: process.env.DATABASE_SUPERUSER_URL }[
    role
  ];
  if (named) return named;
  const user = { app: 'hub_app', owner: 'hub_owner', superuser: 'postgres' }[role];
  if (!process.env.DATABASE_URL) return `postgres://${user}:pw@127.0.0.1:${process.env.PG_PORT}/${process.env.PG_DATABASE}`;
  return asRole(process.env.DATABASE_URL, { user, password: 'pw' });
}

/** The same database as another role. */
export function asRole(url: string, { user, password }: { user: string; password: string }): string {
  return Object.assign(new URL(url), { username: user, password }).href;
}

export function userOf(url: string): string {
  return decodeURIComponent(new URL(url).username);
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
