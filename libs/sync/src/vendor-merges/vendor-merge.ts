import type { CanonicalValues, ObjectName } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';

type VendorMergeState = 'proposed' | 'approved' | 'merged' | 'withdrawn';

/** One of the two records, as it was when the merge was proposed, or last known before the vendor merged it. */
export interface MergeSide {
  recordId: string;
  externalId: string;
  /** The vendor's own JSON text, see `snapshotText`. */
  payload: string;
  values: CanonicalValues;
  children: SnapshotChild[];
}
/** What hung on the record: a vendor's merge moves it, and no recreation brings it back. */
export interface SnapshotChild {
  recordId: string;
  object: ObjectName;
  externalId: string;
  ref: string | null;
}
/** Two records of one system that become one there. `kept` is the one that is left. */
export interface VendorMerge {
  id: string;
  streamId: string;
  state: VendorMergeState;
  keptRecord: string;
  droppedRecord: string;
  /** Snapshots by record id; none once they are older than they are kept. */
  sides: Map<string, MergeSide>;
  /** The record that was made of the dropped one's snapshot, and the act that asked for it. */
  recreatedRecord: string | null;
  recreateOperation: string | null;
}

type Row = Omit<VendorMerge, 'sides'> & { sides: MergeSide[] | null };

export async function loadVendorMerge(tx: TenantTx, id: string, lock: 'FOR UPDATE' | '' = ''): Promise<VendorMerge | undefined> {
  const [row] = await tx.query<Row>(
    `SELECT m.id, m.stream_id AS "streamId", m.state, m.kept_record AS "keptRecord", m.dropped_record AS "droppedRecord", m.recreated_record AS "recreatedRecord", m.recreate_operation AS "recreateOperation",
       (SELECT jsonb_agg(jsonb_build_object('recordId', s.record_id, 'externalId', s.external_id, 'payload', s.payload, 'values', s.values, 'children', s.children))
        FROM record_snapshot s WHERE s.merge_id = m.id) AS sides
     FROM vendor_merge m WHERE m.id = $1 ${lock}`,
    [id],
  );
  return row && { ...row, sides: new Map((row.sides ?? []).map((side) => [side.recordId, side])) };
}

export interface NewVendorMerge {
  id: string;
  streamId: string;
  state: VendorMergeState;
  kept: MergeSide;
  dropped: MergeSide;
  reason?: string;
  proposedBy?: string;
}

export async function storeVendorMerge(tx: TenantTx, merge: NewVendorMerge): Promise<void> {
  await tx.query(
    `INSERT INTO vendor_merge (tenant_id, id, stream_id, kept_record, dropped_record, state, reason, proposed_by, merged_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $6 = 'merged' THEN now() END)`,
    [
      tx.tenantId,
      merge.id,
      merge.streamId,
      merge.kept.recordId,
      merge.dropped.recordId,
      merge.state,
      merge.reason ?? null,
      merge.proposedBy ?? null,
    ],
  );
  for (const side of [merge.kept, merge.dropped])
    await tx.query(
      `INSERT INTO record_snapshot (tenant_id, merge_id, record_id, external_id, payload, values, children) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [tx.tenantId, merge.id, side.recordId, side.externalId, side.payload, side.values, JSON.stringify(side.children)],
    );
}

/** What hangs on each of these records now. */
export async function childrenOf(tx: TenantTx, recordIds: string[]): Promise<Map<string, SnapshotChild[]>> {
  const rows = await tx.query<SnapshotChild & { parent: string }>(
    `SELECT p.parent_id AS parent, s.id AS "recordId", s.object, s.external_id AS "externalId", c.ref FROM record_parent p
     JOIN source_record s ON s.tenant_id = p.tenant_id AND s.id = p.record_id AND s.deleted_at IS NULL
     JOIN cluster_member m ON m.tenant_id = s.tenant_id AND m.record_id = s.id AND m.valid_to IS NULL JOIN cluster c ON c.tenant_id = m.tenant_id AND c.id = m.cluster_id
     WHERE p.parent_id = ANY ($1) ORDER BY s.object, s.external_id`,
    [recordIds],
  );
  const found = new Map<string, SnapshotChild[]>(recordIds.map((id) => [id, []]));
  for (const { parent, ...child } of rows) found.get(parent)?.push(child);
  return found;
}
