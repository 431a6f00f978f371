import type { CanonicalValue } from '#hub/canonical';
import type { Pin, RestoredClaim } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';

interface Row {
  record_id: string;
  connection_id: string;
  field: string;
  value: CanonicalValue;
  said: boolean;
  instead_of: CanonicalValue | null;
  pinned: boolean;
  at: Date;
}
export interface Overrides {
  pins: Map<string, Record<string, Pin>>;
  claims: Map<string, Record<string, RestoredClaim>>;
}

/** What people pinned on these records, and what unmerging gave back to them. Few records have either. */
export async function loadOverrides(tx: TenantTx, recordIds: string[]): Promise<Overrides> {
  const rows = await tx.query<Row>(
    `SELECT p.record_id, s.connection_id, p.field, p.value, true AS said, NULL AS instead_of, true AS pinned, p.created_at AS at FROM pin p
       CROSS JOIN LATERAL (SELECT connection_id FROM source_record WHERE tenant_id = p.tenant_id AND id = p.record_id OFFSET 0) s
     WHERE p.record_id = ANY ($1) AND p.released_at IS NULL AND coalesce(p.expires_at > now(), true)
     UNION ALL SELECT r.record_id, NULL, r.field, r.value, r.value IS NOT NULL, r.instead_of, false, r.created_at FROM restored_claim r WHERE r.record_id = ANY ($1) AND r.released_at IS NULL
     ORDER BY at`,
    [recordIds],
  );
  const overrides: Overrides = { pins: new Map(), claims: new Map() };
  for (const row of rows) {
    if (row.pinned)
      put(overrides.pins, row, { recordId: row.record_id, connectionId: row.connection_id, value: row.value, at: row.at.toISOString() });
    else put(overrides.claims, row, { insteadOf: row.instead_of, ...(row.said ? { value: row.value } : {}) });
  }
  return overrides;
}

function put<T>(map: Map<string, Record<string, T>>, { record_id: id, field }: Row, entry: T): void {
  map.set(id, { ...map.get(id), [field]: entry });
}
