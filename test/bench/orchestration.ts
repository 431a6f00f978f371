import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Connector, RawRecord } from '#hub/connector-sdk';
import { createSecrets } from '#hub/governance';
import { Database } from '#hub/persistence';
import { advance, createActivities, createConnection, createHub, requestRun, temporalStarter, workflowIdOf, type Hub } from '#hub/sync';
import { paperConnector, paperMapping, PaperVendor } from '../engine/paper-vendor.js';
import { openBenchDatabase } from './bench-database.js';
import type { BenchOptions } from './bench-options.js';
import { median, ROOT, script } from './programs.js';

const ROUNDS = 3;
const PAGE = 500;
const SLICE_MS = 30_000;
const TASK_QUEUE = 'bench';

type Key = { tenantId: string; runId: string };
interface Stage {
  hub: Hub;
  workflows: ReturnType<typeof temporalStarter>;
  /** Length of the last workflow's history. */
  events: number;
}

/** The same sync through the real workflow and a worker, and by calling its activity's function in a loop; by turns, each on a fresh tenant. */
export async function run({ records = 100_000, log }: BenchOptions): Promise<object> {
  return onStage(async (stage) => {
    for (const way of [direct, orchestrated]) await timed(stage, way, Math.min(records, 10_000));
    const rounds: { direct: number; orchestrated: number }[] = [];
    for (let at = 0; at < ROUNDS; at += 1) {
      const seconds = { direct: 0, orchestrated: 0 };
      // Who goes first changes, since every sync finds larger tables than the one before.
      const order = at % 2 === 0 ? [direct, orchestrated] : [orchestrated, direct];
      for (const way of order) seconds[way === direct ? 'direct' : 'orchestrated'] = await timed(stage, way, records);
      rounds.push(seconds);
      log(`round ${at + 1}: ${JSON.stringify(seconds)}`);
    }
    const ours = median(rounds.map((round) => round.orchestrated));
    const floor = median(rounds.map((round) => round.direct));
    return {
      bench: 'orchestration',
      perSecond: Math.round(records / ours),
      overhead: Number(((ours - floor) / floor).toFixed(4)),
      floors: { direct: Math.round(records / floor) },
      ratio: { direct: Number((floor / ours).toFixed(3)) },
      events: stage.events,
      records,
      rounds: ROUNDS,
    };
  });
}

async function direct({ hub }: Stage, key: Key): Promise<void> {
  for (;;) {
    const started = Date.now();
    const slice = await advance(hub, key, { attempt: 1, shouldStop: () => Date.now() - started >= SLICE_MS });
    if (slice.state === 'done') return;
    if (slice.state === 'wait') await new Promise((resolve) => setTimeout(resolve, slice.waitMs));
  }
}

async function orchestrated(stage: Stage, key: Key): Promise<void> {
  await stage.workflows.start({ ...key, kind: 'sync' });
  const workflow = stage.workflows.client().workflow.getHandle(workflowIdOf(key.runId));
  await workflow.result();
  stage.events = (await workflow.describe()).historyLength;
}

/** Seconds of one whole sync of a new tenant, and that it brought everything. */
async function timed(stage: Stage, way: (stage: Stage, key: Key) => Promise<void>, records: number): Promise<number> {
  source.records = records;
  const tenantId = randomUUID();
  const { database } = stage.hub;
  await database.inTenant(tenantId, (tx) => tx.query(`INSERT INTO tenant (id, name) VALUES ($1, 'bench')`, [tenantId]));
  const actor = { tenantId, kind: 'api-key' as const, id: randomUUID(), role: 'admin', scopes: [], requestId: 'bench-orchestration' };
  const { id: connectionId } = await createConnection(stage.hub, actor, {
    connector: 'paper',
    name: 'paper',
    settings: {},
    credentials: {},
  });
  const runId = await database.inTenant(tenantId, async (tx) => {
    const [stream] = await tx.query<{ id: string }>('SELECT id FROM stream WHERE connection_id = $1', [connectionId]);
    const answer = await requestRun(tx, { kind: 'sync', connectionId, streamId: stream.id, cause: 'person' });
    if (answer.answer === 'rejected') throw new Error(answer.reason);
    return answer.runId;
  });
  const started = performance.now();
  await way(stage, { tenantId, runId });
  const seconds = (performance.now() - started) / 1_000;
  const [held] = await database.inTenant(tenantId, (tx) => tx.query<{ count: string }>('SELECT count(*) FROM source_record'));
  if (Number(held.count) !== records) throw new Error(`${records} records were to be synced and ${held.count} are there`);
  return seconds;
}

const source = { records: 0 };

/** A vendor in this process that costs next to nothing, so that orchestration cannot hide behind it. */
function endlessPaper(): Connector {
  const paper = paperConnector('paper', 'ats', { meetings: { entity: 'interview', vendor: new PaperVendor() } });
  const pull: (typeof paper.streams)[string]['pull'] = ({ cursor }) => {
    const from = Number(cursor ?? 0);
    const to = Math.min(from + PAGE, source.records);
    const records = Array.from({ length: to - from }, (_, at) => meeting(from + at));
    return Promise.resolve({ records, nextCursor: String(to), done: to === source.records });
  };
  return { ...paper, streams: { meetings: { ...paper.streams.meetings, pull } } };
}

function meeting(at: number): RawRecord {
  const payload = { sequence: at, status: 'SCHEDULED', startsAt: '2099-03-01T10:00:00.000Z', location: `Room ${at}` };
  return { externalId: `m-${at}`, version: '1', payload };
}

async function onStage<Result>(work: (stage: Stage) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-temporal-'));
  const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const postgres = await openBenchDatabase();
    stops.push(() => postgres.stop());
    const address = await startServer(folder, stops);
    const database = await Database.open(postgres.appUrl, { poolSize: 24 });
    stops.push(() => database.close());
    const fields = { sequence: {}, status: {}, startsAt: {}, location: {} };
    const mappings = [paperMapping({ connector: 'paper', stream: 'meetings', into: 'interview', fields })];
    const secrets = createSecrets(randomBytes(32));
    const hub = createHub({ database, connectors: [endlessPaper()], mappings, secrets, installation: { egress: [] } });
    const workflows = temporalStarter({ address, namespace: 'default', taskQueue: TASK_QUEUE });
    stops.push(() => workflows.close());
    stops.push(await startWorker(hub, address, stops));
    return await work({ hub, workflows, events: 0 });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function startServer(folder: string, stops: (() => unknown)[]): Promise<string> {
  const { startTemporal, findProgram, PROGRAMS } = script<{
    startTemporal: (options: object) => Promise<{ address: string; stop: () => Promise<void> }>;
    findProgram: (program: unknown, options: object) => string;
    PROGRAMS: { server: unknown };
  }>('temporal.mjs');
  const program = findProgram(PROGRAMS.server, { root: ROOT, download: true, log: () => undefined });
  const server = await startTemporal({ program, dbFile: join(folder, 'temporal.db') });
  stops.push(() => server.stop());
  return server.address;
}

/** As the worker process starts it. */
async function startWorker(hub: Hub, address: string, stops: (() => unknown)[]): Promise<() => Promise<void>> {
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address });
  stops.push(() => connection.close());
  const workflowBundle = { codePath: join(ROOT, 'dist', 'workflow-bundle.js') };
  const worker = await Worker.create({ connection, taskQueue: TASK_QUEUE, activities: createActivities(hub), workflowBundle });
  const ended = worker.run();
  return async () => {
    worker.shutdown();
    await ended;
  };
}
