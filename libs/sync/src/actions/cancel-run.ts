import type { Hub } from '../hub.js';
import { audit, Refusal, type Actor } from './actor.js';

/** Ends a queued or running run; a batch in hand loses its fence and rolls back. */
export async function cancelRun(hub: Hub, actor: Actor, runId: string): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const [run] = await tx.query<{ state: string }>(`SELECT state FROM run WHERE id = $1 FOR UPDATE`, [runId]);
    if (!run) throw new Refusal(404, 'NOT_FOUND', 'there is no such run');
    if (run.state !== 'queued' && run.state !== 'running')
      throw new Refusal(409, 'NOT_RUNNING', `this run is ${run.state}; only a queued or running one can be cancelled`);
    await tx.query(`UPDATE run SET state = 'cancelled', ended_at = now() WHERE id = $1`, [runId]);
    await tx.query(`UPDATE checkpoint SET fence = fence + 1, lease_until = now() WHERE run_id = $1`, [runId]);
    await audit(tx, actor, {
      action: 'run.cancel',
      subject: { kind: 'run', id: runId },
      before: { state: run.state },
      after: { state: 'cancelled' },
    });
  });
  void hub.workflows?.cancel(runId).catch(() => undefined);
}
