import type { CanonicalValues } from '#hub/canonical';
import { PERSON_SOURCES, type Node, type PairDecision, type PairLink, type Person, type Placed, type Verdict } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import { utcText } from './restore-claims.js';

// Everything here starts from ids and looks up from there, in LATERAL steps behind OFFSET 0: under row-level security the planner takes a
// table that was not analysed yet for one of a single row, and would rather multiply two of them.

/**
 * The part of a record's values that matching reads. What we wrote to its system while it was merged with somebody else is not its own word:
 * two records would go on being one because they once were.
 */
export const PERSON_VALUES = `jsonb_strip_nulls(jsonb_build_object(${PERSON_SOURCES.map((field) => `'${field}', s.values -> '${field}'`).join(', ')})
  || coalesce((SELECT jsonb_object_agg(field, value) FROM restored_claim WHERE tenant_id = s.tenant_id AND record_id = s.id AND released_at IS NULL AND coalesce(s.values -> field, 'null') = instead_of), '{}'))`;
/** Names a record in a way that no order of arrival changes. */
export const PERSON_ORDER = `s.stream_id || ':' || s.external_id`;
/** SQL: the cluster that a record is in now. */
export const clusterNow = (tenant: string, record: string): string =>
  `(SELECT cluster_id FROM cluster_member WHERE tenant_id = ${tenant} AND record_id = ${record} AND valid_to IS NULL OFFSET 0)`;

/** SQL: nobody has decided about this pair since. */
export const isLatest = (
  decision: string,
): string => `NOT EXISTS (SELECT FROM decision l WHERE l.tenant_id = ${decision}.tenant_id AND l.record_a = ${decision}.record_a AND l.record_b = ${decision}.record_b
  AND (l.decided_at > ${decision}.decided_at OR (l.decided_at = ${decision}.decided_at AND l.id < ${decision}.id)))`;

/** A record as far as grouping and scoring go. */
export type PersonNode = Node & Person & Placed;

type NodeRow = Omit<PersonNode, 'clusterId'> & { clusterId: string | null; values: CanonicalValues };
const NODE = `s.id AS "recordId", ${PERSON_ORDER} AS order, s.connection_id AS "connectionId", c.system_of_record AS "systemOfRecord", s.deleted_at IS NULL AS live,
  m.cluster_id AS "clusterId", ${utcText('s.created_at')} AS "createdAt", ${PERSON_VALUES} AS values`;
const AROUND = `CROSS JOIN LATERAL (SELECT system_of_record FROM connection WHERE tenant_id = s.tenant_id AND id = s.connection_id OFFSET 0) c
  LEFT JOIN LATERAL ${clusterNow('s.tenant_id', 's.id')} m ON true`;

/** The candidates among these records. */
export async function loadNodes(tx: TenantTx, ids: string[]): Promise<PersonNode[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query<NodeRow>(`SELECT ${NODE} FROM source_record s ${AROUND} WHERE s.id = ANY ($1) AND s.object = 'candidate'`, [
    ids,
  ]);
  return rows.map(nodeOf);
}

function nodeOf({ clusterId, ...row }: NodeRow): PersonNode {
  return { ...row, ...(clusterId === null ? {} : { clusterId }) };
}

export interface Component {
  nodes: PersonNode[];
  links: PairLink[];
  /** The one that holds now, of each pair. */
  decisions: PairDecision[];
}
interface ComponentRow extends NodeRow {
  links: [other: string, score: number][] | null;
  decisions: [other: string, verdict: Verdict][] | null;
}

/** Everybody who hangs together with these records, or with the members of these clusters, by pairs that merge, by what people said, or by being one now. */
export async function loadComponent(tx: TenantTx, { ids, clusterIds }: { ids: string[]; clusterIds: string[] }): Promise<Component> {
  if (ids.length + clusterIds.length === 0) return { nodes: [], links: [], decisions: [] };
  const rows = await tx.query<ComponentRow>(
    `WITH RECURSIVE reached (id) AS (
       SELECT id FROM (SELECT unnest($1::uuid[]) AS id UNION SELECT record_id FROM cluster_member WHERE cluster_id = ANY ($2) AND valid_to IS NULL) seed
       UNION
       SELECT near.id FROM reached r CROSS JOIN LATERAL (
         SELECT record_b AS id FROM edge WHERE record_a = r.id AND band = 'auto' UNION ALL SELECT record_a FROM edge WHERE record_b = r.id AND band = 'auto'
         UNION ALL SELECT record_b FROM decision d WHERE record_a = r.id AND verdict = 'same' AND ${isLatest('d')}
         UNION ALL SELECT record_a FROM decision d WHERE record_b = r.id AND verdict = 'same' AND ${isLatest('d')}
         UNION ALL SELECT o.record_id FROM ${clusterNow('$3::uuid', 'r.id')} mine CROSS JOIN LATERAL (SELECT record_id FROM cluster_member WHERE cluster_id = mine.cluster_id AND valid_to IS NULL OFFSET 0) o
       ) near)
     SELECT ${NODE}, (SELECT jsonb_agg(jsonb_build_array(record_b, weight)) FROM edge WHERE tenant_id = s.tenant_id AND record_a = s.id AND band = 'auto') AS links,
       (SELECT jsonb_agg(jsonb_build_array(d.record_b, d.verdict)) FROM decision d WHERE d.tenant_id = s.tenant_id AND d.record_a = s.id AND ${isLatest('d')}) AS decisions
     FROM reached CROSS JOIN LATERAL (SELECT * FROM source_record WHERE tenant_id = $3 AND id = reached.id AND object = 'candidate' OFFSET 0) s ${AROUND}`,
    [ids, clusterIds, tx.tenantId],
  );
  return {
    nodes: rows.map(({ links: _, decisions: __, ...row }) => nodeOf(row)),
    links: rows.flatMap(({ recordId: a, links }) => (links ?? []).map(([b, score]) => ({ a, b, score, auto: true }))),
    decisions: rows.flatMap(({ recordId: a, decisions }) => (decisions ?? []).map(([b, verdict]) => ({ a, b, verdict }))),
  };
}

/** The decision that holds now for each pair of these records. */
export async function loadDecisions(tx: TenantTx, ids: string[]): Promise<PairDecision[]> {
  if (ids.length === 0) return [];
  return tx.query<PairDecision>(
    `SELECT DISTINCT ON (record_a, record_b) record_a AS a, record_b AS b, verdict FROM
       (SELECT * FROM decision WHERE record_a = ANY ($1) UNION SELECT * FROM decision WHERE record_b = ANY ($1)) d ORDER BY record_a, record_b, decided_at DESC, id`,
    [ids],
  );
}

/** The cluster that a stored record is in now. */
export async function clusterOfRecord(tx: TenantTx, recordId: string): Promise<string> {
  const [row] = await tx.query<{ id: string }>(`SELECT cluster_id AS id FROM cluster_member WHERE record_id = $1 AND valid_to IS NULL`, [
    recordId,
  ]);
  return row.id;
}

/** Every record of these clusters, and its cluster. */
export async function loadCompanions(tx: TenantTx, clusterIds: string[]): Promise<Map<string, string>> {
  if (clusterIds.length === 0) return new Map();
  const rows = await tx.query<{ id: string; cluster: string }>(
    `SELECT record_id AS id, cluster_id AS cluster FROM cluster_member WHERE cluster_id = ANY ($1) AND valid_to IS NULL`,
    [[...new Set(clusterIds)]],
  );
  return new Map(rows.map((row) => [row.id, row.cluster]));
}
