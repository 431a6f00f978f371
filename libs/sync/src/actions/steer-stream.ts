import type { Hub } from '../hub.js';
import { hintRecords } from '../inward/hint-records.js';
import { requestRun } from '../runs/request-run.js';
import { audit, Refusal, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';
import { lockStream, type NamedStream } from './lock-connection.js';

/** Forgets the cursor: the next run walks everything. Explicit and audited, never a side effect of a change of settings. */
export async function resetStream(hub: Hub, actor: Actor, input: NamedStream & { reason: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const streamId = await lockStream(tx, input);
    await tx.query(
      `UPDATE checkpoint SET cursor = NULL, walk = 'resync', walk_started_at = now(), fence = fence + 1 WHERE subject_id = $1 AND kind = 'sync'`,
      [streamId],
    );
    await audit(tx, actor, { action: 'stream.reset', subject: { kind: 'stream', id: streamId }, after: { reason: input.reason } });
  });
}

/** Lets a walk that would delete unusually much go on. */
export async function releaseBrake(hub: Hub, actor: Actor, input: NamedStream & { reason: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const streamId = await lockStream(tx, input);
    const released = await tx.query(
      `UPDATE stream SET status = 'active', status_code = 'BRAKE_RELEASED', status_reason = NULL WHERE id = $1 AND status_code = 'BRAKE' RETURNING 1`,
      [streamId],
    );
    if (released.length === 0) throw new Refusal(409, 'NO_BRAKE', 'this stream is not held by the brake');
    await audit(tx, actor, { action: 'stream.release-brake', subject: { kind: 'stream', id: streamId }, after: { reason: input.reason } });
  });
}

/** Fetches one record now. */
export async function refetchRecord(hub: Hub, actor: Actor, input: NamedStream & { externalId: string }): Promise<{ runId: string }> {
  const answer = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const streamId = await lockStream(tx, input);
    await hintRecords(tx, { streamId, externalIds: [input.externalId], cause: 'person' });
    const asked = await requestRun(tx, {
      kind: 'hints',
      connectionId: input.connectionId,
      streamId,
      cause: 'person',
      requestedBy: actor.id,
    });
    if (asked.answer === 'rejected') throw new Refusal(409, asked.code, asked.reason);
    await audit(tx, actor, {
      action: 'record.refetch',
      subject: { kind: 'stream', id: streamId },
      after: { externalId: input.externalId },
    });
    return asked;
  });
  await dispatchSoon(hub, actor.tenantId, [{ answer, kind: 'hints' }]);
  return { runId: answer.runId };
}
