import { rmSync } from 'node:fs';
import { removePostgresData } from '../../scripts/lib/embedded-postgres.mjs';
import { join } from 'node:path';

export default async function stopTestPostgres() {
  const { server, folder } = globalThis.__POSTGRES__;
  await server.stop();
  removePostgresData(join(folder, 'pg'));
  rmSync(folder, { recursive: true, force: true });
}
