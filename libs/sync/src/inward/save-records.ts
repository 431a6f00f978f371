import { NORMALISER_VERSION } from '#hub/canonical';
import { tenantMatchKey } from '#hub/governance';
import { FIRST_PERSON_KEY } from '#hub/identity';
import { insertRows, insertTogether, joinRows, type Column } from '#hub/persistence';
import { isSaved, keysOf, type BatchWork, type Item } from './batch-work.js';

const column = (name: string, type: Column['type']): Column => ({ name, type });
const RAW: Column[] = [
  column('id', 'uuid'),
  column('stream_id', 'uuid'),
  column('external_id', 'text'),
  column('fetch_seq', 'bigint'),
  column('version', 'text'),
  column('payload', 'text'),
  column('deleted', 'boolean'),
];
const SOURCE: Column[] = [
  column('id', 'uuid'),
  column('connection_id', 'uuid'),
  column('stream_id', 'uuid'),
  column('object', 'text'),
  column('external_id', 'text'),
  column('raw_id', 'uuid'),
  column('hash', 'uuid'),
  column('mapping', 'text'),
  column('mapping_version', 'integer'),
  column('normaliser_version', 'integer'),
  column('values', 'jsonb'),
  column('changed_at', 'timestamptz'),
  column('version', 'text'),
  column('fetch_seq', 'bigint'),
];
const CHANGE: Column[] = [
  column('id', 'uuid'),
  column('raw_id', 'uuid'),
  column('hash', 'uuid'),
  column('mapping', 'text'),
  column('mapping_version', 'integer'),
  column('normaliser_version', 'integer'),
  column('values', 'jsonb'),
  column('field_changed_at', 'jsonb'),
  column('version', 'text'),
  column('fetch_seq', 'bigint'),
  column('deleted', 'boolean'),
];
const PARENT: Column[] = [column('record_id', 'uuid'), column('role', 'text'), column('parent_id', 'uuid')];
const KEY: Column[] = [column('key_hash', 'bigint'), column('key_kind', 'smallint'), column('record_id', 'uuid')];

/** Writes raw payloads, source records, their parents and their match keys, before anything is matched: members of one batch are each other's candidates. */
export async function saveRecords(work: BatchWork): Promise<void> {
  const created = work.items.filter((item) => item.outcome === 'created');
  const changed = work.items.filter(
    (item) => item.known && (isSaved(item) || item.outcome === 'deleted') && item.prepared.kind !== 'merged',
  );
  const parents = [...created, ...changed].flatMap((item) => item.parents.map((parent) => [item.recordId, parent.role, parent.recordId]));
  const keys = await newKeys(work, created, changed);
  await updateRecords(work, changed);
  await insertTogether(work.tx, [
    { table: 'raw', columns: RAW, rows: rawRows(work, [...created, ...changed]) },
    { table: 'source_record', columns: SOURCE, rows: created.map((item) => sourceRow(work, item)) },
    {
      table: 'record_parent',
      columns: PARENT,
      rows: parents,
      conflict: 'ON CONFLICT (tenant_id, record_id, role) DO UPDATE SET parent_id = excluded.parent_id',
    },
    { table: 'match_key', columns: KEY, rows: keys, conflict: 'ON CONFLICT DO NOTHING' },
  ]);
}

/** Keeps the payloads as they came; those that are stored already (retries) are not stored twice. */
export async function storeRaw(work: BatchWork, items: Item[]): Promise<void> {
  await insertRows(work.tx, 'raw', { columns: RAW, rows: rawRows(work, items) });
}

function rawRows(work: BatchWork, items: Item[]): unknown[][] {
  const fresh = items.filter((item) => item.prepared.rawId === undefined);
  return fresh.map(({ prepared, rawId }) => [
    rawId,
    work.stream.streamId,
    prepared.raw.externalId,
    prepared.fetchSeq,
    prepared.raw.version,
    prepared.raw.deleted || prepared.raw.mergedInto ? 'null' : prepared.text,
    prepared.raw.deleted === true,
  ]);
}

function sourceRow(work: BatchWork, item: Item): unknown[] {
  const { mapping, connection, streamId, object } = work.stream;
  return [
    item.recordId,
    connection.id,
    streamId,
    object,
    item.prepared.raw.externalId,
    item.rawId,
    item.prepared.hash,
    mapping.name,
    mapping.version,
    NORMALISER_VERSION,
    item.values,
    work.now,
    item.prepared.raw.version,
    item.prepared.fetchSeq,
  ];
}

async function updateRecords(work: BatchWork, changed: Item[]): Promise<void> {
  if (changed.length === 0) return;
  const { sql, parameters } = await joinRows(work.tx, {
    name: 'c',
    at: 2,
    columns: CHANGE,
    rows: changed.map((item) => [
      item.recordId,
      item.rawId,
      item.prepared.hash,
      work.stream.mapping.name,
      work.stream.mapping.version,
      NORMALISER_VERSION,
      item.values,
      changeTimes(work, item),
      item.prepared.raw.version ?? null,
      item.prepared.fetchSeq,
      item.outcome === 'deleted',
    ]),
  });
  await work.tx.query(
    `UPDATE source_record s SET raw_id = c.raw_id, hash = c.hash, mapping = c.mapping, mapping_version = c.mapping_version, normaliser_version = c.normaliser_version, values = c.values,
       field_changed_at = c.field_changed_at, version = c.version, fetch_seq = c.fetch_seq, seen_at = now(), gone_since = NULL,
       deleted_at = CASE WHEN c.deleted THEN coalesce(s.deleted_at, now()) END FROM ${sql} WHERE s.id = c.id AND s.id = ANY ($1)`,
    [changed.map((item) => item.recordId), ...parameters],
  );
}

/** The hub's own clock says when a value changed; two vendors' clocks are never compared. */
function changeTimes(work: BatchWork, item: Item): Record<string, string> | null {
  const times = { ...item.known?.fieldChangedAt };
  for (const field of item.changedFields) times[field] = work.now.toISOString();
  return Object.keys(times).length > 0 ? times : null;
}

/** Keys of what is new; those that hold no more are gone already. */
async function newKeys(work: BatchWork, created: Item[], changed: Item[]): Promise<unknown[][]> {
  const secret = await tenantMatchKey(work.tx, work.hub.secrets);
  const rekeyed = changed.filter((item) => item.changedFields.length > 0 && item.outcome !== 'deleted');
  if (rekeyed.length > 0)
    await work.tx.query(`DELETE FROM match_key WHERE record_id = ANY ($1) AND key_kind < $2`, [
      rekeyed.map((item) => item.recordId),
      FIRST_PERSON_KEY,
    ]);
  return [...created, ...rekeyed].flatMap((item) => keysOf(work, item, secret).map((key) => [key.hash, key.kind, item.recordId]));
}
