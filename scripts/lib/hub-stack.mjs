import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { startPostgres } from './embedded-postgres.mjs';
import { canListen, freePort } from './free-port.mjs';
import { startRadicale } from './radicale.mjs';
import { startProcess } from './supervise.mjs';
import { findProgram, PROGRAMS, startTemporal } from './temporal.mjs';

/**
 * A whole installation as real processes on loopback: PostgreSQL, Temporal, Radicale, the sandbox, API and workers. The demo, the end-to-end
 * tests, chaos and benchmarks all start it here. `programs` is where PostgreSQL is found when `root` is a copy of the build.
 * @param {{ root: string, dir: string, log?: (line: string) => void, workers?: number, environment?: NodeJS.ProcessEnv, ports?: object }} options
 */
export async function startStack({
  root,
  dir,
  log = () => undefined,
  workers = 1,
  environment = process.env,
  database = 'tributary',
  durable = true,
  radicale = true,
  programs = root,
  extra = {},
}) {
  mkdirSync(join(dir, 'logs'), { recursive: true });
  const stops = [];
  const stack = {
    root,
    dir,
    parts: {},
    stop: async () => {
      for (const stop of stops.splice(0).reverse()) await stop().catch(() => undefined);
    },
  };
  try {
    const external = Boolean(environment.DATABASE_URL && environment.DATABASE_MIGRATION_URL);
    const temporalStart = environment.TEMPORAL_ADDRESS ? undefined : findProgram(PROGRAMS.server, { root, download: true, log });
    const port = keptPorts(dir);
    log(external ? 'using the PostgreSQL of DATABASE_URL' : 'starting PostgreSQL');
    const postgres = external ? undefined : await startPostgres({ root: programs, dataDir: join(dir, 'postgres'), durable });
    if (postgres) stops.push(() => postgres.stop());
    if (postgres) await postgres.createDatabase(database);
    stack.parts.postgres = postgres;
    stack.databaseUrl = external ? environment.DATABASE_URL : postgres.url('app', database);
    stack.migrationUrl = external ? environment.DATABASE_MIGRATION_URL : postgres.url('owner', database);
    log(temporalStart ? 'starting Temporal' : 'using the Temporal of TEMPORAL_ADDRESS');
    const temporal = temporalStart ? await startTemporal({ program: temporalStart, dbFile: join(dir, 'temporal.db') }) : undefined;
    if (temporal) stops.push(() => temporal.stop());
    stack.parts.temporal = temporal;
    stack.temporal = temporal ? temporal.address : environment.TEMPORAL_ADDRESS;
    if (radicale) {
      log('starting Radicale');
      stack.parts.radicale = await startRadicale({
        cacheDir: join(root, '.cache'),
        storageDir: join(dir, 'radicale'),
        port: await port('radicale'),
      });
      stops.push(() => stack.parts.radicale.stop());
      stack.caldav = stack.parts.radicale.url;
    }
    const app = (name) => join(root, 'dist', 'apps', name, 'src', 'main.js');
    log('starting the sandbox ATS');
    const sandboxPort = await port('sandbox');
    const start = {
      sandbox: () =>
        startProcess({
          name: 'sandbox',
          file: app('sandbox'),
          root,
          logFile: join(dir, 'logs', 'sandbox.log'),
          environment: { SANDBOX_PORT: String(sandboxPort), SANDBOX_STATE: join(dir, 'sandbox.json') },
        }),
    };
    stack.parts.sandbox = await start.sandbox();
    stops.push(() => stack.parts.sandbox.stop());
    stack.sandbox = stack.parts.sandbox.ready.url;
    log('bringing the schema up to date');
    const require = createRequire(join(root, 'package.json'));
    require('reflect-metadata');
    const { migrate } = require(join(root, 'dist', 'libs', 'persistence', 'src', 'migrate.js'));
    await migrate(stack.migrationUrl, decodeURIComponent(new URL(stack.databaseUrl).username));
    const masterKey = masterKeyIn(dir);
    const apiPort = await port('api');
    const own = [stack.sandbox, stack.caldav].filter(Boolean).map((url) => new URL(url).host);
    const allow = [...own, ...(environment.EGRESS_ALLOW ?? '').split(',').filter(Boolean)];
    const shared = {
      DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporal,
      TEMPORAL_NAMESPACE: environment.TEMPORAL_NAMESPACE ?? 'default',
      TASK_QUEUE: environment.TASK_QUEUE ?? `tributary-${database}`,
      TRIBUTARY_KEY_FILE: masterKey,
      EGRESS_ALLOW: allow.join(','),
      LOG_LEVEL: 'warn',
      API_PORT: String(apiPort),
      API_PUBLIC_URL: `http://127.0.0.1:${apiPort}`,
      ...extra,
    };
    stack.environment = shared;
    stack.startApi = () =>
      startProcess({ name: 'api', file: app('api'), root, logFile: join(dir, 'logs', 'api.log'), environment: shared });
    stack.startWorker = (at = 0) =>
      startProcess({
        name: 'worker',
        file: app('worker'),
        root,
        logFile: join(dir, 'logs', `worker-${at}.log`),
        environment: { ...shared, ...(stack.workerEnvironment ?? {}) },
      });
    log('starting API and worker');
    const [api, ...workersUp] = await Promise.all([stack.startApi(), ...Array.from({ length: workers }, (_, at) => stack.startWorker(at))]);
    stack.parts.api = api;
    stack.parts.workers = workersUp;
    stops.push(
      () => stack.parts.api.stop(),
      () => Promise.all(stack.parts.workers.map((worker) => worker.stop())),
    );
    stack.api = api.ready.url;
    stack.key = await firstKey(stack, require);
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** What other systems know our addresses by keeps its port from run to run, as long as nobody else took it. */
function keptPorts(dir) {
  const file = join(dir, 'ports.json');
  const ports = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return async (name) => {
    if (!ports[name] || !(await canListen(ports[name]))) ports[name] = await freePort();
    writeFileSync(file, JSON.stringify(ports));
    return ports[name];
  };
}

function masterKeyIn(dir) {
  const file = join(dir, 'master.key');
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
    chmodSync(file, 0o600);
  }
  return file;
}

/** A tenant and an admin's key, kept beside the data so that a second run is the same installation. */
async function firstKey(stack, require) {
  const file = join(stack.dir, 'key.json');
  if (existsSync(file)) {
    const known = JSON.parse(readFileSync(file, 'utf8'));
    if (known.database === new URL(stack.databaseUrl).pathname) return known.key;
  }
  const { Database } = require(join(stack.root, 'dist', 'libs', 'persistence', 'src', 'index.js'));
  const { createApiKey } = require(join(stack.root, 'dist', 'libs', 'governance', 'src', 'index.js'));
  const database = await Database.open(stack.databaseUrl);
  const tenantId = crypto.randomUUID();
  const { key } = await database.inTenant(tenantId, async (tx) => {
    await tx.query(`INSERT INTO tenant (id, name) VALUES ($1, 'Demo')`, [tenantId]);
    return createApiKey(tx, { name: 'demo', role: 'admin' });
  });
  await database.close();
  stack.tenantId = tenantId;
  writeFileSync(file, JSON.stringify({ key, tenantId, database: new URL(stack.databaseUrl).pathname }), { mode: 0o600 });
  return key;
}
