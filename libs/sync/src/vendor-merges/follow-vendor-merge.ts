import { randomUUID } from 'node:crypto';
import type { BatchWork, Item } from '../inward/batch-work.js';
import { decideByRule } from '../identity/decide-by-rule.js';
import { hintRecords } from '../inward/hint-records.js';
import { MOVED_AT } from '../identity/move-records.js';
import { loadDecisions } from '../identity/people-nodes.js';
import { childrenOf, storeVendorMerge } from './vendor-merge.js';

interface Target {
  id: string;
  cluster_id: string;
  external_id: string;
  values: Item['values'];
  payload: string;
  merged: boolean;
}

/**
 * Old id → record of the new id. The old record's cluster becomes a redirect, so both reference numbers keep working. Whoever a person told
 * apart stays apart: the vendor has one record then, and the other person none.
 */
export async function followVendorMerge(work: BatchWork, item: Item): Promise<void> {
  const into = item.prepared.kind === 'merged' ? item.prepared.into : '';
  const known = item.known;
  const [target] = await work.tx.query<Target>(
    `SELECT s.id, m.cluster_id, s.external_id, s.values, coalesce(r.payload, 'null') AS payload,
       EXISTS (SELECT FROM source_alias a WHERE a.stream_id = $1 AND a.external_id = $3 AND a.record_id = s.id) AS merged
     FROM source_record s JOIN cluster_member m ON m.tenant_id = s.tenant_id AND m.record_id = s.id AND m.valid_to IS NULL
     LEFT JOIN raw r ON r.tenant_id = s.tenant_id AND r.id = s.raw_id WHERE s.stream_id = $1 AND s.external_id = $2`,
    [work.stream.streamId, into, known?.externalId ?? ''],
  );
  if (!target || !known || known.id === target.id || (target.merged && known.deletedAt !== null)) {
    item.outcome = target ? 'unchanged' : 'waiting';
    if (!target) await readAgain(work, [into, item.prepared.raw.externalId]);
    return;
  }
  item.outcome = 'deleted';
  if (work.stream.object === 'candidate') await settleVendorMerge(work, { known, target });
  await work.tx.query(
    `INSERT INTO source_alias (tenant_id, stream_id, external_id, record_id) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, stream_id, external_id) DO UPDATE SET record_id = excluded.record_id`,
    [work.tx.tenantId, work.stream.streamId, known.externalId, target.id],
  );
  await work.tx.query(`UPDATE source_record SET deleted_at = now(), fetch_seq = $2 WHERE id = $1`, [known.id, item.prepared.fetchSeq]);
  work.touched.add(target.cluster_id);
  if (await areToldApart(work, known.id, target.id)) return void work.touched.add(known.clusterId);
  await decideByRule(work.tx, { one: known.id, other: target.id, reason: 'vendor-merge' });
  if (known.clusterId !== target.cluster_id)
    await redirectCluster(work, { oldId: known.clusterId, newId: target.cluster_id, aliasRecord: target.id });
}

async function areToldApart({ tx }: BatchWork, one: string, other: string): Promise<boolean> {
  return (await loadDecisions(tx, [one])).some(({ a, b, verdict }) => verdict === 'different' && (a === other || b === other));
}

/** Ends the order that asked for it; of a merge that nobody ordered here, what was known of both until now is kept. */
async function settleVendorMerge(
  { tx, stream }: BatchWork,
  { known, target }: { known: NonNullable<Item['known']>; target: Target },
): Promise<void> {
  const ordered = await tx.query(
    `UPDATE vendor_merge SET state = 'merged', merged_at = now(), kept_record = $1, dropped_record = $2
     WHERE state IN ('proposed', 'approved') AND ((kept_record = $1 AND dropped_record = $2) OR (kept_record = $2 AND dropped_record = $1)) RETURNING id`,
    [target.id, known.id],
  );
  if (ordered.length > 0) return;
  const children = await childrenOf(tx, [known.id, target.id]);
  const [raw] = await tx.query<{ payload: string }>(
    `SELECT r.payload FROM source_record s JOIN raw r ON r.tenant_id = s.tenant_id AND r.id = s.raw_id WHERE s.id = $1`,
    [known.id],
  );
  await storeVendorMerge(tx, {
    id: randomUUID(),
    streamId: stream.streamId,
    state: 'merged',
    kept: {
      recordId: target.id,
      externalId: target.external_id,
      payload: target.payload,
      values: target.values,
      children: children.get(target.id) ?? [],
    },
    dropped: {
      recordId: known.id,
      externalId: known.externalId,
      payload: raw?.payload ?? 'null',
      values: known.values,
      children: children.get(known.id) ?? [],
    },
  });
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

/** The one that is left first. */
async function readAgain({ tx, stream }: BatchWork, externalIds: string[]): Promise<void> {
  for (const [at, externalId] of externalIds.entries())
    await hintRecords(tx, { streamId: stream.streamId, externalIds: [externalId], cause: 'vendor-merge', inMs: 1_000 + at * 2_000 });
}
