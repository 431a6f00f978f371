import { OBJECTS, parseRef, type CanonicalValues, type ObjectName } from '#hub/canonical';
import { recordAudit } from '#hub/governance';
import type { TenantTx } from '#hub/persistence';
import { expandProvenance, type Actor, type StoredProvenance } from '#hub/sync';
import { notFound, Problem } from '../problems/problem.js';

export interface Cluster { id: string; object: ObjectName; ref: string | null; values: CanonicalValues; provenance: StoredProvenance; frozen: string[] | null; deleted_at: Date | null; updated_at: Date; redirected_from?: string }

/** The cluster that a reference number names, through any redirects. */
export async function clusterByRef(tx: TenantTx, text: string): Promise<Cluster> {
  const ref = parseRef(text);
  if (!ref) throw new Problem(422, 'INVALID_REFERENCE', 'this is no valid reference number: its check character does not fit', [{ pointer: '/ref', code: 'check', detail: 'look at the number again' }]);
  const [row] = await tx.query<Cluster & { named: string }>(
    `SELECT c.id, c.object, c.ref, c.values, c.provenance, c.frozen, c.deleted_at, c.updated_at, n.ref AS named FROM cluster n LEFT JOIN cluster_redirect r ON r.tenant_id = n.tenant_id AND r.old_id = n.id
     JOIN cluster c ON c.tenant_id = n.tenant_id AND c.id = coalesce(r.new_id, n.id) WHERE n.ref = $1`, [ref.ref],
  );
  if (!row) throw notFound('record');
  return { ...row, redirected_from: row.named === row.ref ? undefined : row.named };
}

/** One record with where every value comes from. Contact and sensitive fields are masked unless they are revealed, which is audited. */
export async function recordView(tx: TenantTx, cluster: Cluster, input: { actor: Actor; reveal: boolean }): Promise<Record<string, unknown>> {
  if (input.reveal) await recordAudit(tx, { actor: { kind: 'api-key', id: input.actor.id }, action: 'record.reveal', subject: { kind: cluster.object, id: cluster.ref ?? cluster.id }, requestId: input.actor.requestId });
  const sources = await sourcesOf(tx, cluster.id);
  return {
    ref: cluster.ref, redirectedFrom: cluster.redirected_from ?? null, id: cluster.id, object: cluster.object, values: masked(cluster, input.reveal), provenance: provenanceView(cluster, sources), frozen: cluster.frozen ?? [],
    deletedAt: cluster.deleted_at, updatedAt: cluster.updated_at, sources: sources.map(({ values: _, id: recordId, ...source }) => ({ recordId, ...source })), parents: await parentsOf(tx, cluster.id), children: await childrenOf(tx, cluster.id),
    openItems: await openItemsOf(tx, cluster.id), held: await heldOf(tx, cluster.id), conflicts: await tx.query(`SELECT id, field, opened_at AS "openedAt" FROM conflict WHERE cluster_id = $1 AND settled_at IS NULL`, [cluster.id]),
    transitions: await transitionsOf(tx, cluster.id), outbox: await tx.query(`SELECT o.id, c.name AS connection, o.operation, o.fields, o.state, o.created_at AS "createdAt" FROM outbox o JOIN connection c ON c.id = o.connection_id WHERE o.cluster_id = $1 AND o.state <> 'superseded' ORDER BY o.created_at DESC LIMIT 20`, [cluster.id]),
  };
}

/** "Why this value?": the winner, its rule, and what the others said. */
export async function fieldView(tx: TenantTx, cluster: Cluster, input: { field: string; reveal: boolean }): Promise<Record<string, unknown>> {
  const { field } = input;
  if (!(field in cluster.values)) throw notFound(`field ${field} on this record`);
  const sources = await sourcesOf(tx, cluster.id);
  const view = provenanceView(cluster, sources)[field] as Record<string, unknown>;
  const shown = (value: unknown): unknown => (input.reveal || isPublic(cluster.object, field) ? value : '•••');
  const others = sources.filter((source) => source.id !== view.record && field in source.values).map((source) => ({ connection: source.connection, externalId: source.externalId, value: shown(source.values[field]), changedAt: source.changedAt }));
  return { field, value: shown(cluster.values[field]), ...view, others };
}

