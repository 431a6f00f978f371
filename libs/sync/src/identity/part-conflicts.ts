import type { CanonicalValue, CanonicalValues } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { takeChoice } from '../errors/settle-conflict.js';
import { expandProvenance, type StoredProvenance } from '../inward/provenance.js';

interface OpenConflict {
  id: string;
  record_id: string;
  cluster_id: string;
  field: string;
  theirs: CanonicalValue;
  opened_at: Date;
  values: CanonicalValues;
  provenance: StoredProvenance;
}

/** Called before a cluster is split: a conflict between two records that will not be one any more is none. Each keeps what its system says. */
export async function endPartedConflicts(tx: TenantTx, groups: { recordId: string }[][]): Promise<void> {
  const groupOf = new Map(groups.flatMap((members, group) => members.map(({ recordId }) => [recordId, group] as const)));
  if (groups.length < 2) return;
  const open = await tx.query<OpenConflict>(
    `SELECT x.id, x.record_id, x.cluster_id, x.field, x.theirs, x.opened_at, c.values, c.provenance FROM conflict x JOIN cluster c ON c.tenant_id = x.tenant_id AND c.id = x.cluster_id
     WHERE x.record_id = ANY ($1) AND x.settled_at IS NULL`,
    [[...groupOf.keys()]],
  );
  const parted = open.filter(({ record_id: record, field, values, provenance }) => {
    const other = expandProvenance(values, provenance)[field]?.record;
    return other !== undefined && groupOf.has(other) && groupOf.get(other) !== groupOf.get(record);
  });
  if (parted.length === 0) return;
  for (const conflict of parted) await takeChoice(tx, conflict, { value: conflict.theirs, at: conflict.opened_at });
  const ids = parted.map(({ id }) => id);
  await tx.query(
    `UPDATE conflict SET settled_at = now(), settled_by = 'engine', settlement = 'theirs: the records are not one any more', chosen = theirs WHERE id = ANY ($1)`,
    [ids],
  );
  await tx.query(
    `UPDATE error_item SET state = 'awaiting_proof', proof_due_at = now() + interval '1 hour', updated_at = now(), version = version + 1
     WHERE (conflict_id = ANY ($1) OR (code = 'CONFLICT' AND (record_id, field) IN (SELECT * FROM unnest($2::uuid[], $3::text[])))) AND state NOT IN ('resolved', 'ignored')`,
    [ids, parted.map(({ record_id: record }) => record), parted.map(({ field }) => field)],
  );
}
