import { DataSource } from 'typeorm';
import { ENTITIES } from './entities/index.js';
import { MIGRATIONS } from './migrations/index.js';
import { Naming } from './naming.js';
import { DOORS } from './doors.js';

/** The owner's view of the database: migrations and drift checks only. */
export function ownerSource(url: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    namingStrategy: new Naming(),
    logging: false,
  });
}

/**
 * Brings the schema up to date as its owner and lets `appRole` work in it. Safe to repeat, and to run by several processes at once.
 * @param migrationUrl of the owner; @param appRole name of the role in DATABASE_URL; it must exist.
 */
export async function migrate(migrationUrl: string, appRole: string): Promise<{ applied: string[] }> {
  const source = await ownerSource(migrationUrl).initialize();
  const runner = source.createQueryRunner();
  try {
    await runner.query(`SELECT pg_advisory_lock(hashtext('tributary-migrate'))`);
    const applied = await source.runMigrations();
    await grantWork(source, appRole);
    return { applied: applied.map((migration) => migration.name) };
  } finally {
    await runner.query(`SELECT pg_advisory_unlock(hashtext('tributary-migrate'))`);
    await runner.release();
    await source.destroy();
  }
}

async function grantWork(source: DataSource, appRole: string): Promise<void> {
  const role = `"${appRole.replaceAll('"', '""')}"`;
  await source.query(`GRANT USAGE ON SCHEMA public TO ${role}`);
  await source.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
  await source.query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`);
  await source.query(`REVOKE UPDATE, DELETE ON audit, decision, identity_event FROM ${role}`);
  // Erasure takes the words that people wrote, never what they did.
  await source.query(
    `GRANT UPDATE (reason, evidence) ON decision TO ${role}; GRANT UPDATE (reason) ON identity_event TO ${role}; GRANT UPDATE (before, after) ON audit TO ${role}`,
  );
  await source.query(`REVOKE INSERT, UPDATE, DELETE ON migrations FROM ${role}`);
  for (const door of DOORS) await source.query(`GRANT EXECUTE ON FUNCTION ${door.name} TO ${role}`);
}
