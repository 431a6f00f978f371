import { randomUUID } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import type { Write } from '../outward/claim-writes.js';
import { keepWithCluster } from './decide-by-rule.js';
import { regroup, type Operated } from './decide-people.js';
import { matchAnew } from './find-edges.js';

/**
 * Puts a person whom the hub has just created in a system with the record that the create was made of, also where a sync was faster and took
 * it for a new one. One that was made of a snapshot stays apart from the record that it was merged into.
 */
export async function placeCreated(
  tx: TenantTx,
  hub: Hub,
  { write, recordId }: { write: Write; recordId: string },
): Promise<Operated['runs']> {
  await keepWithCluster(tx, { recordId, clusterId: write.clusterId, reason: 'write-id' });
  if (write.orderId !== null) await keepRecreatedApart(tx, { mergeId: write.orderId, recordId });
  const touched = await matchAnew(tx, hub, { ids: [recordId], neighbours: [] });
  const { runs } = await regroup(tx, hub, { touched, cause: { cause: 'write-id', causeId: write.writeId } });
  return runs;
}

/** Part of the act that asked for it: an undo of that takes it back as well, and after an undo it is not said. */
async function keepRecreatedApart(tx: TenantTx, { mergeId, recordId }: { mergeId: string; recordId: string }): Promise<void> {
  await tx.query(`UPDATE vendor_merge SET recreated_record = $2 WHERE id = $1`, [mergeId, recordId]);
  await tx.query(
    `INSERT INTO decision (tenant_id, id, record_a, record_b, verdict, actor, actor_id, reason, evidence, event_id)
     SELECT m.tenant_id, $3, least(m.kept_record, $2), greatest(m.kept_record, $2), 'different', 'human', d.actor_id, d.reason, '{}', d.event_id
     FROM vendor_merge m CROSS JOIN LATERAL (SELECT * FROM decision WHERE event_id = m.recreate_operation LIMIT 1) d
     WHERE m.id = $1 AND NOT EXISTS (SELECT FROM identity_event e WHERE e.undo_of = m.recreate_operation)`,
    [mergeId, recordId, randomUUID()],
  );
}
