import { Client } from 'pg';
import type { TenantTx, TransactionOptions } from '#hub/persistence';
import { mergePeople, unmergePeople } from '#hub/sync';
import { canonicalPerson, PeopleHouse, SYSTEMS } from '../engine/people-house.js';
import { generatePeople } from '../gen/generate-people.js';
import { openBenchDatabase } from './bench-database.js';
import type { BenchOptions } from './bench-options.js';

const ARRIVALS = 300;
const WARM_UP = 30;
const UNMERGES = 100;

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
    unmergeMs: figures(await timeUnmerges(house)),
    target: { matchMs: { p50: 1, p99: 5 }, transactionMs: { p99: 15 }, unmergeMs: { p99: 50 } },
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

/** Joins strangers by hand, and times taking them apart again. */
async function timeUnmerges({ hub, actor }: PeopleHouse): Promise<number[]> {
  const records = await hub.rows<{ id: string }>(
    `SELECT record_id AS id FROM cluster_member WHERE valid_to IS NULL ORDER BY cluster_id LIMIT ${UNMERGES * 2}`,
  );
  const ids = records.map(({ id }) => id);
  const times: number[] = [];
  for (let at = 0; at + 1 < ids.length; at += 2) {
    const pair = ids.slice(at, at + 2);
    const [one, other] = pair;
    // Records of one group have nothing to be joined.
    if ((await clusterOf(hub, one)) === (await clusterOf(hub, other))) continue;
    await mergePeople(hub.hub, actor, { records: pair, reason: 'bench' });
    const started = performance.now();
    await unmergePeople(hub.hub, actor, { record: other, scope: 'subtree', reason: 'bench' });
    times.push(performance.now() - started);
  }
  return times;
}

async function clusterOf(hub: PeopleHouse['hub'], record: string): Promise<string> {
  const [row] = await hub.rows<{ id: string }>(`SELECT cluster_id AS id FROM cluster_member WHERE record_id = $1 AND valid_to IS NULL`, [
    record,
  ]);
  return row.id;
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
