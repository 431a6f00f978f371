import { heartbeat } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type TestWorkflowEnvironment } from '@temporalio/testing';
import { Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { noTotals } from '#hub/sync';
import { plainFailure } from '../../libs/sync/src/runs/plain-failure.js';
import { describeIf } from '../capabilities.js';
import { findLeaks } from './find-leaks.js';
import { startDevServer } from './dev-server.js';
import { scriptedActivities } from './scripted-activities.js';

const QUIET = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
const PERSONAL = ['Ada Lovelace', 'ada@people.example.org'];
const DONE = { state: 'done', waitMs: 0, totals: noTotals() };

interface Options {
  /** Milliseconds after the start at which the workflow is looked at from outside. */
  meanwhile?: number;
  args?: object[];
  memo?: Record<string, unknown>;
}
async function describeAfter(handle: WorkflowHandle, ms: number): Promise<object> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return (await handle.describe()).raw;
}

// On the dev server: the time-skipping one leaves the failures of earlier attempts out of the history.
describeIf('temporal', 'the search for personal data in histories', () => {
  let server: TestWorkflowEnvironment;

  beforeAll(async () => {
    Runtime.install({ logger: QUIET });
    server = await startDevServer();
  });
  afterAll(() => server?.teardown());

  /** Runs syncStream with this one activity, and answers what is found in its history. */
  async function leaksOf(advance: (input: { runId: string }) => Promise<unknown>, { meanwhile = 0, ...options }: Options = {}) {
    const { nativeConnection: connection } = server;
    const taskQueue = randomUUID();
    const codePath = resolve(__dirname, '..', '..', 'dist', 'workflow-bundle.js');
    const worker = await Worker.create({
      connection,
      taskQueue,
      workflowBundle: { codePath },
      activities: { ...scriptedActivities({}), advance },
    });
    const start = { workflowId: `run:${randomUUID()}`, taskQueue, args: [{ tenantId: randomUUID(), runId: randomUUID() }], ...options };
    const handle = (await server.client.workflow.start('syncStream', start)) as WorkflowHandle;
    const [described] = await worker.runUntil(Promise.all([describeAfter(handle, meanwhile), handle.result().catch(() => undefined)]));
    return [...findLeaks(described, PERSONAL), ...findLeaks(await handle.fetchHistory(), PERSONAL)];
  }

  it('finds nothing where there are ids, counts and times', async () => {
    expect(await leaksOf(() => Promise.resolve(DONE))).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a result', () => Promise.resolve({ ...DONE, name: 'Ada Lovelace' })],
    ['a result that only hides it', () => Promise.resolve({ ...DONE, note: 'ring her up' })],
    ['a result in capitals', () => Promise.resolve({ ...DONE, note: 'LOVELACE' })],
    ['the name of a field', () => Promise.resolve({ ...DONE, 'Ms Byron': 1 })],
    ['a failure’s message that tells of nobody we know', () => Promise.reject(ApplicationFailure.nonRetryable('Ms Byron has no e-mail'))],
    ['a failure’s class', () => Promise.reject(ApplicationFailure.nonRetryable('a slice ended with Ms Byron', 'Ms Byron'))],
    ['a failure’s message', () => Promise.reject(ApplicationFailure.nonRetryable('Ada Lovelace has no e-mail address'))],
    [
      'a failure’s details',
      () =>
        Promise.reject(
          ApplicationFailure.create({ message: 'refused', nonRetryable: true, details: [{ email: 'ada@people.example.org' }] }),
        ),
    ],
    [
      'a failure’s cause',
      () => Promise.reject(ApplicationFailure.create({ message: 'refused', nonRetryable: true, cause: new Error('ADA LOVELACE') })),
    ],
  ])('finds a planted leak in %s', async (_where, advance) => {
    expect((await leaksOf(advance)).length).toBeGreaterThan(0);
  });

  it('finds a planted leak in the arguments and in the memo', async () => {
    const input = { tenantId: randomUUID(), runId: randomUUID(), cursor: 'after:Ada Lovelace' };
    expect(await leaksOf(() => Promise.resolve(DONE), { args: [input] })).toEqual(
      expect.arrayContaining([expect.objectContaining({ what: expect.stringMatching(/personal value/) as string })]),
    );
    expect((await leaksOf(() => Promise.resolve(DONE), { memo: { who: 'Ada Lovelace' } })).length).toBeGreaterThan(0);
  });

  it('finds a planted leak in the heartbeat of a slice under way, which no history ever shows', async () => {
    const leaks = await leaksOf(
      async () => {
        heartbeat({ at: 'Ada Lovelace' });
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        return DONE;
      },
      { meanwhile: 500 },
    );
    expect(leaks).toEqual([
      expect.objectContaining({ at: expect.stringMatching(/pendingActivities.*heartbeatDetails/) as string }),
      expect.anything(),
    ]);
  });

  it('lets a failure pass that is told by its class only', async () => {
    let attempts = 0;
    const leaks = await leaksOf(async () => {
      attempts += 1;
      if (attempts > 1) return { ...DONE, failure: 'RATE_LIMITED' };
      throw plainFailure(new TypeError('Ada Lovelace has no e-mail address'));
    });
    expect({ attempts, leaks }).toEqual({ attempts: 2, leaks: [] });
  });

  it('finds the same failure where it was not made plain, though the next attempt went well', async () => {
    let attempts = 0;
    const leaks = await leaksOf(async () => {
      attempts += 1;
      if (attempts > 1) return DONE;
      throw new TypeError('Ada Lovelace has no e-mail address');
    });
    expect(leaks).toContainEqual({ at: expect.stringMatching(/lastFailure/) as string, what: expect.stringMatching(/in words/) as string });
  });
});
