import { heartbeat } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { noTotals } from '#hub/sync';
import { describeIf } from '../capabilities.js';
import { findLeaks } from './find-leaks.js';
import { scriptedActivities } from './scripted-activities.js';

const QUIET = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
const PERSONAL = ['Ada Lovelace', 'ada@people.example.org'];
const DONE = { state: 'done', waitMs: 0, totals: noTotals() };

describeIf('temporal_test_server', 'the search for personal data in histories', () => {
  let server: TestWorkflowEnvironment;

  beforeAll(async () => {
    Runtime.install({ logger: QUIET });
    const path = process.env.TEMPORAL_TEST_SERVER_PATH as string;
    server = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
  });
  afterAll(() => server?.teardown());

  /** Runs syncStream with this one activity, and answers what is found in its history. */
  async function leaksOf(advance: (input: { runId: string }) => Promise<unknown>, options: object = {}) {
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
    await worker.runUntil(handle.result().catch(() => undefined));
    return findLeaks(await handle.fetchHistory(), PERSONAL);
  }

  it('finds nothing where there are ids, counts and times', async () => {
    expect(await leaksOf(() => Promise.resolve(DONE))).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a result', () => Promise.resolve({ ...DONE, name: 'Ada Lovelace' })],
    ['a result that only hides it', () => Promise.resolve({ ...DONE, note: 'ring her up' })],
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

  it('finds a planted leak in the last heartbeat of a slice that was lost', async () => {
    const leaks = await leaksOf(async () => {
      heartbeat({ at: 'Ada Lovelace' });
      throw ApplicationFailure.create({ message: 'lost', nonRetryable: true, details: ['ada@people.example.org'] });
    });
    expect(leaks.length).toBeGreaterThan(0);
  });
});
