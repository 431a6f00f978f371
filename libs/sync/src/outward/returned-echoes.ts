import type { PushWork } from './advance-push.js';
import type { Write } from './claim-writes.js';

/** Field → hash of our value, for the fields of this write that their system has shown as we meant them: this write took effect there. */
export async function returnedEchoes(work: PushWork, write: Pick<Write, 'id'>): Promise<Map<string, string>> {
  const rows = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ field: string; value_hash: string }>(`SELECT field, value_hash FROM echo WHERE outbox_id = $1 AND consumed_at IS NOT NULL`, [
      write.id,
    ]),
  );
  return new Map(rows.map((row) => [row.field, row.value_hash]));
}
