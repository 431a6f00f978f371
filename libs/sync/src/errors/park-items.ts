import { randomUUID } from 'node:crypto';
import { canonicalHash, type FailureCode } from '#hub/canonical';
import { insertRows, type Column, type TenantTx } from '#hub/persistence';

export type ErrorStage = 'pull' | 'map' | 'match' | 'merge' | 'push' | 'reconcile';

/** One record that cannot go on, at one stage. `message` is a plain sentence without personal values: it also names the group. */
export interface ParkedItem {
  stage: ErrorStage;
  code: FailureCode;
  connectionId: string;
  streamId: string;
  /** Same key = same trouble: a later success of it closes the item, a newer failure supersedes it. */
  traceKey: string;
  message: string;
  externalId?: string;
  recordId?: string;
  clusterId?: string;
  ref?: string;
  rawId?: string;
  outboxId?: string;
  field?: string;
  pointer?: string;
  heldFields?: string[];
  mapping?: string;
  mappingVersion?: number;
}

const column = (name: string, type: Column['type']): Column => ({ name, type });
const ITEM: Column[] = [
  column('id', 'uuid'),
  column('group_id', 'uuid'),
  column('connection_id', 'uuid'),
  column('stream_id', 'uuid'),
  column('stage', 'text'),
  column('code', 'text'),
  column('trace_key', 'text'),
  column('external_id', 'text'),
  column('record_id', 'uuid'),
  column('cluster_id', 'uuid'),
  column('ref', 'text'),
  column('raw_id', 'uuid'),
  column('outbox_id', 'uuid'),
  column('conflict_id', 'uuid'),
  column('field', 'text'),
  column('pointer', 'text'),
  column('message', 'text'),
  column('held_fields', 'text[]'),
  column('mapping', 'text'),
  column('mapping_version', 'integer'),
];

/** Parks items in the caller's transaction: groups by fingerprint, one live item per trace key. */
export async function parkItems(tx: TenantTx, items: ParkedItem[]): Promise<void> {
  const latest = [...new Map(items.map((item) => [item.traceKey, item])).values()].sort((a, b) => (a.traceKey < b.traceKey ? -1 : 1));
  if (latest.length === 0) return;
  const groups = await groupIds(tx, latest);
  const rows = latest.map((item) => [
    randomUUID(),
    groups.get(fingerprintOf(item)),
    item.connectionId,
    item.streamId,
    item.stage,
    item.code,
    item.traceKey,
    item.externalId,
    item.recordId,
    item.clusterId,
    item.ref,
    item.rawId,
    item.outboxId,
    undefined,
    item.field,
    item.pointer,
    item.message,
    item.heldFields ?? [],
    item.mapping,
    item.mappingVersion,
  ]);
  await supersedeOlder(tx, rows);
  await insertRows(tx, 'error_item', {
    columns: ITEM,
    rows,
    conflict: `ON CONFLICT (tenant_id, trace_key) WHERE state NOT IN ('resolved') DO UPDATE SET attempts = error_item.attempts + 1, message = excluded.message, raw_id = coalesce(excluded.raw_id, error_item.raw_id),
      outbox_id = coalesce(excluded.outbox_id, error_item.outbox_id), record_id = coalesce(excluded.record_id, error_item.record_id), cluster_id = coalesce(excluded.cluster_id, error_item.cluster_id),
      ref = coalesce(excluded.ref, error_item.ref), held_fields = excluded.held_fields, mapping_version = excluded.mapping_version, updated_at = now(), version = error_item.version + 1,
      state = CASE WHEN error_item.state IN ('retrying', 'awaiting_proof') THEN 'open' ELSE error_item.state END`,
  });
  await nameBusinessObject(
    tx,
    latest.map((item) => item.traceKey),
  );
}

function fingerprintOf(item: ParkedItem): string {
  return canonicalHash([item.connectionId, item.streamId, item.stage, item.code, item.message.replace(/\d+/g, '#')]);
}

async function groupIds(tx: TenantTx, items: ParkedItem[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const item of items) {
    const fingerprint = fingerprintOf(item);
    if (ids.has(fingerprint)) continue;
    const [row] = await tx.query<{ id: string }>(
      `INSERT INTO error_group (tenant_id, id, fingerprint, connection_id, stream_id, stage, code, message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (tenant_id, fingerprint) DO UPDATE SET last_seen_at = now(), regressed_at = CASE WHEN
         EXISTS (SELECT FROM error_item i WHERE i.group_id = error_group.id) AND NOT EXISTS (SELECT FROM error_item i WHERE i.group_id = error_group.id AND i.state <> 'resolved') THEN now() ELSE error_group.regressed_at END
       RETURNING id`,
      [tx.tenantId, randomUUID(), fingerprint, item.connectionId, item.streamId, item.stage, item.code, item.message],
    );
    ids.set(fingerprint, row.id);
  }
  return ids;
}

/** A different failure of the same trace: the older item is closed with the newer one's id. */
async function supersedeOlder(tx: TenantTx, rows: unknown[][]): Promise<void> {
  await tx.query(
    `UPDATE error_item e SET state = 'resolved', resolution = 'superseded', superseded_by = n.id, resolved_at = now(), updated_at = now(), version = e.version + 1
     FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS n (id, group_id, trace_key) WHERE e.trace_key = n.trace_key AND e.state <> 'resolved' AND e.group_id <> n.group_id`,
    [rows.map((row) => row[0]), rows.map((row) => row[1]), rows.map((row) => row[6])],
  );
}

/** Every item names the business object: its own reference number, else its application's. */
async function nameBusinessObject(tx: TenantTx, traceKeys: string[]): Promise<void> {
  await tx.query(
    `UPDATE error_item e SET ref = coalesce(c.ref, (SELECT a.ref FROM record_parent p JOIN cluster_member am ON am.tenant_id = p.tenant_id AND am.record_id = p.parent_id AND am.valid_to IS NULL
       JOIN cluster a ON a.tenant_id = am.tenant_id AND a.id = am.cluster_id JOIN cluster_member own ON own.tenant_id = p.tenant_id AND own.record_id = p.record_id AND own.valid_to IS NULL
       WHERE own.cluster_id = e.cluster_id AND a.ref IS NOT NULL ORDER BY p.role LIMIT 1)),
       conflict_id = (SELECT x.id FROM conflict x WHERE x.record_id = e.record_id AND x.field = e.field AND x.settled_at IS NULL)
     FROM cluster c WHERE c.id = e.cluster_id AND e.trace_key = ANY ($1) AND e.state <> 'resolved' AND (e.ref IS NULL OR e.conflict_id IS NULL)`,
    [traceKeys],
  );
}
