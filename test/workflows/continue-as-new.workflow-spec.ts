import { type TestWorkflowEnvironment } from '@temporalio/testing';
import { Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { noTotals } from '#hub/sync';
import { describeIf } from '../capabilities.js';
import { startDevServer } from './dev-server.js';
import { scriptedActivities, type Step } from './scripted-activities.js';

const QUIET = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
const CODE = resolve(__dirname, '..', '..', 'dist', 'workflow-bundle.js');
const SLICES = 12;
const LONG: Step[] = [...Array<Step>(SLICES - 1).fill('more'), 'done'];

// Replay compares the order of commands, never what continue-as-new hands on; and the time-skipping server never suggests it.
describeIf('temporal', 'a run with a long history', () => {
  let server: TestWorkflowEnvironment;
  let worker: Worker;
  let running: Promise<void>;
  const scripts: Record<string, Step[]> = {};
  const activities = scriptedActivities(scripts);

  beforeAll(async () => {
    Runtime.install({ logger: QUIET });
    server = await startDevServer({ continueAfter: 20 });
    const { nativeConnection: connection } = server;
    worker = await Worker.create({ connection, taskQueue: 'test', workflowBundle: { codePath: CODE }, activities });
    running = worker.run();
  });
  afterAll(async () => {
    worker?.shutdown();
    await running;
    await server?.teardown();
  });
  beforeEach(() => void activities.calls.splice(0));

  it.each([
    ['syncStream', 'advance'],
    ['pushChanges', 'advancePush'],
    ['reconcileStream', 'compareWithSource'],
  ])('%s continues as new under the same id: no slice twice, its counts carried over', async (type, activity) => {
    const { result, continued } = await run(type, LONG);
    expect(continued).toBe(true);
    expect(result).toEqual({ ...noTotals(), read: SLICES, created: SLICES });
    expect(activities.calls).toEqual(Array(SLICES).fill(activity));
  });

  it('retryErrors does not try again afterwards what it tried before', async () => {
    const { result, continued } = await run('retryErrors', ['done', ...LONG]);
    expect(continued).toBe(true);
    expect(result).toEqual({ ...noTotals(), read: SLICES + 1, created: SLICES + 1 });
    expect(activities.calls).toEqual(['advanceRetries', ...Array<string>(SLICES).fill('proveItems')]);
  });

  async function run(type: string, script: Step[]): Promise<{ result: unknown; continued: boolean }> {
    const runId = randomUUID();
    scripts[runId] = [...script];
    const start = {
      workflowId: `run:${runId}`,
      taskQueue: 'test',
      args: [{ tenantId: randomUUID(), runId }],
      workflowRunTimeout: '20s' as const,
    };
    const handle = await server.client.workflow.start(type, start);
    const result: unknown = await handle.result();
    const last = await server.client.workflow.getHandle(handle.workflowId).describe();
    return { result, continued: last.runId !== handle.firstExecutionRunId };
  }
});
