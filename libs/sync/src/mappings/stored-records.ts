import type { StoredRecord } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';

const PAGE = 2_000;

/** The newest stored payload of every record of a stream that is not gone, in the order of their ids; a page at a time. */
export async function* storedRecords(tx: TenantTx, streamId: string, limit = Infinity): AsyncGenerator<StoredRecord[]> {
  let [after, left] = ['', limit];
  while (left > 0) {
    const rows = await tx.query<{ external_id: string; payload: string }>(
      `SELECT s.external_id, r.payload FROM source_record s JOIN raw r ON r.tenant_id = s.tenant_id AND r.id = s.raw_id
       WHERE s.stream_id = $1 AND s.deleted_at IS NULL AND s.external_id > $2 ORDER BY s.external_id LIMIT $3`,
      [streamId, after, Math.min(PAGE, left)],
    );
    if (rows.length === 0) return;
    yield rows.map((row) => ({ externalId: row.external_id, payload: JSON.parse(row.payload) as unknown }));
    left -= rows.length;
    after = rows[rows.length - 1].external_id;
  }
}

/** Payloads of records that were refused and so never became records of the hub. */
export async function parkedRecords(tx: TenantTx, streamId: string, limit: number): Promise<StoredRecord[]> {
  const rows = await tx.query<{ external_id: string; payload: string }>(
    `SELECT DISTINCT ON (e.external_id) e.external_id, coalesce(e.edited_payload, r.payload) AS payload FROM error_item e
     JOIN raw r ON r.tenant_id = e.tenant_id AND r.id = e.raw_id
     WHERE e.stream_id = $1 AND e.stage = 'map' AND e.state NOT IN ('resolved') AND e.external_id IS NOT NULL ORDER BY e.external_id, e.opened_at DESC LIMIT $2`,
    [streamId, limit],
  );
  return rows.map((row) => ({ externalId: row.external_id, payload: JSON.parse(row.payload) as unknown }));
}
