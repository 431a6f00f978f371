import { arrayLiteral, type TenantTx } from '#hub/persistence';
import type { BatchWork, KnownRecord } from './batch-work.js';
import type { PulledRecord } from './map-record.js';

interface Probe {
  streamId: string;
  records: PulledRecord[];
  walkStartedAt: Date | null;
}

/**
 * Which of these are not known live with this very content: the cheapest answer to "did anything change?". In a full walk it also marks
 * what is known as seen. The index answers for all of them at once; without statistics the planner would read the whole stream instead.
 */
export async function probeChanged(tx: TenantTx, { streamId, records, walkStartedAt }: Probe): Promise<Set<string>> {
  const ids = arrayLiteral(records.map((record) => record.raw.externalId));
  const hashes = `{${records.map((record) => record.hash).join(',')}}`;
  await tx.query(`SELECT set_config('enable_seqscan', 'off', true)`);
  const changed = await tx.query<{ external_id: string }>(
    `SELECT asked.external_id FROM unnest($3::text[], $4::uuid[]) AS asked (external_id, hash)
     LEFT JOIN (SELECT external_id, hash FROM source_record
       WHERE tenant_id = $1 AND stream_id = $2 AND external_id = ANY ($3::text[]) AND deleted_at IS NULL OFFSET 0) s ON s.external_id = asked.external_id
     WHERE s.hash IS DISTINCT FROM asked.hash`,
    [tx.tenantId, streamId, ids, hashes],
  );
  if (walkStartedAt) {
    await tx.query(
      `UPDATE source_record SET seen_at = now(), gone_since = NULL WHERE stream_id = $1 AND external_id = ANY ($2) AND deleted_at IS NULL AND seen_at < $3`,
      [streamId, ids, walkStartedAt],
    );
  }
  return new Set(changed.map((row) => row.external_id));
}

interface Row {
  /** The id that was asked for: its own, or one that its vendor's merge left. */
  name: string;
  id: string;
  external_id: string;
  hash: string;
  values: KnownRecord['values'];
  changed_at: Date;
  field_changed_at: Record<string, string> | null;
  version: string | null;
  fetch_seq: string;
  deleted_at: Date | null;
  write_id: string | null;
  cluster_id: string;
}

/** Reads, under the lock, what is known of each record: by the vendor's id, or by an alias that the vendor's merge left. Older fetches are settled here. */
export async function probeRecords(work: BatchWork): Promise<void> {
  const ids = work.items.map((item) => item.prepared.raw.externalId);
  // OFFSET 0 keeps the planner at the indexes: on tables that have just begun to grow it would rather read them whole.
  const rows = await work.tx.query<Row>(
    `SELECT asked.name, s.id, s.external_id, s.hash, s.values, s.changed_at, s.field_changed_at, s.version, s.fetch_seq, s.deleted_at, s.write_id, m.cluster_id
     FROM (SELECT id, external_id AS name, 1 AS rank FROM source_record WHERE stream_id = $1 AND external_id = ANY ($2)
       UNION ALL SELECT record_id, external_id, 2 FROM source_alias WHERE stream_id = $1 AND external_id = ANY ($2) OFFSET 0) asked
     CROSS JOIN LATERAL (SELECT * FROM source_record WHERE tenant_id = $3 AND id = asked.id OFFSET 0) s
     CROSS JOIN LATERAL (SELECT cluster_id FROM cluster_member WHERE tenant_id = s.tenant_id AND record_id = s.id AND valid_to IS NULL OFFSET 0) m ORDER BY asked.rank`,
    [work.stream.streamId, ids, work.tx.tenantId],
  );
  // An alias says more than the record that once had the id.
  const known = new Map(rows.map((row) => [row.name, knownRecord(row)]));
  for (const item of work.items) {
    item.known = known.get(item.prepared.raw.externalId);
    if (!item.known) continue;
    item.recordId = item.known.id;
    item.clusterId = item.known.clusterId;
    if (isOlder(work, item.known, item.prepared)) item.outcome = 'repeated';
    else if (item.known.hash === item.prepared.hash && item.known.deletedAt === null && item.prepared.itemId === undefined)
      item.outcome = 'unchanged';
  }
}

function isOlder(work: BatchWork, known: KnownRecord, prepared: { raw: { version?: string }; fetchSeq: string }): boolean {
  if (
    work.stream.definition.versions === 'ordered' &&
    known.version !== null &&
    prepared.raw.version !== undefined &&
    prepared.raw.version < known.version
  )
    return true;
  return BigInt(prepared.fetchSeq) < BigInt(known.fetchSeq);
}

function knownRecord(row: Row): KnownRecord {
  return {
    id: row.id,
    externalId: row.external_id,
    hash: row.hash,
    values: row.values,
    changedAt: row.changed_at.toISOString(),
    fieldChangedAt: row.field_changed_at,
    version: row.version,
    fetchSeq: row.fetch_seq,
    deletedAt: row.deleted_at?.toISOString() ?? null,
    writeId: row.write_id,
    clusterId: row.cluster_id,
  };
}
