import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './ensure-dependencies.mjs';

// Records one history per workflow type and course of events into test/histories. Run it after adding a workflow type; histories that are
// there already prove that running workflows survive an update, so they are replaced only on purpose: `-- --replace`.
const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
ensureDependencies();
const { build } = await import('./build.mjs');
await build({ log: (line) => process.stderr.write(`${line}\n`) });
const { existsSync } = await import('node:fs');
const { findProgram, PROGRAMS, startTemporal } = await import('./lib/temporal.mjs');
const require = createRequire(join(ROOT, 'package.json'));
const { Client, Connection } = require('@temporalio/client');
const { historyToJSON } = require('@temporalio/common/lib/proto-utils');
const { NativeConnection, Worker } = require('@temporalio/worker');
const { scriptedActivities } = require('./dist/test/workflows/scripted-activities.js');

const SLICES = ['more', 'wait', 'more', 'done'];
const COURSES = {
  slices: { script: SLICES },
  troubled: { script: ['throw', 'more', 'throw', 'wait', 'done'] },
  continued: { script: [...Array(12).fill('more'), 'done'] },
  cancelled: { script: ['more', 'long-wait'], cancel: true },
  failed: { script: ['more', 'give-up'], fails: true },
};
const TYPES = ['syncStream', 'pushChanges', 'reconcileStream', 'retryErrors'];
const wanted = [
  ...TYPES.flatMap((type) => Object.entries(COURSES).map(([course, one]) => ({ type, course, ...one }))),
  { type: 'scheduledRun', course: 'plain', script: ['done'] },
  { type: 'scheduledRun', course: 'troubled', script: ['throw', 'throw', 'done'] },
];

const folder = mkdtempSync(join(tmpdir(), 'tributary-histories-'));
const temporal = await startTemporal({
  program: findProgram(PROGRAMS.server, { root: ROOT, download: true }),
  dbFile: join(folder, 'temporal.db'),
  dynamicConfig: ['limit.historyCount.suggestContinueAsNew=30'],
});
try {
  await record();
} finally {
  await temporal.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function record() {
  const scripts = {};
  const activities = scriptedActivities(scripts);
  const native = await NativeConnection.connect({ address: temporal.address });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const codePath = join(ROOT, 'dist', 'workflow-bundle.js');
  const worker = await Worker.create({ connection: native, taskQueue: 'record', workflowBundle: { codePath }, activities });
  await worker.runUntil(async () => {
    for (const one of wanted) await recordOne(client, scripts, one);
  });
  await connection.close();
  await native.close();
}

async function recordOne(client, scripts, { type, course, script, cancel, fails }) {
  const file = join(ROOT, 'test', 'histories', `${type}.${course}.json`);
  if (existsSync(file) && !process.argv.includes('--replace')) return;
  const runId = crypto.randomUUID();
  scripts[runId] = [...script];
  const tenantId = crypto.randomUUID();
  const input =
    type === 'scheduledRun' ? { tenantId, connectionId: crypto.randomUUID(), streamId: runId, kind: 'sync' } : { tenantId, runId };
  const handle = await client.workflow.start(type, { workflowId: `run:${runId}`, taskQueue: 'record', args: [input] });
  if (cancel) {
    await new Promise((done) => setTimeout(done, 1_500));
    await handle.cancel();
  }
  await handle.result().catch((error) => {
    if (!cancel && !fails) throw error;
  });
  // The first of several executions is the one that continued as new.
  const history = await client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId).fetchHistory();
  writeFileSync(file, `${JSON.stringify(JSON.parse(historyToJSON(history), withoutMachine), undefined, 1)}\n`);
  process.stdout.write(`${type}.${course}: ${history.events.length} events\n`);
}

/** Stack traces and worker names tell of the machine that recorded, and replay needs neither. */
function withoutMachine(name, value) {
  const told = ['stackTrace', 'identity', 'binaryChecksum', 'buildId'].includes(name) || (typeof value === 'string' && /^\d+@/.test(value));
  return told ? '' : value;
}
