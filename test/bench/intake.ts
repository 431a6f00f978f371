import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { connectors } from '#connectors';
import { createSecrets } from '#hub/governance';
import { loadMappings } from '#hub/mapping';
import { Database } from '#hub/persistence';
import { createConnection, createHub } from '#hub/sync';
import { openBenchDatabase, type BenchDatabase } from './bench-database.js';
import type { BenchOptions } from './bench-options.js';
import type { Load, LoadResult } from './load-generator.js';
import { median, ROOT, script } from './programs.js';

const CONNECTIONS = 256;
const ROUNDS = 5;
const SECRET = 'bench-webhook-secret';

interface Started {
  ready: { url: string };
  stop: () => Promise<void>;
}

/** Signed, durable, deduplicated deliveries at the real API process against one INSERT per request in a bare server, by turns on one PostgreSQL. */
export async function run({ records = 20_000, connections = CONNECTIONS, log }: BenchOptions): Promise<object> {
  const postgres = await openBenchDatabase(['min_wal_size=640MB']);
  const logs = mkdtempSync(join(tmpdir(), 'tributary-bench-logs-'));
  const stops: (() => Promise<void>)[] = [() => postgres.stop(), async () => rmSync(logs, { recursive: true, force: true })];
  try {
    await ageWal(postgres);
    const masterKey = randomBytes(32).toString('base64');
    const path = await createEndpoint(postgres, masterKey);
    const api = await start('api', { logs, environment: { ...apiEnvironment(masterKey), DATABASE_URL: postgres.appUrl } });
    stops.push(() => api.stop());
    const naive = await start('naive', { logs, environment: { DATABASE_URL: postgres.ownerUrl } });
    stops.push(() => naive.stop());
    const generator = fork(join(__dirname, 'load-generator.js'));
    stops.push(async () => void generator.kill());
    const load = { connections, requests: records, secret: SECRET };
    const ours: Load = { ...load, port: portOf(api), path };
    const theirs: Load = { ...load, port: portOf(naive), path: '/hooks' };
    for (const target of [ours, theirs]) await round(generator, { ...target, requests: Math.min(records, 5_000) });
    const rounds: { ours: LoadResult; theirs: LoadResult }[] = [];
    for (let at = 0; at < ROUNDS; at += 1) {
      rounds.push({ ours: await round(generator, ours), theirs: await round(generator, theirs) });
      log(`round ${at + 1}: ${JSON.stringify(rounds[at])}`);
    }
    await checkStored(postgres, { deliveries: rounds.length * records + Math.min(records, 5_000) });
    return { ...summary(records, rounds), connections };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** A server that has run for a while recycles its WAL; a new one stops all commits for 50 ms whenever it creates a segment, whoever is measured. */
async function ageWal({ superuserUrl }: BenchDatabase): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  await client.query(`SELECT count(pg_logical_emit_message(false, 'wal', repeat('x', 1000000))) FROM generate_series(1, 600)`);
  await client.query('CHECKPOINT');
  await client.end();
}

function summary(records: number, rounds: { ours: LoadResult; theirs: LoadResult }[]): object {
  const perSecond = median(rounds.map(({ ours }) => records / ours.seconds));
  const naiveInsert = median(rounds.map(({ theirs }) => records / theirs.seconds));
  return {
    bench: 'intake',
    perSecond: Math.round(perSecond),
    p50Ms: median(rounds.map(({ ours }) => ours.p50Ms)),
    p99Ms: median(rounds.map(({ ours }) => ours.p99Ms)),
    floors: { naiveInsert: Math.round(naiveInsert) },
    floorP99Ms: { naiveInsert: median(rounds.map(({ theirs }) => theirs.p99Ms)) },
    ratio: { naiveInsert: Number((perSecond / naiveInsert).toFixed(3)) },
    deliveries: records,
    rounds: rounds.length,
  };
}

function apiEnvironment(masterKey: string): Record<string, string> {
  // Temporal is away: intake must not need it, and what it would run has its own benchmark.
  return { TRIBUTARY_KEY: masterKey, TEMPORAL_ADDRESS: '127.0.0.1:9', API_PORT: '0', LOG_LEVEL: 'warn', NODE_ENV: 'production' };
}

function start(name: 'api' | 'naive', input: { logs: string; environment: Record<string, string> }): Promise<Started> {
  const file = { api: join(ROOT, 'dist', 'apps', 'api', 'src', 'main.js'), naive: join(__dirname, 'naive-intake.js') }[name];
  const { startProcess } = script<{ startProcess: (options: object) => Promise<Started> }>('supervise.mjs');
  return startProcess({ name, file, root: ROOT, environment: input.environment, logFile: join(input.logs, `${name}.log`) });
}

/** A connection of Ashby as an administrator would create it. */
async function createEndpoint({ appUrl }: BenchDatabase, masterKey: string): Promise<string> {
  const database = await Database.open(appUrl);
  try {
    const secrets = createSecrets(Buffer.from(masterKey, 'base64'));
    const hub = createHub({ database, connectors, mappings: loadMappings(join(ROOT, 'mappings')), secrets, installation: { egress: [] } });
    const tenantId = randomUUID();
    await database.inTenant(tenantId, (tx) => tx.query(`INSERT INTO tenant (id, name) VALUES ($1, 'bench')`, [tenantId]));
    const credentials = { apiKey: 'unused', webhookSecret: SECRET };
    const { id } = await createConnection(
      hub,
      { tenantId, kind: 'api-key', id: randomUUID(), role: 'admin', scopes: [], requestId: 'bench-intake' },
      {
        connector: 'ashby',
        name: 'bench',
        settings: { apiUrl: 'https://api.ashbyhq.com' },
        credentials,
      },
    );
    const [endpoint] = await database.inTenant(tenantId, (tx) =>
      tx.query<{ id: string }>('SELECT id FROM webhook_endpoint WHERE connection_id = $1', [id]),
    );
    return `/api/v1/hooks/${endpoint.id}`;
  } finally {
    await database.close();
  }
}

/** Faster by losing some would be no achievement. */
async function checkStored({ superuserUrl }: BenchDatabase, { deliveries }: { deliveries: number }): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  const { rows } = await client.query<{ ours: string; theirs: string; hints: string }>(
    `SELECT (SELECT count(*) FROM inbox) AS ours, (SELECT count(*) FROM hint) AS hints, (SELECT count(*) FROM naive_intake) AS theirs`,
  );
  await client.end();
  for (const [what, count] of Object.entries(rows[0]))
    if (Number(count) !== deliveries) throw new Error(`${what}: ${deliveries} deliveries were acknowledged and ${count} are stored`);
}

async function round(generator: ChildProcess, load: Load): Promise<LoadResult> {
  const result = await new Promise<LoadResult | { error: string }>((resolve, reject) => {
    const ended = () => reject(new Error('the load generator ended'));
    generator.once('exit', ended);
    generator.once('message', (answer: LoadResult | { error: string }) => {
      generator.off('exit', ended);
      resolve(answer);
    });
    generator.send(load);
  });
  if ('error' in result) throw new Error(result.error);
  if (result.refused > 0) throw new Error(`${result.refused} of ${load.requests} deliveries to ${load.path} were not accepted`);
  return result;
}

function portOf(server: Started): number {
  return Number(new URL(server.ready.url).port);
}
