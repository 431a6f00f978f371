import type { BatchWork, Item } from './batch-work.js';
import { decideByRule } from '../identity/decide-by-rule.js';
import { MOVED_AT } from '../identity/move-records.js';
import { loadBases } from '../outward/load-bases.js';
import { canonicalEquals, type CanonicalValues } from '#hub/canonical';

/**
 * Applies what a vendor says is gone. A deleted interview is a cancelled one for everybody else; an update of ours that the deletion
 * met half-way is a conflict. A vendor's merge is an alias, never a delete.
 */
export async function markDeleted(work: BatchWork): Promise<void> {
  const items = work.items.filter(
    (item) => item.outcome === undefined && (item.prepared.kind === 'deleted' || item.prepared.kind === 'merged'),
  );
  for (const item of items) if (item.prepared.kind === 'merged') await followVendorMerge(work, item);
  const deleted = items.filter((item) => item.prepared.kind === 'deleted');
  const bases = await loadBases(
    work.tx,
    deleted.flatMap((item) => item.known?.id ?? []),
  );
  const golden = await goldenValues(work, deleted);
  for (const item of deleted) {
    item.outcome = 'deleted';
    const known = item.known;
    if (!known || known.deletedAt !== null) continue;
    item.values = cancelled(work, known.values);
    item.changedFields = 'status' in item.values && item.values.status !== known.values.status ? ['status'] : [];
    const pending = Object.entries(bases.get(known.id) ?? {}).filter(
      ([field, base]) => !canonicalEquals(work.stream.object, field, golden.get(known.clusterId)?.[field], base.ours),
    );
    if (pending.length > 0)
      refuseHalfWay(
        item,
        pending.map(([field]) => field),
      );
    else work.touched.add(known.clusterId);
  }
}

function cancelled(work: BatchWork, values: CanonicalValues): CanonicalValues {
  return work.stream.object === 'interview' && work.stream.mapping.inward.includes('status')
    ? { ...values, status: 'CANCELLED' }
    : { ...values };
}

function refuseHalfWay(item: Item, fields: string[]): void {
  item.outcome = 'conflicting';
  item.values = item.known?.values ?? {};
  item.failures.push({
    code: 'CONFLICT',
    field: fields[0],
    pointer: '',
    blocksOnlyField: false,
    message: `the record was deleted at its source while a change of ${fields.join(', ')} was on its way to it; decide whether it is cancelled or recreated`,
  });
}

async function goldenValues(work: BatchWork, items: Item[]): Promise<Map<string, CanonicalValues>> {
  const ids = items.flatMap((item) => item.known?.clusterId ?? []);
  const rows =
    ids.length === 0
      ? []
      : await work.tx.query<{ id: string; values: CanonicalValues }>(`SELECT id, values FROM cluster WHERE id = ANY ($1)`, [ids]);
  return new Map(rows.map((row) => [row.id, row.values]));
}

/** Old id → record of the new id. The old record's cluster becomes a redirect, so both reference numbers keep working. */
async function followVendorMerge(work: BatchWork, item: Item): Promise<void> {
  const into = item.prepared.kind === 'merged' ? item.prepared.into : '';
  const [target] = await work.tx.query<{ id: string; cluster_id: string }>(
    `SELECT s.id, m.cluster_id FROM source_record s JOIN cluster_member m ON m.tenant_id = s.tenant_id AND m.record_id = s.id AND m.valid_to IS NULL
     WHERE s.stream_id = $1 AND s.external_id = $2`,
    [work.stream.streamId, into],
  );
  const known = item.known;
  if (!target || !known || known.id === target.id) {
    item.outcome = target ? 'unchanged' : 'waiting';
    if (!target) await hintBoth(work, [into, item.prepared.raw.externalId]);
    return;
  }
  item.outcome = 'deleted';
  await work.tx.query(
    `INSERT INTO source_alias (tenant_id, stream_id, external_id, record_id) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, stream_id, external_id) DO UPDATE SET record_id = excluded.record_id`,
    [work.tx.tenantId, work.stream.streamId, known.externalId, target.id],
  );
  await work.tx.query(`UPDATE source_record SET deleted_at = now(), fetch_seq = $2 WHERE id = $1`, [known.id, item.prepared.fetchSeq]);
  await decideByRule(work.tx, { one: known.id, other: target.id, reason: 'vendor-merge' });
  if (known.clusterId !== target.cluster_id)
    await redirectCluster(work, { oldId: known.clusterId, newId: target.cluster_id, aliasRecord: target.id });
  work.touched.add(target.cluster_id);
}

async function redirectCluster(work: BatchWork, merge: { oldId: string; newId: string; aliasRecord: string }): Promise<void> {
  await work.tx.query(`UPDATE cluster_redirect SET new_id = $2 WHERE new_id = $1`, [merge.oldId, merge.newId]);
  await work.tx.query(`INSERT INTO cluster_redirect (tenant_id, old_id, new_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, [
    work.tx.tenantId,
    merge.oldId,
    merge.newId,
  ]);
  await work.tx.query(
    `WITH moved AS (UPDATE cluster_member SET valid_to = ${MOVED_AT} WHERE cluster_id = $2 AND valid_to IS NULL RETURNING record_id, valid_to)
     INSERT INTO cluster_member (tenant_id, record_id, cluster_id, valid_from) SELECT $1, record_id, $3, valid_to FROM moved`,
    [work.tx.tenantId, merge.oldId, merge.newId],
  );
  await work.tx.query(`UPDATE cluster SET deleted_at = now() WHERE id = $1`, [merge.oldId]);
  await work.tx.query(
    `INSERT INTO identity_event (tenant_id, id, kind, inputs, outputs, cause, cause_id) VALUES ($1, gen_random_uuid(), 'merge', $2, $3, 'vendor-merge', $4)`,
    [work.tx.tenantId, [merge.oldId, merge.newId], [merge.newId], merge.aliasRecord],
  );
}

async function hintBoth(work: BatchWork, externalIds: string[]): Promise<void> {
  for (const [index, externalId] of externalIds.entries()) {
    await work.tx.query(
      `INSERT INTO hint (tenant_id, id, stream_id, external_id, cause, not_before) VALUES ($1, gen_random_uuid(), $2, $3, 'vendor-merge', now() + make_interval(secs => $4)) ON CONFLICT DO NOTHING`,
      [work.tx.tenantId, work.stream.streamId, externalId, 1 + index * 2],
    );
  }
}