interface Source { id: string; connection: string; connectionId: string; stream: string; externalId: string; values: CanonicalValues; changedAt: Date; deletedAt: Date | null; mapping: string; mappingVersion: number }

function sourcesOf(tx: TenantTx, clusterId: string): Promise<Source[]> {
  return tx.query<Source>(
    `SELECT s.id, c.name AS connection, c.id AS "connectionId", t.name AS stream, s.external_id AS "externalId", s.values, s.changed_at AS "changedAt", s.deleted_at AS "deletedAt", s.mapping, s.mapping_version AS "mappingVersion"
     FROM cluster_member m JOIN source_record s ON s.tenant_id = m.tenant_id AND s.id = m.record_id JOIN connection c ON c.id = s.connection_id JOIN stream t ON t.id = s.stream_id
     WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY s.created_at, s.id`, [clusterId],
  );
}

function provenanceView(cluster: Cluster, sources: Source[]): Record<string, unknown> {
  const origins = expandProvenance(cluster.values, cluster.provenance);
  return Object.fromEntries(Object.entries(origins).map(([field, origin]) => {
    const source = sources.find((one) => one.id === origin.record);
    const connection = source?.connection ?? 'a former source';
    const why = cluster.frozen?.includes(field) ? 'frozen: two sides changed it and nobody has decided yet' : `${connection} said it, and the rule for ${field} is "${origin.rule}"`;
    return [field, { record: origin.record, connection, externalId: source?.externalId ?? null, mapping: source ? `${source.mapping} version ${source.mappingVersion}` : null, rule: origin.rule, at: origin.at, why }];
  }));
}

function isPublic(object: ObjectName, field: string): boolean {
  return OBJECTS[object].fields[field]?.class === 'public';
}

function masked(cluster: Cluster, reveal: boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(cluster.values).map(([field, value]) => [field, reveal || isPublic(cluster.object, field) || value === null ? value : '•••']));
}

function parentsOf(tx: TenantTx, clusterId: string): Promise<unknown[]> {
  return tx.query(
    `SELECT DISTINCT p.role, c.object, c.ref, c.id FROM cluster_member m JOIN record_parent p ON p.record_id = m.record_id JOIN cluster_member q ON q.record_id = p.parent_id AND q.valid_to IS NULL JOIN cluster c ON c.id = q.cluster_id
     WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY p.role`, [clusterId],
  );
}
function childrenOf(tx: TenantTx, clusterId: string): Promise<unknown[]> {
  return tx.query(
    `SELECT DISTINCT c.object, c.ref, c.id FROM cluster_member m JOIN record_parent p ON p.parent_id = m.record_id JOIN cluster_member q ON q.record_id = p.record_id AND q.valid_to IS NULL JOIN cluster c ON c.id = q.cluster_id
     WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY c.object, c.id LIMIT 200`, [clusterId],
  );
}
function openItemsOf(tx: TenantTx, clusterId: string): Promise<unknown[]> {
  return tx.query(`SELECT id, code, message, state, held_fields AS "heldFields" FROM error_item WHERE cluster_id = $1 AND state <> 'resolved' ORDER BY opened_at`, [clusterId]);
}
function heldOf(tx: TenantTx, clusterId: string): Promise<unknown[]> {
  return tx.query(`SELECT unnest(held_fields) AS field, id AS "itemId" FROM error_item WHERE cluster_id = $1 AND state NOT IN ('resolved', 'ignored')`, [clusterId]);
}
function transitionsOf(tx: TenantTx, clusterId: string): Promise<unknown[]> {
  return tx.query(
    `SELECT t.bucket_from AS "bucketFrom", t.bucket_to AS "bucketTo", t.from_stage AS "fromStage", t.to_stage AS "toStage", t.entered_at AS "enteredAt", t.observed_at AS "observedAt", t.inferred FROM cluster_member m
     JOIN stage_transition t ON t.application_id = m.record_id WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY t.entered_at, t.observed_at`, [clusterId],
  );
}
