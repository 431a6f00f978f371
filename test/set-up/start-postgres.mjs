import { mkdtempSync, chmodSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../../scripts/lib/embedded-postgres.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..', '..');

/** One server for the whole run; a migrated template; one database per Jest worker. */
export default async function startTestPostgres(config) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-test-'));
  chmodSync(folder, 0o755);
  const server = await startPostgres({ root: ROOT, dataDir: join(folder, 'pg'), durable: false });
  await server.createDatabase('template_hub');
  const require = createRequire(join(ROOT, 'package.json'));
  require('reflect-metadata');
  const { migrate } = require('./dist/libs/persistence/src/migrate.js');
  await migrate(server.url('owner', 'template_hub'), 'tributary_app');
  for (let worker = 1; worker <= (config.maxWorkers ?? 1); worker += 1) await server.createDatabase(`test_${worker}`, 'template_hub');
  for (const role of ['app', 'owner', 'superuser']) process.env[`TEST_${role.toUpperCase()}_URL`] = server.url(role, 'test');
  globalThis.__POSTGRES__ = { server, folder };
}
