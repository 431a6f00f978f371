import type { StreamWork } from './advance.js';
import { endRun, stopStream } from '../runs/run-lifecycle.js';

const COUNT = 20;
const SHARE = 0.2;

/** A count alone stops small streams too late, a share alone large ones: a mass deletion pauses for approval when both are passed. */
export async function braked(work: StreamWork, input: { deleted: number; so_far: number }): Promise<boolean> {
  const deleted = input.deleted + input.so_far;
  if (input.deleted === 0 || deleted <= COUNT) return false;
  const [state] = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ live: number; released: boolean }>(
      `SELECT (SELECT count(*)::int FROM source_record WHERE stream_id = $1 AND deleted_at IS NULL) AS live, status_code IS NOT DISTINCT FROM 'BRAKE_RELEASED' AS released FROM stream WHERE id = $1`,
      [work.stream.streamId],
    ),
  );
  if (state.released || deleted <= SHARE * (state.live + input.so_far)) return false;
  const detail = `${deleted} of ${state.live} records would be deleted at once; nothing was deleted. Look at the source, then release the brake or reset the stream`;
  await stopStream(work.hub, work.key, {
    streamId: work.stream.streamId,
    failure: { code: 'POLICY', detail },
    status: 'paused',
    statusCode: 'BRAKE',
  });
  await endRun(work.hub, work.key, { code: 'POLICY', detail });
  return true;
}
