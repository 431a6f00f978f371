import { isSaved, type BatchWork } from './batch-work.js';
import { waitingFor } from './resolve-parents.js';

/** Lets the records that waited for these parents re-enter, and forgets the waits that ended here. */
export async function releaseWaiting(work: BatchWork): Promise<void> {
  const saved = work.items.filter(isSaved).map((item) => item.prepared.raw.externalId);
  if (saved.length === 0) return;
  const created = work.items.filter((item) => isSaved(item) && !item.known).map((item) => item.prepared.raw.externalId);
  if (created.length > 0) await work.tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [waitingFor(work.stream.streamId)]);
  const released = await work.tx.query<{ connection_id: string }>(
    `WITH ended AS (DELETE FROM waiting WHERE stream_id = $1 AND external_id = ANY ($2)),
       released AS (UPDATE waiting SET released_at = now() WHERE released_at IS NULL AND parent_stream_id = $1 AND parent_external_id = ANY ($3) AND NOT (stream_id = $1 AND external_id = ANY ($2)) RETURNING stream_id)
     SELECT DISTINCT s.connection_id FROM released r JOIN stream s ON s.id = r.stream_id`,
    [work.stream.streamId, saved, created],
  );
  for (const row of released) work.wanted.push({ kind: 'retries', connectionId: row.connection_id });
}
