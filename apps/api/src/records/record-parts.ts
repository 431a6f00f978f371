import { FILE_ATTEMPTS, type TenantTx } from '#hub/persistence';
import type {
  FileView,
  HeldFieldView,
  OpenItemView,
  RecordChangeView,
  RecordConflictView,
  RelatedView,
  TransitionView,
} from './record.view.js';

/** Parents as their clusters of now: a merge moved nothing, so they are resolved when read. */
export function parentsOf(tx: TenantTx, clusterId: string): Promise<RelatedView[]> {
  return tx.query(
    `SELECT DISTINCT p.role, c.object, c.ref, c.id FROM cluster_member m JOIN record_parent p ON p.record_id = m.record_id JOIN cluster_member q ON q.record_id = p.parent_id AND q.valid_to IS NULL JOIN cluster c ON c.id = q.cluster_id
     WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY p.role, c.id`,
    [clusterId],
  );
}

export function childrenOf(tx: TenantTx, clusterId: string): Promise<RelatedView[]> {
  return tx.query(
    `SELECT DISTINCT c.object, c.ref, c.id FROM cluster_member m JOIN record_parent p ON p.parent_id = m.record_id JOIN cluster_member q ON q.record_id = p.record_id AND q.valid_to IS NULL JOIN cluster c ON c.id = q.cluster_id
     WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY c.object, c.id LIMIT 200`,
    [clusterId],
  );
}

export function filesOf(tx: TenantTx, clusterId: string): Promise<FileView[]> {
  return tx.query(
    `SELECT n.name AS connection, f.file_id AS "fileId", f.sha256, c.mime, octet_length(c.bytes) AS size, f.copied_at AS "copiedAt", f.failure,
       CASE WHEN f.attempts < ${FILE_ATTEMPTS} THEN f.not_before END AS "triedAgainAt"
     FROM cluster_member m JOIN source_record s ON s.id = m.record_id JOIN stream t ON t.id = s.stream_id JOIN connection n ON n.id = t.connection_id
     JOIN record_file f ON f.connection_id = t.connection_id AND f.stream = t.name AND f.external_id = s.external_id
     LEFT JOIN file_content c ON c.tenant_id = f.tenant_id AND c.sha256 = f.sha256
     WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY n.name, f.copied_at, f.file_id`,
    [clusterId],
  );
}

export function openItemsOf(tx: TenantTx, clusterId: string): Promise<OpenItemView[]> {
  return tx.query(`SELECT id, code, message, state FROM error_item WHERE cluster_id = $1 AND state <> 'resolved' ORDER BY opened_at, id`, [
    clusterId,
  ]);
}

export function heldOf(tx: TenantTx, clusterId: string): Promise<HeldFieldView[]> {
  return tx.query(
    `SELECT unnest(held_fields) AS field, id AS "itemId", NULL AS review FROM error_item WHERE cluster_id = $1 AND state NOT IN ('resolved', 'ignored', 'awaiting_proof', 'retrying')
     UNION ALL SELECT unnest(CASE WHEN m.record_id = e.record_a THEN e.held_a ELSE e.held_b END), NULL, e.record_a || '/' || e.record_b FROM cluster_member m
       JOIN edge e ON m.record_id IN (e.record_a, e.record_b) AND e.asked WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY 1, 3`,
    [clusterId],
  );
}

export function conflictsOf(tx: TenantTx, clusterId: string): Promise<RecordConflictView[]> {
  return tx.query(
    `SELECT id, field, opened_at AS "openedAt" FROM conflict WHERE cluster_id = $1 AND settled_at IS NULL ORDER BY opened_at, id`,
    [clusterId],
  );
}

export function transitionsOf(tx: TenantTx, clusterId: string): Promise<TransitionView[]> {
  return tx.query(
    `SELECT t.bucket_from AS "bucketFrom", t.bucket_to AS "bucketTo", t.from_stage AS "fromStage", t.to_stage AS "toStage", t.entered_at AS "enteredAt", t.observed_at AS "observedAt", t.inferred FROM cluster_member m
     JOIN stage_transition t ON t.application_id = m.record_id WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY t.entered_at, t.observed_at`,
    [clusterId],
  );
}

export function outboxOf(tx: TenantTx, clusterId: string): Promise<RecordChangeView[]> {
  return tx.query(
    `SELECT o.id, c.name AS connection, o.operation, o.fields, o.state, o.created_at AS "createdAt" FROM outbox o JOIN connection c ON c.id = o.connection_id
     WHERE o.cluster_id = $1 AND o.state <> 'superseded' ORDER BY o.created_at DESC, o.id LIMIT 20`,
    [clusterId],
  );
}
