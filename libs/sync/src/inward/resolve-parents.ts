import type { CanonicalValues } from '#hub/canonical';
import type { MapResult, ParentLink } from '#hub/mapping';
import { insertRows, type Column, type TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import type { StreamContext, TenantStreams } from '../stream-context.js';
import type { BatchWork, Item } from './batch-work.js';
import { linkPeople } from './link-people.js';
import { storeRaw } from './save-records.js';

const WAITING_COLUMNS: Column[] = [
  { name: 'stream_id', type: 'uuid' },
  { name: 'external_id', type: 'text' },
  { name: 'raw_id', type: 'uuid' },
  { name: 'parent_stream_id', type: 'uuid' },
  { name: 'parent_external_id', type: 'text' },
  { name: 'parent_ref', type: 'text' },
];

/** What is looked for a record's parents: its mapped form, and what was found so far. */
export interface Linkable {
  prepared: { parents: ParentLink[]; thread?: Extract<MapResult, { kind: 'mapped' }>['thread'] };
  values: CanonicalValues;
  parents: { role: string; recordId: string }[];
}
interface LinkWork {
  tx: TenantTx;
  hub: Hub;
  stream: StreamContext;
  streams: TenantStreams;
}
interface Missing {
  item: Item;
  parent: ParentLink;
}

/**
 * Finds the source record behind each named parent. A required parent that is not here yet makes the record wait: it re-enters
 * by itself with the batch that brings the parent. A reference number of the wrong kind is never a match.
 */
export async function resolveParents(work: BatchWork): Promise<void> {
  const items = work.items.filter((item) => item.outcome === undefined && item.prepared.kind === 'mapped' && namesParents(item.prepared));
  if (items.length === 0) return;
  let missing = await link(work, items);
  if (missing.length > 0) {
    await lockParents(work, missing);
    missing = await link(work, [...new Set(missing.map(({ item }) => item))]);
  }
  for (const { item } of missing) item.outcome = 'waiting';
  await saveWaiting(work, missing);
  // What was kept once stays: whom it belonged to may have gone since.
  if (work.stream.mapping.needsParent)
    for (const item of items) if (item.outcome === undefined && item.parents.length === 0 && !item.known) item.outcome = 'excluded';
}

/** Whether a record that needs a parent has none here: it is left out, and nobody misses it. */
export async function orphansAmong(
  work: LinkWork,
  mapped: { externalId: string; fresh: Extract<MapResult, { kind: 'mapped' }> }[],
): Promise<Set<string>> {
  if (!work.stream.mapping.needsParent || mapped.length === 0) return new Set();
  const items = mapped.map(({ externalId, fresh }) => ({
    externalId,
    prepared: fresh,
    values: fresh.values,
    parents: [] as Linkable['parents'],
  }));
  await linkAll(work, items);
  return new Set(items.filter(({ parents }) => parents.length === 0).map(({ externalId }) => externalId));
}

function namesParents({ parents, thread }: Linkable['prepared']): boolean {
  return parents.length > 0 || thread !== undefined;
}

/** Links what is here; answers the first required parent of each item that is not. */
async function link(work: BatchWork, items: Item[]): Promise<Missing[]> {
  const mapped = items.flatMap((item) => (item.prepared.kind === 'mapped' ? [item as Item & Linkable] : []));
  await linkAll({ ...work, streams: work.batch.streams }, mapped);
  return mapped.flatMap((item) => {
    const missing = item.prepared.parents.find(({ required, role }) => required && !item.parents.some((one) => one.role === role));
    return missing ? [{ item, parent: missing }] : [];
  });
}

async function linkAll(work: LinkWork, items: Linkable[]): Promise<void> {
  const links = items.flatMap(({ prepared }) => prepared.parents);
  const byExternalId = await parentsByExternalId(work, links);
  const byRef = await parentsByRef(
    work.tx,
    links.flatMap(({ ref }) => ref ?? []),
  );
  for (const item of items)
    item.parents = item.prepared.parents.flatMap(({ role, object, externalId, ref }) => {
      const recordId = byExternalId.get(`${object}:${externalId}`) ?? byRef.get(`${object}:${ref}`);
      return recordId ? [{ role, recordId }] : [];
    });
  await linkPeople(work.tx, items, { hub: work.hub, byRef: (refs) => parentsByRef(work.tx, refs) });
}

/** A parent's batch that commits between our look and our commit would release nothing: it waits for us, or we see what it brought. */
async function lockParents(work: BatchWork, missing: Missing[]): Promise<void> {
  const streams = new Set(missing.flatMap(({ parent }) => parentStreamOf({ ...work, streams: work.batch.streams }, parent) ?? []));
  for (const streamId of [...streams].sort())
    await work.tx.query(`SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))`, [waitingFor(streamId)]);
}

/** The lock between those who wait for records of a stream (shared) and those who bring them (exclusive). */
export const waitingFor = (parentStreamId: string): string => `waiting:${parentStreamId}`;

async function parentsByExternalId(work: LinkWork, links: ParentLink[]): Promise<Map<string, string>> {
  const wanted = new Map<string, { object: string; streamId: string; externalId: string }>();
  for (const link of links) {
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
async function parentsByRef(tx: TenantTx, named: string[]): Promise<Map<string, string>> {
  const refs = [...new Set(named)];
  if (refs.length === 0) return new Map();
  const rows = await tx.query<{ object: string; ref: string; id: string }>(
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
      parentStreamOf({ ...work, streams: work.batch.streams }, parent),
      parent.externalId,
      parent.ref,
    ]),
    conflict: `ON CONFLICT (tenant_id, stream_id, external_id) DO UPDATE SET raw_id = excluded.raw_id, parent_stream_id = excluded.parent_stream_id,
      parent_external_id = excluded.parent_external_id, parent_ref = excluded.parent_ref, released_at = NULL`,
  });
}

/** The stream of the same connection in which a named parent would be. */
export function parentStreamOf({ stream, streams }: Pick<LinkWork, 'stream' | 'streams'>, link: ParentLink): string | undefined {
  return streams.all.find((other) => other.object === link.object && other.connection.id === stream.connection.id)?.streamId;
}
