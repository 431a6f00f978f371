import type { Base } from '#hub/identity';
import type { CanonicalValue } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';

/** Bases of two-way records: record id → field → the value last agreed (`ours`) and what the other side returned for it (`theirs`). */
export async function loadBases(tx: TenantTx, recordIds: string[]): Promise<Map<string, Record<string, Base>>> {
  const bases = new Map<string, Record<string, Base>>();
  if (recordIds.length === 0) return bases;
  const rows = await tx.query<{
    record_id: string;
    field: string;
    ours: CanonicalValue;
    theirs: CanonicalValue;
    has_ours: boolean;
    has_theirs: boolean;
  }>(
    `SELECT record_id, field, ours, theirs, ours IS NOT NULL AS has_ours, theirs IS NOT NULL AS has_theirs FROM base WHERE record_id = ANY ($1)`,
    [recordIds],
  );
  for (const row of rows) {
    const fields = bases.get(row.record_id) ?? {};
    fields[row.field] = { ...(row.has_ours ? { ours: row.ours } : {}), ...(row.has_theirs ? { theirs: row.theirs } : {}) };
    bases.set(row.record_id, fields);
  }
  return bases;
}
