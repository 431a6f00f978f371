import type { ParentLink } from '#hub/mapping';
import { insertRows, type Column } from '#hub/persistence';
import type { BatchWork, Item } from './batch-work.js';
import { storeRaw } from './save-records.js';

const WAITING_COLUMNS: Column[] = [
  { name: 'stream_id', type: 'uuid' },
  { name: 'external_id', type: 'text' },
  { name: 'raw_id', type: 'uuid' },
  { name: 'parent_stream_id', type: 'uuid' },
  { name: 'parent_external_id', type: 'text' },
  { name: 'parent_ref', type: 'text' },
];

interface Missing {
  item: Item;
  parent: ParentLink;
}

/**
 * Finds the source record behind each named parent. A required parent that is not here yet makes the record wait: it re-enters
 * by itself with the batch that brings the parent. A reference number of the wrong kind is never a match.
 */
export async function resolveParents(work: BatchWork): Promise<void> {
  const items = work.items.filter(
    (item) => item.outcome === undefined && item.prepared.kind === 'mapped' && item.prepared.parents.length > 0,
  );
  if (items.length === 0) return;
  let missing = await link(work, items);
  if (missing.length > 0) {
    await lockParents(work, missing);
    missing = await link(work, [...new Set(missing.map(({ item }) => item))]);
  }
  for (const { item } of missing) item.outcome = 'waiting';
  await saveWaiting(work, missing);
}

/** Links what is here; answers the first required parent of each item that is not. */
async function link(work: BatchWork, items: Item[]): Promise<Missing[]> {
  const byExternalId = await parentsByExternalId(work, items);
  const byRef = await parentsByRef(work, items);
  return items.flatMap((item) => {
    const found = linksOf([item]).map((parent) => ({
      parent,
      recordId: byExternalId.get(`${parent.object}:${parent.externalId}`) ?? byRef.get(`${parent.object}:${parent.ref}`),
    }));
    item.parents = found.flatMap(({ parent, recordId }) => (recordId ? [{ role: parent.role, recordId }] : []));
    const missing = found.find(({ parent, recordId }) => parent.required && !recordId);
    return missing ? [{ item, parent: missing.parent }] : [];
  });
}

/** A parent's batch that commits between our look and our commit would release nothing: it waits for us, or we see what it brought. */
async function lockParents(work: BatchWork, missing: Missing[]): Promise<void> {
  const streams = new Set(missing.flatMap(({ parent }) => parentStreamOf(work, parent) ?? []));
  for (const streamId of [...streams].sort())
    await work.tx.query(`SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))`, [waitingFor(streamId)]);
}

/** The lock between those who wait for records of a stream (shared) and those who bring them (exclusive). */
export const waitingFor = (parentStreamId: string): string => `waiting:${parentStreamId}`;

async function parentsByExternalId(work: BatchWork, items: Item[]): Promise<Map<string, string>> {
  const wanted = new Map<string, { object: string; streamId: string; externalId: string }>();
  for (const link of linksOf(items)) {
    const streamId = parentStreamOf(work, link);
    if (streamId && link.externalId !== undefined)
      wanted.set(`${link.object}:${link.externalId}`, { object: link.object, streamId, externalId: link.externalId });
  }
  const asked = [...wanted.values()];
  if (asked.length === 0) return new Map();
  const rows = await work.tx.query<{ object: string; external_id: string; id: string }>(
    `SELECT asked.object, asked.external_id, coalesce(a.record_id, s.id) AS id
     FROM unnest($1::text[], $2::uuid[], $3::text[]) AS asked (object, stream_id, external_id)
     LEFT JOIN source_alias a ON a.stream_id = asked.stream_id AND a.external_id = asked.external_id
     LEFT JOIN source_record s ON s.stream_id = asked.stream_id AND s.external_id = asked.external_id
     WHERE coalesce(a.record_id, s.id) IS NOT NULL`,
    [asked.map((one) => one.object), asked.map((one) => one.streamId), asked.map((one) => one.externalId)],
  );
  return new Map(rows.map((row) => [`${row.object}:${row.external_id}`, row.id]));
}

/** A reference number names a cluster; its record in the system of record is the parent, else its oldest record. */
async function parentsByRef(work: BatchWork, items: Item[]): Promise<Map<string, string>> {
  const refs = [...new Set(linksOf(items).flatMap((link) => (link.ref === undefined ? [] : [link.ref])))];
  if (refs.length === 0) return new Map();
  const rows = await work.tx.query<{ object: string; ref: string; id: string }>(
    `SELECT DISTINCT ON (named.ref) live.object, named.ref, s.id FROM cluster named
     LEFT JOIN cluster_redirect r ON r.tenant_id = named.tenant_id AND r.old_id = named.id
     JOIN cluster live ON live.tenant_id = named.tenant_id AND live.id = coalesce(r.new_id, named.id)
     JOIN cluster_member m ON m.tenant_id = live.tenant_id AND m.cluster_id = live.id AND m.valid_to IS NULL
     JOIN source_record s ON s.tenant_id = m.tenant_id AND s.id = m.record_id
     JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id
     WHERE named.ref = ANY ($1) ORDER BY named.ref, c.system_of_record DESC, s.deleted_at NULLS FIRST, s.created_at, s.id`,
    [refs],
  );
  return new Map(rows.map((row) => [`${row.object}:${row.ref}`, row.id]));
}

async function saveWaiting(work: BatchWork, waiting: Missing[]): Promise<void> {
  if (waiting.length === 0) return;
  await storeRaw(
    work,
    waiting.map(({ item }) => item),
  );
  await insertRows(work.tx, 'waiting', {
    columns: WAITING_COLUMNS,
    rows: waiting.map(({ item, parent }) => [
      work.stream.streamId,
      item.prepared.raw.externalId,
      item.rawId,
      parentStreamOf(work, parent),
      parent.externalId,
      parent.ref,
    ]),
    conflict: `ON CONFLICT (tenant_id, stream_id, external_id) DO UPDATE SET raw_id = excluded.raw_id, parent_stream_id = excluded.parent_stream_id,
      parent_external_id = excluded.parent_external_id, parent_ref = excluded.parent_ref, released_at = NULL`,
  });
}

function parentStreamOf(work: BatchWork, link: ParentLink): string | undefined {
  return work.batch.streams.all.find((stream) => stream.object === link.object && stream.connection.id === work.stream.connection.id)
    ?.streamId;
}

function linksOf(items: Item[]): ParentLink[] {
  return items.flatMap((item) => (item.prepared.kind === 'mapped' ? item.prepared.parents : []));
}
