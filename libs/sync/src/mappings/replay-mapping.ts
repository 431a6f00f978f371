import { audit, Refusal, type Actor } from '../actions/actor.js';
import { dispatchSoon } from '../actions/dispatch-soon.js';
import type { Hub } from '../hub.js';
import { requestRun } from '../runs/request-run.js';
import { loadStreams } from '../stream-context.js';

export interface Replay {
  streamId: string;
  version: number;
  /** Whether writes that follow from it may go out. Without it, records that would cause one stay as they are. */
  confirmOutward: boolean;
}

/**
 * Maps every stored record of a stream anew with its live mapping, through the pipeline that every record takes; what was mapped with that
 * version already is left alone. Records that were refused get another try. The rows are the request: killed at any point, it goes on.
 */
export async function replayMapping(hub: Hub, actor: Actor, replay: Replay): Promise<{ runId: string; records: number }> {
  const { answer, records } = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const stream = (await loadStreams(tx, hub)).all.find((one) => one.streamId === replay.streamId);
    if (!stream) throw new Refusal(404, 'NOT_FOUND', 'there is no such stream');
    const { name, version } = stream.mapping;
    if (version !== replay.version)
      throw new Refusal(
        409,
        'NOT_LIVE',
        `${name} runs version ${version}; activate version ${replay.version} first, or the next sync would undo what this does`,
      );
    const asked = await tx.query(
      `INSERT INTO waiting (tenant_id, stream_id, external_id, raw_id, released_at, outward)
       SELECT DISTINCT ON (external_id) $1::uuid, $2::uuid, external_id, raw_id, now(), $5 FROM (
         SELECT external_id, raw_id FROM source_record WHERE stream_id = $2 AND deleted_at IS NULL AND raw_id IS NOT NULL AND (mapping, mapping_version) IS DISTINCT FROM ($3, $4::int)
         UNION ALL
         SELECT external_id, raw_id FROM error_item WHERE stream_id = $2 AND stage = 'map' AND raw_id IS NOT NULL AND external_id IS NOT NULL AND state IN ('open', 'assigned', 'snoozed')
           AND mapping_version IS DISTINCT FROM $4::int AND held_fields = '{*}'
       ) AS stored ON CONFLICT DO NOTHING RETURNING 1`,
      [tx.tenantId, stream.streamId, name, version, replay.confirmOutward],
    );
    const after = { version, records: asked.length, confirmOutward: replay.confirmOutward };
    await audit(tx, actor, { action: 'mapping.replay', subject: { kind: 'stream', id: stream.streamId }, after });
    const run = await requestRun(tx, {
      kind: 'retries',
      connectionId: stream.connection.id,
      cause: 'person',
      requestedBy: actor.id,
      options: { replay: after },
    });
    if (run.answer === 'rejected') throw new Refusal(409, run.code, run.reason);
    return { answer: run, records: asked.length };
  });
  await dispatchSoon(hub, actor.tenantId, [{ answer, kind: 'retries' }]);
  return { runId: answer.runId, records };
}
