import type { TenantTx } from '#hub/persistence';
import { freezeDisputed } from '../errors/settle-conflict.js';

/** The transaction's own time, as for all that it writes; later for a record that it has moved before. */
export const MOVED_AT = `greatest(now(), valid_from + interval '1 microsecond')`;

export interface Move {
  recordId: string;
  clusterId: string;
}
const MOVING = `unnest($1::uuid[], $2::uuid[]) AS moving (record_id, cluster_id)`;

/** Puts records into other clusters, with what is open about them. */
export async function moveRecords(tx: TenantTx, moves: Move[]): Promise<void> {
  if (moves.length === 0) return;
  const parameters = [moves.map(({ recordId }) => recordId), moves.map(({ clusterId }) => clusterId)];
  await tx.query(
    `WITH left_behind AS (UPDATE cluster_member c SET valid_to = ${MOVED_AT} FROM ${MOVING} WHERE c.record_id = moving.record_id AND c.record_id = ANY ($1) AND c.valid_to IS NULL
       RETURNING c.record_id, moving.cluster_id, c.valid_to)
     INSERT INTO cluster_member (tenant_id, record_id, cluster_id, valid_from) SELECT $3, record_id, cluster_id, valid_to FROM left_behind`,
    [...parameters, tx.tenantId],
  );
  await tx.query(
    `UPDATE error_item e SET cluster_id = moving.cluster_id FROM ${MOVING} WHERE e.record_id = moving.record_id AND e.record_id = ANY ($1) AND e.state <> 'resolved'`,
    parameters,
  );
  await moveConflicts(tx, parameters);
  // A write under way goes with its record, where none of the new cluster is under way to the same system.
  await tx.query(
    `UPDATE outbox o SET cluster_id = first.cluster_id FROM (
       SELECT DISTINCT ON (moving.cluster_id, w.connection_id) w.tenant_id, w.id, moving.cluster_id FROM ${MOVING} JOIN outbox w ON w.record_id = moving.record_id
       WHERE w.record_id = ANY ($1) AND w.state IN ('sending', 'unknown', 'sent')
         AND NOT EXISTS (SELECT FROM outbox f WHERE f.cluster_id = moving.cluster_id AND f.connection_id = w.connection_id AND f.state IN ('sending', 'unknown', 'sent'))
       ORDER BY moving.cluster_id, w.connection_id, w.created_at, w.id) first
     WHERE o.tenant_id = first.tenant_id AND o.id = first.id`,
    parameters,
  );
}

/** An open conflict goes with its record. */
async function moveConflicts(tx: TenantTx, parameters: unknown[]): Promise<void> {
  const moved = await tx.query<{ id: string }>(
    `WITH open AS (SELECT x.id, x.cluster_id AS left_cluster, moving.cluster_id FROM ${MOVING} JOIN conflict x ON x.record_id = moving.record_id WHERE x.record_id = ANY ($1) AND x.settled_at IS NULL),
     moved AS (UPDATE conflict x SET cluster_id = open.cluster_id FROM open WHERE x.id = open.id)
     SELECT DISTINCT unnest(ARRAY[cluster_id, left_cluster]) AS id FROM open`,
    parameters,
  );
  if (moved.length > 0)
    await freezeDisputed(
      tx,
      moved.map(({ id }) => id),
    );
}
