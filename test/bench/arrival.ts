import { Client } from 'pg';
import type { TenantTx, TransactionOptions } from '#hub/persistence';
import { canonicalPerson, PeopleHouse, SYSTEMS } from '../engine/people-house.js';
import { generatePeople } from '../gen/generate-people.js';
import { openBenchDatabase } from './bench-database.js';
import type { BenchOptions } from './bench-options.js';

const ARRIVALS = 300;
const WARM_UP = 30;

/** One record at a time into a hub that holds many: the match, and the whole transaction, against a bare transaction that stores the same raw row. */
export async function run({ records = 50_000, log }: BenchOptions): Promise<Record<string, unknown>> {
  const database = await openBenchDatabase();
  process.env.DATABASE_URL = database.appUrl;
  try {
    const house = await PeopleHouse.open();
    try {
      return await measure(house, { records, log, ownerUrl: database.ownerUrl });
    } finally {
      await house.hub.close();
    }
  } finally {
    await database.stop();
  }
}

async function measure(
  house: PeopleHouse,
  { records, log, ownerUrl }: Required<Pick<BenchOptions, 'records' | 'log'>> & { ownerUrl: string },
): Promise<Record<string, unknown>> {
  const rows = [...generatePeople({ records: records + ARRIVALS + WARM_UP, seed: 7 })].map((row, at) => ({
    row,
    rank: Math.imul(at + 1, 2_654_435_761) >>> 0,
  }));
  rows.sort((a, b) => a.rank - b.rank);
  const put = (at: number): (typeof SYSTEMS)[number] => {
    const { row } = rows[at];
    const system = SYSTEMS[Number(row.record_id) % SYSTEMS.length];
    house.put(system, `r${row.record_id}`, canonicalPerson(row));
    return system;
  };
  const started = performance.now();
  for (let at = 0; at < records; at++) put(at);
  await house.sync(...SYSTEMS);
  log(`${records} records: ${((performance.now() - started) / 1_000).toFixed(0)} s`);
  await analyse(ownerUrl);
  const timed = timeBatches(house);
  const floor: number[] = [];
  for (let at = records; at < records + ARRIVALS + WARM_UP; at++) {
    await house.sync(put(at));
    floor.push(await bareTransaction(house));
  }
  const ours = timed.splice(WARM_UP);
  const quantile = (times: number[], share: number) =>
    Number([...times].sort((a, b) => a - b)[Math.floor(times.length * share)].toFixed(2));
  const figures = (times: number[]) => ({ p50: quantile(times, 0.5), p99: quantile(times, 0.99) });
  return {
    bench: 'arrival',
    records,
    arrivals: ours.length,
    matchMs: figures(ours.map(({ match }) => match)),
    transactionMs: figures(ours.map(({ whole }) => whole)),
    floorMs: figures(floor.splice(WARM_UP)),
    target: { matchMs: { p50: 1, p99: 5 }, transactionMs: { p99: 15 } },
  };
}

/** As autovacuum does within seconds of a load. */
async function analyse(ownerUrl: string): Promise<void> {
  const client = new Client(ownerUrl);
  await client.connect();
  await client.query('ANALYZE');
  await client.end();
}

/** Times every transaction that applies a batch: as a whole, and from asking for the model to where the clusters are written. */
function timeBatches({ hub: { hub } }: PeopleHouse): { whole: number; match: number }[] {
  const timed: { whole: number; match: number }[] = [];
  const { database } = hub;
  const inTenant = database.inTenant.bind(database);
  database.inTenant = async <Result>(
    tenantId: string,
    work: (tx: TenantTx) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> => {
    const started = performance.now();
    const seen: Record<'model' | 'clusters', number | undefined> = { model: undefined, clusters: undefined };
    let applied = false;
    const timedWork = (tx: TenantTx): Promise<Result> =>
      work({
        ...tx,
        query: (sql, parameters) => {
          if (sql.includes('identity_model')) seen.model ??= performance.now();
          if (/INSERT INTO cluster|stage_cluster/.test(sql)) seen.clusters ??= performance.now();
          if (sql.startsWith('INSERT INTO batch')) applied = true;
          return tx.query(sql, parameters);
        },
      });
    const result = await inTenant(tenantId, timedWork, options);
    if (applied && seen.model !== undefined && seen.clusters !== undefined)
      timed.push({ whole: performance.now() - started, match: seen.clusters - seen.model });
    return result;
  };
  return timed;
}

async function bareTransaction({ hub, streams }: PeopleHouse): Promise<number> {
  const started = performance.now();
  await hub.tx((tx) =>
    tx.query(
      `INSERT INTO raw (tenant_id, id, stream_id, external_id, fetch_seq, payload) VALUES ($1, gen_random_uuid(), $2, 'floor', 1, '{}')`,
      [tx.tenantId, streams.ats.streamId],
    ),
  );
  return performance.now() - started;
}
