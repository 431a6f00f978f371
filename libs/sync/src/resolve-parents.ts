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

/**
 * Finds the source record behind each named parent. A required parent that is not here yet makes the record wait: it re-enters
 * by itself with the batch that brings the parent. A reference number of the wrong kind is never a match.
 */
export async function resolveParents(work: BatchWork): Promise<void> {
  const items = work.items.filter(
    (item) => item.outcome === undefined && item.prepared.kind === 'mapped' && item.prepared.parents.length > 0,
  );
  if (items.length === 0) return;
  const byExternalId = await parentsByExternalId(work, items);
  const byRef = await parentsByRef(work, items);
  const waiting: { item: Item; link: ParentLink }[] = [];
  for (const item of items) {
    if (item.prepared.kind !== 'mapped') continue;
    for (const link of item.prepared.parents) {
      const recordId =
        (link.externalId !== undefined ? byExternalId.get(`${link.object}:${link.externalId}`) : undefined) ??
        (link.ref !== undefined ? byRef.get(`${link.object}:${link.ref}`) : undefined);
      if (recordId) item.parents.push({ role: link.role, recordId });
      else if (link.required && item.outcome === undefined) {
        item.outcome = 'waiting';
        waiting.push({ item, link });
      }
    }
  }
  await saveWaiting(work, waiting);
}

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

async function saveWaiting(work: BatchWork, waiting: { item: Item; link: ParentLink }[]): Promise<void> {
  if (waiting.length === 0) return;
  await storeRaw(
    work,
    waiting.map(({ item }) => item),
  );
  await insertRows(work.tx, 'waiting', {
    columns: WAITING_COLUMNS,
    rows: waiting.map(({ item, link }) => [
      work.stream.streamId,
      item.prepared.raw.externalId,
      item.rawId,
      parentStreamOf(work, link),
      link.externalId,
      link.ref,
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
