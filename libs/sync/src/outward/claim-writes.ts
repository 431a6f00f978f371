import type { CanonicalValues } from '#hub/canonical';
import type { PushWork } from './advance-push.js';
import { renewLease } from '../runs/slot.js';

/** One outbox row that this claim may send. `was` says what is known of earlier attempts. */
export interface Write {
  id: string;
  clusterId: string;
  streamId: string;
  recordId: string | null;
  operation: 'create' | 'update' | 'remove' | 'merge';
  fields: string[];
  intended: CanonicalValues;
  writeId: string;
  was: 'pending' | 'sending' | 'unknown' | 'sent';
  attempts: number;
  sentAt: Date | null;
  firstTriedAt: Date | null;
  externalId: string | null;
  /** The vendor merge by which a person asked for it. */
  orderId: string | null;
}

/**
 * Takes due rows, oldest first, at most one per record; the intent is on disk before any call. A row that an earlier claim left in
 * `sending` may or may not have reached the vendor: it is taken as unknown.
 */
export async function claimWrites(work: PushWork, limit: number): Promise<Write[]> {
  return work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await renewLease(tx, work.slot);
    return tx.query<Write>(
      `WITH due AS (
         SELECT o.id, o.state AS was FROM outbox o
         WHERE o.connection_id = $1 AND o.not_before <= now() AND (o.state IN ('pending', 'unknown', 'sent') OR (o.state = 'sending' AND o.claimed_fence < $2))
           AND NOT EXISTS (SELECT FROM outbox f WHERE f.cluster_id = o.cluster_id AND f.connection_id = o.connection_id AND f.id <> o.id
             AND (f.state IN ('sending', 'unknown', 'sent') OR (f.state = 'pending' AND o.state = 'pending' AND (f.created_at, f.id) < (o.created_at, o.id))))
         ORDER BY o.created_at, o.id LIMIT $3 FOR UPDATE SKIP LOCKED)
       UPDATE outbox o SET state = CASE WHEN due.was = 'sent' THEN 'sent' ELSE 'sending' END, claimed_fence = $2, claimed_at = coalesce(o.claimed_at, now()), attempts = o.attempts + 1, run_id = $4
       FROM due WHERE o.id = due.id
       RETURNING o.id, o.cluster_id AS "clusterId", o.stream_id AS "streamId", o.record_id AS "recordId", o.operation, o.fields, o.intended, o.write_id AS "writeId", due.was, o.attempts,
         o.sent_at AS "sentAt", o.claimed_at AS "firstTriedAt", o.external_id AS "externalId", o.order_id AS "orderId"`,
      [work.run.connectionId, work.slot.fence, limit, work.run.id],
    );
  });
}

/** Milliseconds until a row of this target is due again; undefined when none is left. */
export async function soonestWrite(work: PushWork): Promise<number | undefined> {
  const [row] = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ wait_ms: string | null }>(
      `SELECT CASE WHEN count(*) > 0 THEN greatest(0, extract(epoch FROM min(not_before) - now()) * 1000) END AS wait_ms FROM outbox WHERE connection_id = $1 AND state IN ('pending', 'sending', 'unknown', 'sent')`,
      [work.run.connectionId],
    ),
  );
  return row.wait_ms === null ? undefined : Number(row.wait_ms);
}
