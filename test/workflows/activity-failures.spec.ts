import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { createActivities, type Hub, type HubActivities } from '#hub/sync';

const QUOTING = new TypeError('Ada Lovelace <ada@people.example.org> is no number\n    at Ada Lovelace (ada.ts:1:1)');

const QUIET = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };

/** A hub whose first step fails in words that quote a record, as parsers and databases do. */
const failing = { database: { inTenant: () => Promise.reject(QUOTING) } } as unknown as Hub;
const NAMES: (keyof HubActivities)[] = [
  'advance',
  'advancePush',
  'compareWithSource',
  'advanceRetries',
  'proveItems',
  'requestScheduledRun',
];

describe('activities', () => {
  const activities = createActivities(failing);

  it('are these and no others', () => {
    expect(Object.keys(activities).sort()).toEqual([...NAMES].sort());
  });

  it.each(NAMES)('%s fails with the class of the fault and not one word of its message', async (name) => {
    const input = {
      tenantId: randomUUID(),
      runId: randomUUID(),
      connectionId: randomUUID(),
      streamId: randomUUID(),
      kind: 'sync' as const,
    };
    const run = activities[name] as (given: typeof input) => Promise<unknown>;
    const failure = (await new MockActivityEnvironment({}, { logger: QUIET })
      .run(run, input)
      .catch((error: unknown) => error)) as ApplicationFailure;
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure.message).toBe('a slice ended with TypeError');
    expect(failure.stack).toMatch(/\n\s+at .*activity-failures\.spec/);
    expect([failure.message, failure.stack, JSON.stringify(failure.details ?? null), String(failure.cause ?? '')].join('\n')).not.toMatch(
      /lovelace|ada@|ada\.ts/i,
    );
  });
});
