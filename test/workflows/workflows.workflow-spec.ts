import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Totals } from '#hub/sync';
import { describeIf } from '../capabilities.js';
import { LONG_WAIT_MS, scriptedActivities, type Step } from './scripted-activities.js';

const BUNDLE = resolve(__dirname, '..', '..', 'dist', 'workflow-bundle.js');
const QUIET = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
const SLICED = [
  ['syncStream', 'advance'],
  ['pushChanges', 'advancePush'],
  ['reconcileStream', 'compareWithSource'],
] as const;

describeIf('temporal_test_server', 'workflows, in skipped time', () => {
  let server: TestWorkflowEnvironment;
  let worker: Worker;
  let running: Promise<void>;
  const scripts: Record<string, Step[]> = {};
  const activities = scriptedActivities(scripts);

  beforeAll(async () => {
    Runtime.install({ logger: QUIET });
    const path = process.env.TEMPORAL_TEST_SERVER_PATH as string;
    server = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
    const { nativeConnection: connection } = server;
    worker = await Worker.create({ connection, taskQueue: 'test', workflowBundle: { codePath: BUNDLE }, activities });
    running = worker.run();
  });
  afterAll(async () => {
    worker?.shutdown();
    await running;
    await server?.teardown();
  });
  beforeEach(() => void activities.calls.splice(0));

  function start(type: string, script: Step[]) {
    const runId = randomUUID();
    scripts[runId] = script;
    const input =
      type === 'scheduledRun'
        ? { tenantId: randomUUID(), connectionId: randomUUID(), streamId: runId, kind: 'sync' }
        : { tenantId: randomUUID(), runId };
    return server.client.workflow.start(type, { workflowId: `run:${runId}`, taskQueue: 'test', args: [input] });
  }
  const run = async (type: string, script: Step[]): Promise<Totals> => (await start(type, script)).result() as Promise<Totals>;

  /** By the server's clock, from start to end. */
  async function lasted(handle: WorkflowHandle): Promise<number> {
    await handle.result();
    const { startTime, closeTime } = await handle.describe();
    return (closeTime as Date).getTime() - startTime.getTime();
  }

  describe.each(SLICED)('%s', (type, activity) => {
    it('goes slice by slice until nothing is left, and adds up the counts', async () => {
      expect(await run(type, ['more', 'more', 'done'])).toMatchObject({ read: 3, created: 3, parked: 0 });
      expect(activities.calls).toEqual([activity, activity, activity]);
    });

    it('sleeps as long as the vendor asks, and then goes on', async () => {
      const slept = await lasted(await start(type, ['more', 'long-wait', 'done']));
      expect(slept).toBeGreaterThanOrEqual(LONG_WAIT_MS);
      expect(slept).toBeLessThan(LONG_WAIT_MS + 60_000);
    });

    it('tries a slice again for as long as it takes, never faster than every half second and never slower than every five', async () => {
      const waited = await lasted(await start(type, [...Array<Step>(12).fill('throw'), 'done']));
      expect(activities.calls).toHaveLength(13);
      expect(waited).toBeGreaterThan(30_000);
      expect(waited).toBeLessThan(12 * 5_000 + 10_000);
    });

    it('ends where it stands when it is cancelled', async () => {
      const handle = await start(type, ['long-wait', 'done']);
      while (activities.calls.length === 0) await new Promise((done) => setTimeout(done, 20));
      await handle.cancel();
      const error = (await handle.result().catch((caught: unknown) => caught)) as WorkflowFailedError;
      expect(error.cause).toBeInstanceOf(CancelledFailure);
      expect(activities.calls).toEqual([activity]);
    });

    it('fails, and says why, when a slice says that it must not be repeated', async () => {
      const error = (await run(type, ['more', 'give-up', 'done']).catch((caught: unknown) => caught)) as WorkflowFailedError;
      expect(error).toBeInstanceOf(WorkflowFailedError);
      expect((error.cause as Error & { cause?: Error }).cause?.message).toBe('the run is over');
      expect(activities.calls).toEqual([activity, activity]);
    });
  });

  it('retryErrors proves only after everything was tried again, and by another activity', async () => {
    expect(await run('retryErrors', ['more', 'wait', 'done', 'wait', 'long-wait', 'done'])).toMatchObject({ read: 6 });
    expect(activities.calls).toEqual(['advanceRetries', 'advanceRetries', 'advanceRetries', 'proveItems', 'proveItems', 'proveItems']);
  });

  it('retryErrors sleeps while a record to be proved is under way, and ends where it stands when it is cancelled', async () => {
    const slept = await lasted(await start('retryErrors', ['done', 'long-wait', 'done']));
    expect(slept).toBeGreaterThanOrEqual(LONG_WAIT_MS);
    activities.calls.splice(0);
    const handle = await start('retryErrors', ['done', 'long-wait', 'done']);
    while (activities.calls.length < 2) await new Promise((done) => setTimeout(done, 20));
    await handle.cancel();
    const error = (await handle.result().catch((caught: unknown) => caught)) as WorkflowFailedError;
    expect(error.cause).toBeInstanceOf(CancelledFailure);
    expect(activities.calls).toEqual(['advanceRetries', 'proveItems']);
  });

  it('scheduledRun asks for a run once, and again only when the asking failed', async () => {
    await run('scheduledRun', ['throw', 'done']);
    expect(activities.calls).toEqual(['requestScheduledRun', 'requestScheduledRun']);
    await expect(run('scheduledRun', Array<Step>(30).fill('throw'))).rejects.toBeInstanceOf(WorkflowFailedError);
    expect(activities.calls).toHaveLength(2 + 20);
  });
});
