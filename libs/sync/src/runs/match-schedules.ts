import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import type { Hub } from '../hub.js';
import type { ScheduledRunInput } from '../workflows/scheduled-run.workflow.js';

interface Wanted {
  tenant_id: string;
  connection_id: string;
  stream_id: string;
  interval_seconds: number;
  active: boolean;
}

const RECONCILE_EVERY_SECONDS = 24 * 3_600;

/**
 * Makes Temporal's Schedules what the stream rows say: created, changed, paused, removed. A wiped Temporal store is rebuilt by the next pass.
 * @returns how many schedules were changed.
 */
export async function matchSchedules(hub: Hub, input: { client: Client; taskQueue: string }): Promise<number> {
  const wanted = await hub.database.door<Wanted>(`door_streams()`);
  const live = await liveSchedules(input.client);
  let changed = 0;
  for (const stream of wanted) {
    for (const kind of ['sync', 'reconcile'] as const) {
      const id = scheduleIdOf(stream.stream_id, kind);
      const memo = memoOf(stream, kind);
      if (live.get(id) !== memo) {
        await putSchedule(input.client, optionsFor(stream, { kind, id, memo, taskQueue: input.taskQueue }), live.has(id));
        changed += 1;
      }
      live.delete(id);
    }
  }
  for (const id of live.keys()) {
    await input.client.schedule.getHandle(id).delete().catch(ignoreMissing);
    changed += 1;
  }
  return changed;
}

function scheduleIdOf(streamId: string, kind: 'sync' | 'reconcile'): string {
  return `stream:${streamId}:${kind}`;
}

async function liveSchedules(client: Client): Promise<Map<string, string>> {
  const live = new Map<string, string>();
  for await (const schedule of client.schedule.list())
    if (schedule.scheduleId.startsWith('stream:')) live.set(schedule.scheduleId, String(schedule.memo?.tributary ?? ''));
  return live;
}

/** What the schedule was made from; a difference means that it must change. */
function memoOf(stream: Wanted, kind: string): string {
  return `${kind}:${stream.interval_seconds}:${stream.active ? 'active' : 'paused'}`;
}

interface Naming {
  kind: 'sync' | 'reconcile';
  id: string;
  memo: string;
  taskQueue: string;
}

function optionsFor(stream: Wanted, naming: Naming): ScheduleOptions {
  const every = naming.kind === 'sync' ? stream.interval_seconds : RECONCILE_EVERY_SECONDS;
  const input: ScheduledRunInput = {
    tenantId: stream.tenant_id,
    connectionId: stream.connection_id,
    streamId: stream.stream_id,
    kind: naming.kind,
  };
  return {
    scheduleId: naming.id,
    spec: { intervals: [{ every: every * 1_000, offset: offsetOf(stream.stream_id, every) }], jitter: Math.min(every * 100, 60_000) },
    action: { type: 'startWorkflow', workflowType: 'scheduledRun', taskQueue: naming.taskQueue, args: [input], workflowId: naming.id },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10m' },
    state: { paused: !stream.active },
    memo: { tributary: naming.memo },
  };
}

/** Spreads streams of one interval over it, the same way in every process. */
function offsetOf(streamId: string, everySeconds: number): number {
  return (Number.parseInt(streamId.slice(0, 6), 16) % everySeconds) * 1_000;
}

async function putSchedule(client: Client, options: ScheduleOptions, exists: boolean): Promise<void> {
  if (exists) await client.schedule.getHandle(options.scheduleId).delete().catch(ignoreMissing);
  await client.schedule.create(options);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof ScheduleNotFoundError)) throw error;
}
