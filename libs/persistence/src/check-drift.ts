import { ownerSource } from './migrate.js';

/** The statements that would bring the database of `url` to what the entities say; empty when migrations and entities are in step. */
export async function driftSql(url: string): Promise<string[]> {
  const source = await ownerSource(url).initialize();
  try {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    await source.destroy();
  }
}

async function main(): Promise<void> {
  const url = process.env.DATABASE_MIGRATION_URL;
  if (!url) throw new Error('DATABASE_MIGRATION_URL is not set: it names the owner of the migrated database');
  const statements = await driftSql(url);
  for (const statement of statements) process.stdout.write(`${statement};\n`);
  if (statements.length > 0) process.exitCode = 1;
}

if (require.main === module) void main();
