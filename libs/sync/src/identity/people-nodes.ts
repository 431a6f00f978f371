import type { CanonicalValues } from '#hub/canonical';
import { PERSON_SOURCES, type Node, type PairDecision, type Person, type Placed } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import { utcText } from './restore-claims.js';

// Everything here starts from ids and looks up from there, in LATERAL steps behind OFFSET 0: under row-level security the planner takes a
// table that was not analysed yet for one of a single row, and would rather multiply two of them.

/** The part of a record's values that matching reads. */
export const PERSON_VALUES = `jsonb_strip_nulls(jsonb_build_object(${PERSON_SOURCES.map((field) => `'${field}', s.values -> '${field}'`).join(', ')}))`;
/** Names a record in a way that no order of arrival changes. */
export const PERSON_ORDER = `s.stream_id || ':' || s.external_id`;
/** SQL: the cluster that a record is in now. */
export const clusterNow = (tenant: string, record: string): string =>
  `(SELECT cluster_id FROM cluster_member WHERE tenant_id = ${tenant} AND record_id = ${record} AND valid_to IS NULL OFFSET 0)`;

/** A record as far as grouping and scoring go. */
export type PersonNode = Node & Person & Placed;

/** The candidates among these records. */
export async function loadNodes(tx: TenantTx, ids: string[]): Promise<PersonNode[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query<Omit<PersonNode, 'clusterId'> & { clusterId: string | null; values: CanonicalValues }>(
    `SELECT s.id AS "recordId", ${PERSON_ORDER} AS order, s.connection_id AS "connectionId", c.system_of_record AS "systemOfRecord", s.deleted_at IS NULL AS live,
       m.cluster_id AS "clusterId", ${utcText('s.created_at')} AS "createdAt", ${PERSON_VALUES} AS values
     FROM source_record s CROSS JOIN LATERAL (SELECT system_of_record FROM connection WHERE tenant_id = s.tenant_id AND id = s.connection_id OFFSET 0) c
     LEFT JOIN LATERAL ${clusterNow('s.tenant_id', 's.id')} m ON true WHERE s.id = ANY ($1) AND s.object = 'candidate'`,
    [ids],
  );
  return rows.map(({ clusterId, ...row }) => ({ ...row, ...(clusterId === null ? {} : { clusterId }) }));
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

/** Every record of these clusters, and its cluster. */
export async function loadCompanions(tx: TenantTx, clusterIds: string[]): Promise<Map<string, string>> {
  if (clusterIds.length === 0) return new Map();
  const rows = await tx.query<{ id: string; cluster: string }>(
    `SELECT record_id AS id, cluster_id AS cluster FROM cluster_member WHERE cluster_id = ANY ($1) AND valid_to IS NULL`,
    [[...new Set(clusterIds)]],
  );
  return new Map(rows.map((row) => [row.id, row.cluster]));
}
