import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { resolve } from 'node:path';
import pino from 'pino';
import { connectors } from '#connectors';
import { createSecrets, parseMasterKey } from '#hub/governance';
import { loadMappings } from '#hub/mapping';
import { Database, loadConfig, type Config } from '#hub/persistence';
import { createActivities, createHub, keepErasureLog, temporalStarter } from '#hub/sync';
import { HousekeepingModule } from './housekeeping.module.js';

const ACTIVITIES_AT_ONCE = 8;
const DRAIN_MS = 12_000;

/** Starts one worker process: activities, workflows from the prebuilt bundle, and housekeeping. Ends after the batch in hand on SIGTERM. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = pino({ level: config.logLevel, base: { app: 'worker' } });
  installRuntime(log);
  const database = await openDatabase(config);
  const workflows = temporalStarter(config.temporal);
  const hub = createHub({
    database,
    connectors,
    mappings: loadMappings(resolve(config.mappingsDir)),
    secrets: createSecrets(parseMasterKey(config.masterKeyText)),
    workflows,
    installation: { egress: config.egressAllow, ca: config.privateCa, publicUrl: config.api.publicUrl },
  });
  if (config.erasureLog) await keepErasureLog(hub, config.erasureLog);
  let draining = false;
  const worker = await createWorker(
    config,
    createActivities(hub, () => draining),
  );
  const housekeeping = await NestFactory.createApplicationContext(
    HousekeepingModule.with({ hub, config, client: workflows.client(), log }),
    { logger: false },
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      draining = true;
      worker.shutdown();
    });
  }
  process.stdout.write(`${JSON.stringify({ ready: true, app: 'worker' })}\n`);
  await worker.run();
  await housekeeping.close();
  await workflows.close();
  await database.close();
  await Runtime.instance().shutdown();
}

function installRuntime(log: pino.Logger): void {
  Runtime.install({
    shutdownSignals: [],
    logger: {
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => log.warn({ temporal: true }, message),
      error: (message) => log.error({ temporal: true }, message),
      log: () => undefined,
    },
  });
}

async function createWorker(config: Config, activities: object): Promise<Worker> {
  const connection = await connectWithPatience(config.temporal.address);
  return Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal.taskQueue,
    activities,
    workflowBundle: { codePath: resolve(config.workflowBundle) },
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
    maxConcurrentWorkflowTaskExecutions: 20,
    maxCachedWorkflows: 200,
    shutdownGraceTime: DRAIN_MS,
    shutdownForceTime: DRAIN_MS + 5_000,
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
  });
}

/** At start everything comes up at once, and a restarted Temporal needs a moment. */
async function connectWithPatience(address: string): Promise<NativeConnection> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (attempt >= 60) throw error;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}

async function openDatabase(config: Config): Promise<Database> {
  return Database.open(config.databaseUrl, { poolSize: ACTIVITIES_AT_ONCE * 3, applicationName: 'tributary-worker' });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
