import { recordAudit } from '#hub/governance';
import type { TenantTx } from '#hub/persistence';
import type { BatchWork, Item } from '../inward/batch-work.js';
import { waitingFor } from '../inward/resolve-parents.js';
import { findSuppressed, suppressionHashes, type Suppressed, type Suspect } from './suppression.js';

/** Leaves out, before anything is stored, what is of people who were erased; it is counted, and its id is not asked about again. */
export async function dropSuppressed(work: BatchWork): Promise<void> {
  const scope = { tx: work.tx, hub: work.hub, stream: work.stream, streams: work.batch.streams };
  const { suppressed, returned } = await findSuppressed(scope, work.items.map(suspectOf));
  for (const erasureId of returned) await liftForReturn(work, erasureId);
  if (suppressed.size === 0) return;
  const dropped = work.items.filter(({ prepared }) => suppressed.has(prepared.raw.externalId));
  work.items = work.items.filter(({ prepared }) => !suppressed.has(prepared.raw.externalId));
  work.totals.suppressed += dropped.length;
  await rememberSeen(
    work,
    dropped.map(({ prepared: { raw, kind } }) => ({
      externalId: raw.externalId,
      gone: kind === 'deleted' || kind === 'merged',
      erasureId: (suppressed.get(raw.externalId) as Suppressed).erasureId,
    })),
  );
  await forgetAttempts(work.tx, dropped);
  await dropWaiting(work, suppressed);
}

function suspectOf({ prepared }: Item): Suspect {
  const { raw, text } = prepared;
  if (prepared.kind !== 'mapped') return { externalId: raw.externalId, text: prepared.kind === 'refused' ? text : '' };
  const { values, parents, ref } = prepared;
  return { externalId: raw.externalId, values, parents, ref, text };
}

interface Seen extends Pick<Suppressed, 'erasureId'> {
  externalId: string;
  /** Its system says that it is not there any more. */
  gone: boolean;
}

/** A system that shows an erased person still, or not any more, is on the receipt of the erasure. */
export async function rememberSeen({ tx, hub, stream }: Pick<BatchWork, 'tx' | 'hub' | 'stream'>, seen: Seen[]): Promise<void> {
  if (seen.length === 0) return;
  const hashes = await suppressionHashes(tx, hub);
  await tx.query(
    `INSERT INTO suppression AS s (tenant_id, hash, kind, erasure_id, connection_id, last_seen_at, gone_at)
     SELECT $1, decode(hash, 'hex'), 'record', erasure_id, $5, CASE WHEN NOT gone THEN now() END, CASE WHEN gone THEN now() END FROM unnest($2::text[], $3::boolean[], $4::uuid[]) AS seen (hash, gone, erasure_id)
     ON CONFLICT (tenant_id, hash) DO UPDATE SET gone_at = excluded.gone_at, last_seen_at = coalesce(excluded.last_seen_at, s.last_seen_at)
       WHERE s.last_seen_at IS NULL OR s.last_seen_at < now() - interval '1 hour' OR (s.gone_at IS NULL) <> (excluded.gone_at IS NULL)`,
    [
      tx.tenantId,
      seen.map(({ externalId }) => hashes.record(stream.streamId, externalId)),
      seen.map(({ gone }) => gone),
      seen.map(({ erasureId }) => erasureId),
      stream.connection.id,
    ],
  );
}

/** A retry, or a wait that ended, has its payload stored already. */
async function forgetAttempts(tx: TenantTx, dropped: Item[]): Promise<void> {
  const rawIds = dropped.flatMap(({ prepared }) => prepared.rawId ?? []);
  const itemIds = dropped.flatMap(({ prepared }) => prepared.itemId ?? []);
  if (itemIds.length > 0) await tx.query(`DELETE FROM error_item WHERE id = ANY ($1)`, [itemIds]);
  if (rawIds.length === 0) return;
  await tx.query(`DELETE FROM waiting WHERE raw_id = ANY ($1)`, [rawIds]);
  await tx.query(`DELETE FROM raw WHERE id = ANY ($1)`, [rawIds]);
}

interface Child {
  streamId: string;
  externalId: string;
  connectionId: string;
  erasureId: string;
}

/** What waited for a record that is not let in came before it: it goes as well, and what waits for that in turn. */
async function dropWaiting(work: BatchWork, suppressed: Map<string, Suppressed>): Promise<void> {
  const { tx } = work;
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [waitingFor(work.stream.streamId)]);
  const hashes = await suppressionHashes(tx, work.hub);
  let parents: Omit<Child, 'connectionId'>[] = [...suppressed].map(([externalId, { erasureId }]) => ({
    streamId: work.stream.streamId,
    externalId,
    erasureId,
  }));
  while (parents.length > 0) {
    const children = await tx.query<Child>(
      `WITH gone AS (DELETE FROM waiting w USING unnest($1::uuid[], $2::text[], $3::uuid[]) AS parent (stream_id, external_id, erasure_id)
         WHERE w.parent_stream_id = parent.stream_id AND w.parent_external_id = parent.external_id RETURNING w.stream_id, w.external_id, w.raw_id, parent.erasure_id),
         raws AS (DELETE FROM raw r USING gone WHERE r.stream_id = gone.stream_id AND r.external_id = gone.external_id)
       SELECT g.stream_id AS "streamId", g.external_id AS "externalId", t.connection_id AS "connectionId", g.erasure_id AS "erasureId" FROM gone g JOIN stream t ON t.id = g.stream_id`,
      [parents.map(({ streamId }) => streamId), parents.map(({ externalId }) => externalId), parents.map(({ erasureId }) => erasureId)],
    );
    await suppressRecords(
      tx,
      children.map((child) => ({ ...child, hash: hashes.record(child.streamId, child.externalId) })),
    );
    parents = children;
  }
}

/** Names records by their own ids from now on. */
export async function suppressRecords(tx: TenantTx, records: { hash: string; erasureId: string; connectionId: string }[]): Promise<void> {
  if (records.length === 0) return;
  await tx.query(
    `INSERT INTO suppression (tenant_id, hash, kind, erasure_id, connection_id) SELECT DISTINCT ON (hash) $1::uuid, decode(hash, 'hex'), 'record', erasure_id, connection_id FROM unnest($2::text[], $3::uuid[], $4::uuid[]) AS r (hash, erasure_id, connection_id)
     ON CONFLICT (tenant_id, hash) DO UPDATE SET erasure_id = excluded.erasure_id, lifted_at = NULL, lifted_by = NULL`,
    [
      tx.tenantId,
      records.map(({ hash }) => hash),
      records.map(({ erasureId }) => erasureId),
      records.map(({ connectionId }) => connectionId),
    ],
  );
}

/** The records of before stay out: what was erased is not what the person brings now. */
async function liftForReturn({ tx, stream }: BatchWork, erasureId: string): Promise<void> {
  await tx.query(
    `UPDATE suppression SET lifted_at = now(), lifted_by = 'self-application' WHERE erasure_id = $1 AND kind = 'identifier' AND lifted_at IS NULL`,
    [erasureId],
  );
  await recordAudit(tx, {
    actor: { kind: 'system', id: 'hub' },
    action: 'erasure.return',
    subject: { kind: 'erasure', id: erasureId },
    after: { connection: stream.connection.id },
  });
}
