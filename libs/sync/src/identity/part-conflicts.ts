import type { CanonicalValues } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { endConflicts, type OpenConflict } from '../errors/settle-conflict.js';
import { expandProvenance, type StoredProvenance } from '../inward/provenance.js';

interface Disputed extends OpenConflict {
  opened_at: Date;
  values: CanonicalValues;
  provenance: StoredProvenance;
}

/** Called before a cluster is split: a conflict between two records that will not be one any more is none. Each keeps what its system says. */
export async function endPartedConflicts(tx: TenantTx, groups: { recordId: string }[][]): Promise<void> {
  const groupOf = new Map(groups.flatMap((members, group) => members.map(({ recordId }) => [recordId, group] as const)));
  if (groups.length < 2) return;
  const open = await tx.query<Disputed>(
    `SELECT x.id, x.record_id, x.cluster_id, x.field, x.ours, x.theirs, x.opened_at, c.values, c.provenance FROM conflict x JOIN cluster c ON c.tenant_id = x.tenant_id AND c.id = x.cluster_id
     WHERE x.record_id = ANY ($1) AND x.settled_at IS NULL`,
    [[...groupOf.keys()]],
  );
  const parted = open.filter(({ record_id: record, field, values, provenance }) => {
    const other = expandProvenance(values, provenance)[field]?.record;
    return other !== undefined && groupOf.has(other) && groupOf.get(other) !== groupOf.get(record);
  });
  await endConflicts(tx, {
    ended: parted.map((conflict) => ({ ...conflict, chosen: conflict.theirs, at: conflict.opened_at })),
    by: 'engine',
    settlement: 'theirs: the records are not one any more',
  });
}
