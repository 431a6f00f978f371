import 'reflect-metadata';
import { migrate } from './migrate.js';

/** `npm run migrate`: brings the schema up to date, and lets the role of DATABASE_URL work in it. */
async function main(): Promise<void> {
  const { DATABASE_URL: url, DATABASE_MIGRATION_URL: migrationUrl } = process.env;
  if (!url || !migrationUrl)
    throw new Error('set DATABASE_MIGRATION_URL (the owner of the schema) and DATABASE_URL (the role of api and worker)');
  const { applied } = await migrate(migrationUrl, decodeURIComponent(new URL(url).username));
  process.stdout.write(`${applied.length > 0 ? applied.join('\n') : 'the schema is up to date'}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
