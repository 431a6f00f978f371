import { parseRef, type CanonicalValues, type ObjectName } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { expandProvenance, type StoredProvenance } from '#hub/sync';
import { notFound, Problem } from '../problems/problem.js';
import { MASK, maskValues, maySee, type Sight } from './mask.js';
import { childrenOf, conflictsOf, filesOf, heldOf, openItemsOf, outboxOf, parentsOf, transitionsOf } from './record-parts.js';
import type { FieldView, ProvenanceView, RecordQuery, RecordView } from './record.view.js';

export interface Cluster {
  id: string;
  object: ObjectName;
  ref: string | null;
  values: CanonicalValues;
  provenance: StoredProvenance;
  frozen: string[] | null;
  deleted_at: Date | null;
  updated_at: Date;
  erased_at: Date | null;
  redirected_from?: string;
}
const CLUSTER = 'c.id, c.object, c.ref, c.values, c.provenance, c.frozen, c.deleted_at, c.updated_at, c.erased_at';

/** The cluster that a reference number names, through any redirects. @throws Problem 422 for a number whose check character does not fit, 404 for none, 410 for somebody who was erased. */
export async function clusterByRef(tx: TenantTx, text: string): Promise<Cluster> {
  const ref = parseRef(text);
  if (!ref)
    throw new Problem(422, 'INVALID_REFERENCE', 'this is no valid reference number: its check character does not fit', [
      { pointer: '/ref', code: 'check', detail: 'look at the number again' },
    ]);
  const [row] = await tx.query<Cluster & { named: string }>(
    `SELECT ${CLUSTER}, n.ref AS named FROM cluster n LEFT JOIN cluster_redirect r ON r.tenant_id = n.tenant_id AND r.old_id = n.id
     JOIN cluster c ON c.tenant_id = n.tenant_id AND c.id = coalesce(r.new_id, n.id) WHERE n.ref = $1`,
    [ref.ref],
  );
  if (!row) throw notFound('record');
  if (row.erased_at) throw new Problem(410, 'ERASED', `${ref.ref} was erased at ${row.erased_at.toISOString()}`);
  return { ...row, redirected_from: row.named === row.ref ? undefined : row.named };
}

/** The cluster that holds a vendor's record now. An id that was merged away at its vendor is followed. @throws Problem 404 */
export async function clusterBySource(tx: TenantTx, query: RecordQuery): Promise<Cluster> {
  const [row] = await tx.query<Cluster>(
    `SELECT ${CLUSTER} FROM stream t LEFT JOIN source_alias a ON a.tenant_id = t.tenant_id AND a.stream_id = t.id AND a.external_id = $3
       JOIN source_record s ON s.tenant_id = t.tenant_id AND s.stream_id = t.id AND (s.id = a.record_id OR (a.record_id IS NULL AND s.external_id = $3))
       JOIN cluster_member m ON m.tenant_id = s.tenant_id AND m.record_id = s.id AND m.valid_to IS NULL JOIN cluster c ON c.tenant_id = m.tenant_id AND c.id = m.cluster_id
     WHERE t.connection_id = $1 AND t.object = $2`,
    [query.connection, query.object, query.externalId],
  );
  if (!row) throw notFound('record');
  return row;
}

/** One record with where every value comes from. */
export async function readRecord(tx: TenantTx, cluster: Cluster, sight: Sight): Promise<RecordView> {
  const sources = await sourcesOf(tx, cluster.id);
  return {
    ref: cluster.ref,
    redirectedFrom: cluster.redirected_from ?? null,
    id: cluster.id,
    object: cluster.object,
    values: maskValues(sight, cluster.object, cluster.values),
    provenance: Object.fromEntries(Object.keys(cluster.values).map((field) => [field, provenanceOf(cluster, sources, field).view])),
    frozen: cluster.frozen ?? [],
    deletedAt: cluster.deleted_at,
    updatedAt: cluster.updated_at,
    sources: sources.map(({ values: _, mappingVersion, mapping, ...source }) => ({
      ...source,
      mapping: `${mapping} version ${mappingVersion}`,
    })),
    files: await filesOf(tx, cluster.id),
    parents: await parentsOf(tx, cluster.id),
    children: await childrenOf(tx, cluster.id),
    openItems: await openItemsOf(tx, cluster.id),
    held: await heldOf(tx, cluster.id),
    conflicts: await conflictsOf(tx, cluster.id),
    transitions: await transitionsOf(tx, cluster.id),
    outbox: await outboxOf(tx, cluster.id),
  };
}

/** "Why this value?": the winner, its rule, and what the others said. @throws Problem 404 when the record has no such field */
export async function readField(tx: TenantTx, cluster: Cluster, { field, sight }: { field: string; sight: Sight }): Promise<FieldView> {
  if (!Object.hasOwn(cluster.values, field)) throw notFound('field on this record');
  const sources = await sourcesOf(tx, cluster.id);
  const { view, recordId } = provenanceOf(cluster, sources, field);
  const masked = !maySee(sight, cluster.object, field);
  const shown = (value: unknown): unknown => (masked && value !== null ? MASK : value);
  const others = sources
    .filter((source) => source.recordId !== recordId && Object.hasOwn(source.values, field))
    .map((source) => ({
      connection: source.connection,
      externalId: source.externalId,
      value: shown(source.values[field]),
      changedAt: source.changedAt,
    }));
  return { field, value: shown(cluster.values[field]), masked, ...view, others };
}

interface Source {
  recordId: string;
  connection: string;
  connectionId: string;
  stream: string;
  externalId: string;
  values: CanonicalValues;
  changedAt: Date;
  deletedAt: Date | null;
  mapping: string;
  mappingVersion: number;
}

function sourcesOf(tx: TenantTx, clusterId: string): Promise<Source[]> {
  return tx.query<Source>(
    `SELECT s.id AS "recordId", c.name AS connection, c.id AS "connectionId", t.name AS stream, s.external_id AS "externalId", s.values, s.changed_at AS "changedAt", s.deleted_at AS "deletedAt", s.mapping,
       s.mapping_version AS "mappingVersion"
     FROM cluster_member m JOIN source_record s ON s.tenant_id = m.tenant_id AND s.id = m.record_id JOIN connection c ON c.id = s.connection_id JOIN stream t ON t.id = s.stream_id
     WHERE m.cluster_id = $1 AND m.valid_to IS NULL ORDER BY s.created_at, s.id`,
    [clusterId],
  );
}

function provenanceOf(cluster: Cluster, sources: Source[], field: string): { view: ProvenanceView; recordId?: string } {
  const origin = expandProvenance(cluster.values, cluster.provenance)[field];
  const source = sources.find((one) => one.recordId === origin?.record);
  const connection = source?.connection ?? 'a former source';
  const rule = origin?.rule ?? 'unknown';
  const why = cluster.frozen?.includes(field)
    ? 'frozen: two sides changed it and nobody has decided yet'
    : `${connection} said it, and the rule for ${field} is "${rule}"`;
  const mapping = source ? `${source.mapping} version ${source.mappingVersion}` : null;
  return {
    view: { connection, externalId: source?.externalId ?? null, mapping, rule, at: origin?.at ?? null, why },
    recordId: origin?.record,
  };
}
