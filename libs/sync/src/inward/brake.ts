import type { StreamWork } from './advance.js';
import { endRun, stopStream } from '../runs/run-lifecycle.js';

const COUNT = 20;
const SHARE = 0.2;

/**
 * A count alone stops small streams too late, a share alone large ones: a mass deletion pauses for approval when both are passed. What the
 * run has deleted before counts, too: in parts it would pass otherwise.
 */
export async function braked(work: StreamWork, next: number): Promise<boolean> {
  if (next === 0) return false;
  const [state] = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ live: number; before: number; released: boolean }>(
      `SELECT (SELECT count(*)::int FROM source_record WHERE stream_id = $1 AND deleted_at IS NULL) AS live,
         (SELECT coalesce(sum((totals ->> 'deleted')::int), 0)::int FROM batch WHERE run_id = $2) AS before, status_code IS NOT DISTINCT FROM 'BRAKE_RELEASED' AS released FROM stream WHERE id = $1`,
      [work.stream.streamId, work.run.id],
    ),
  );
  const deleted = next + state.before;
  if (state.released || deleted <= COUNT || deleted <= SHARE * (state.live + state.before)) return false;
  const detail = `one run would delete ${deleted} of ${state.live + state.before} records; ${state.before} are deleted, the others are not. Look at the source, then release the brake or reset the stream`;
  await stopStream(work.hub, work.key, {
    streamId: work.stream.streamId,
    failure: { code: 'POLICY', detail },
    status: 'paused',
    statusCode: 'BRAKE',
  });
  await endRun(work.hub, work.key, { code: 'POLICY', detail });
  return true;
}
