import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '#hub/persistence';

interface Server {
  url(role: 'app' | 'owner' | 'superuser', database: string): string;
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}
interface Programs {
  startPostgres(options: { root: string; dataDir: string; durable: boolean; settings?: string[] }): Promise<Server>;
  removePostgresData(dataDir: string): void;
}

export interface BenchDatabase {
  /** The role of api and worker: row-level security applies. */
  appUrl: string;
  ownerUrl: string;
  superuserUrl: string;
  /** A second database on the same server, with the same schema; a superuser's address of it. */
  twin(name: string): Promise<string>;
  stop(): Promise<void>;
}

const NAME = 'bench';

/** A PostgreSQL of this bench alone, as durable as in production, migrated. `npm run bench` runs in the repository's root. */
export async function openBenchDatabase(settings: string[] = []): Promise<BenchDatabase> {
  const root = process.cwd();
  const { startPostgres, removePostgresData } = createRequire(join(root, 'package.json'))(
    './scripts/lib/embedded-postgres.mjs',
  ) as Programs;
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  chmodSync(folder, 0o755);
  const dataDir = join(folder, 'pg');
  const server = await startPostgres({ root, dataDir, durable: true, settings });
  const stop = async (): Promise<void> => {
    await server.stop();
    removePostgresData(dataDir);
    rmSync(folder, { recursive: true, force: true });
  };
  const migrated = async (name: string): Promise<string> => {
    await server.createDatabase(name);
    await migrate(server.url('owner', name), 'tributary_app');
    return server.url('superuser', name);
  };
  try {
    const superuserUrl = await migrated(NAME);
    return { appUrl: server.url('app', NAME), ownerUrl: server.url('owner', NAME), superuserUrl, twin: migrated, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
