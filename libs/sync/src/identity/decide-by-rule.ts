import { randomUUID } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';

/** What a vendor or our own write says of two records, kept beside people's decisions: no model has a say in it. */
export async function decideByRule(
  tx: TenantTx,
  pair: { one: string; other: string; reason: 'write-id' | 'reference' | 'vendor-merge' },
): Promise<void> {
  const [a, b] = [pair.one, pair.other].sort();
  await tx.query(
    `INSERT INTO decision (tenant_id, id, record_a, record_b, verdict, actor, reason, evidence) VALUES ($1, $2, $3, $4, 'same', 'rule', $5, '{}')`,
    [tx.tenantId, randomUUID(), a, b, pair.reason],
  );
}

/** Keeps a record with a cluster that it belongs to by its write id or its reference number. */
export async function keepWithCluster(
  tx: TenantTx,
  { recordId, clusterId, reason }: { recordId: string; clusterId: string; reason: 'write-id' | 'reference' },
): Promise<void> {
  const [eldest] = await tx.query<{ id: string }>(
    `SELECT m.record_id AS id FROM cluster_member m JOIN source_record s ON s.tenant_id = m.tenant_id AND s.id = m.record_id
     WHERE m.cluster_id = $1 AND m.valid_to IS NULL AND m.record_id <> $2 ORDER BY s.created_at, s.id LIMIT 1`,
    [clusterId, recordId],
  );
  if (eldest) await decideByRule(tx, { one: recordId, other: eldest.id, reason });
}
