import type { Hub } from '../hub.js';
import { audit, type Actor } from './actor.js';
import { lockConnection } from './lock-connection.js';

export async function pauseConnectionByHand(hub: Hub, actor: Actor, input: { id: string; reason?: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const before = await lockConnection(tx, input.id);
    await tx.query(
      `UPDATE connection SET status = 'paused', status_code = 'PERSON', status_reason = $2, updated_at = now() WHERE id = $1`,
      [input.id, input.reason ?? 'paused by a person'],
    );
    await audit(tx, actor, {
      action: 'connection.pause',
      subject: { kind: 'connection', id: input.id },
      before: { status: before.status },
      after: { status: 'paused', reason: input.reason },
    });
  });
}

/** Starts the connection and its stopped streams again. */
export async function resumeConnection(hub: Hub, actor: Actor, id: string): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const before = await lockConnection(tx, id);
    await tx.query(`UPDATE connection SET status = 'active', status_code = NULL, status_reason = NULL, updated_at = now() WHERE id = $1`, [
      id,
    ]);
    await tx.query(
      `UPDATE stream SET status = 'active', status_code = NULL, status_reason = NULL, updated_at = now() WHERE connection_id = $1 AND status = 'stopped'`,
      [id],
    );
    await audit(tx, actor, {
      action: 'connection.resume',
      subject: { kind: 'connection', id },
      before: { status: before.status, code: before.status_code },
      after: { status: 'active' },
    });
  });
}
