import { Connection } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { Database, RoleBypassesIsolation } from '#hub/persistence';
import { probe } from '../api-client.js';
import { fine, reasonOf, wrong, type Environment, type Finding } from './check.js';

const CLOCK_MS = 2_000;
const OLDEST = 150_000;

export async function checkApi(address: string): Promise<Finding[]> {
  try {
    const before = Date.now();
    const answer = await probe(address, '/health/ready');
    const clock = clockOfApi(answer.headers.get('date'), (before + Date.now()) / 2);
    if (answer.ok) return [fine('API', `${address} is ready`), ...clock];
    return [
      wrong('API', `${address} answers ${answer.status}`, 'look at its log; it is not ready while it cannot reach PostgreSQL'),
      ...clock,
    ];
  } catch (error) {
    return [wrong('API', reasonOf(error), 'start it, for instance with npm run demo, or set TRIBUTARY_API to its address')];
  }
}

/** The header has whole seconds, cut off: its middle is taken. */
function clockOfApi(date: string | null, now: number): Finding[] {
  const there = Date.parse(date ?? '');
  return Number.isNaN(there) ? [] : [clock('API', Math.abs(there + 500 - now))];
}

function clock(whose: string, apartMs: number): Finding {
  if (apartMs <= CLOCK_MS) return fine('clock', `at most ${CLOCK_MS / 1_000} s apart from the ${whose}`);
  const found = `${(apartMs / 1_000).toFixed(0)} s apart from the ${whose}`;
  return wrong('clock', found, 'set both clocks by NTP: leases and webhook signatures depend on the time');
}

/** Reachable, new enough, as a role that cannot see past its tenant, migrated, and with the same time as here. */
export async function checkPostgres(env: Environment): Promise<Finding[]> {
  if (!env.DATABASE_URL) return [wrong('PostgreSQL', 'DATABASE_URL is not set', 'set it, or let npm run demo start its own PostgreSQL')];
  let database: Database | undefined;
  try {
    database = await Database.open(env.DATABASE_URL, { poolSize: 1, applicationName: 'tributary-doctor' });
    return await inside(database);
  } catch (error) {
    const mend =
      error instanceof RoleBypassesIsolation
        ? 'connect as a role that owns nothing; migrations have DATABASE_MIGRATION_URL'
        : 'start PostgreSQL 15 or newer and correct DATABASE_URL';
    return [wrong('PostgreSQL', reasonOf(error), mend)];
  } finally {
    await database?.close();
  }
}

async function inside(database: Database): Promise<Finding[]> {
  const before = Date.now();
  const [row] = await database.shared<{ version: string; now: Date; migrated: boolean }>(
    `SELECT current_setting('server_version_num') AS version, clock_timestamp() AS now, to_regclass('public.source_record') IS NOT NULL AS migrated`,
  );
  const apart = Math.abs(row.now.getTime() - (before + Date.now()) / 2);
  const version = Number(row.version);
  const findings = [
    version >= OLDEST
      ? fine('PostgreSQL', `version ${Math.floor(version / 10_000)}`)
      : wrong('PostgreSQL', `version ${Math.floor(version / 10_000)}`, 'use PostgreSQL 15 or newer'),
    clock('PostgreSQL', apart),
    row.migrated
      ? fine('schema', 'is there')
      : wrong('schema', 'is missing', 'run the migrations: npm run migrate, with DATABASE_MIGRATION_URL'),
  ];
  if (row.migrated) await database.inTenant(randomUUID(), (tx) => tx.query(`SELECT 1 FROM connection LIMIT 1`));
  return findings;
}

export async function checkTemporal(env: Environment): Promise<Finding> {
  const address = env.TEMPORAL_ADDRESS;
  if (!address) return wrong('Temporal', 'TEMPORAL_ADDRESS is not set', 'set it to host:port, or let npm run demo start its own Temporal');
  try {
    const connection = await Connection.connect({ address, connectTimeout: '5 seconds' });
    try {
      await connection.withDeadline(Date.now() + 5_000, () =>
        connection.workflowService.describeNamespace({ namespace: env.TEMPORAL_NAMESPACE ?? 'default' }),
      );
      return fine('Temporal', `${address}, namespace ${env.TEMPORAL_NAMESPACE ?? 'default'}`);
    } finally {
      await connection.close();
    }
  } catch (error) {
    return wrong(
      'Temporal',
      `${address}: ${reasonOf(error).split('\n')[0]}`,
      'start Temporal, correct TEMPORAL_ADDRESS, or make the namespace of TEMPORAL_NAMESPACE',
    );
  }
}
