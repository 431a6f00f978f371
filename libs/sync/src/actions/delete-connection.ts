import type { TenantTx } from '#hub/persistence';
import { detachRecords } from '../inward/detach-records.js';
import type { Hub } from '../hub.js';
import { endSubscriptions } from '../runs/match-subscriptions.js';
import { audit, Refusal, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';
import { lockConnection } from './lock-connection.js';

/** Deletes a connection once it is said what becomes of its records. @throws Refusal RECORDS_UNDECIDED with the counts and the choices. */
export async function deleteConnection(hub: Hub, actor: Actor, input: { id: string; records?: 'keep' | 'detach' }): Promise<void> {
  if (input.records) await endSubscriptions(hub, actor.tenantId, input.id).catch(() => undefined);
  const { cancelled, wanted } = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const { name } = await lockConnection(tx, input.id);
    if (!input.records) throw await undecided(tx, input.id);
    const stopped = await stopWork(tx, input.id);
    const runs = input.records === 'detach' ? await detachRecords(tx, hub, input.id) : [];
    await close(tx, input.id);
    await hub.secrets.remove(tx, input.id);
    await audit(tx, actor, {
      action: 'connection.delete',
      subject: { kind: 'connection', id: input.id },
      before: { name },
      after: { records: input.records },
    });
    return { cancelled: stopped, wanted: runs };
  });
  for (const runId of cancelled) void hub.workflows?.cancel(runId).catch(() => undefined);
  await dispatchSoon(hub, actor.tenantId, wanted);
}

/** Runs are cancelled and fenced off, so that a batch in hand cannot commit any more. */
async function stopWork(tx: TenantTx, id: string): Promise<string[]> {
  const runs = await tx.query<{ id: string }>(
    `UPDATE run SET state = 'cancelled', ended_at = now() WHERE connection_id = $1 AND state IN ('queued', 'running') RETURNING id`,
    [id],
  );
  await tx.query(
    `UPDATE checkpoint SET fence = fence + 1 WHERE subject_id IN (SELECT id FROM stream WHERE connection_id = $1 UNION SELECT $1::uuid)`,
    [id],
  );
  await tx.query(
    `UPDATE outbox SET state = 'superseded' WHERE connection_id = $1 AND state IN ('pending', 'held', 'parked', 'unknown', 'sending', 'sent')`,
    [id],
  );
  await tx.query(
    `UPDATE vendor_merge SET state = 'withdrawn', note = 'the connection was deleted' WHERE state IN ('proposed', 'approved') AND stream_id IN (SELECT id FROM stream WHERE connection_id = $1)`,
    [id],
  );
  await tx.query(`UPDATE webhook_endpoint SET disabled_at = now() WHERE connection_id = $1`, [id]);
  return runs.map((run) => run.id);
}

async function close(tx: TenantTx, id: string): Promise<void> {
  await tx.query(
    `UPDATE connection SET status = 'deleted', deleted_at = now(), system_of_record = false, updated_at = now() WHERE id = $1`,
    [id],
  );
  await tx.query(
    `UPDATE error_item SET state = 'resolved', resolution = 'reason', resolution_reason = 'the connection was deleted', resolved_at = now(), updated_at = now(), version = version + 1
     WHERE connection_id = $1 AND state <> 'resolved'`,
    [id],
  );
}

async function undecided(tx: TenantTx, id: string): Promise<Refusal> {
  const [counts] = await tx.query<{ records: number; only_here: number }>(
    `SELECT count(*)::int AS records, count(*) FILTER (WHERE NOT EXISTS (SELECT FROM cluster_member o JOIN source_record r ON r.tenant_id = o.tenant_id AND r.id = o.record_id
        WHERE o.cluster_id = m.cluster_id AND o.valid_to IS NULL AND r.connection_id <> $1 AND r.deleted_at IS NULL))::int AS only_here
     FROM source_record s JOIN cluster_member m ON m.tenant_id = s.tenant_id AND m.record_id = s.id AND m.valid_to IS NULL WHERE s.connection_id = $1 AND s.deleted_at IS NULL`,
    [id],
  );
  const detail = `${counts.records} records came from this connection, ${counts.only_here} of them only from here; say records=keep to keep their values, or records=detach to take them out of the golden records`;
  const more = { records: counts.records, onlyHere: counts.only_here, choices: ['keep', 'detach'] };
  return new Refusal(422, 'RECORDS_UNDECIDED', detail, [{ pointer: '/records', code: 'required', detail: 'keep or detach' }], more);
}
