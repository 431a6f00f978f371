import type { CanonicalValues } from '#hub/canonical';
import type { OutwardContext, ParentRole } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';

interface Link {
  child: string;
  role: ParentRole;
  cluster: string;
  ref: string | null;
  values: CanonicalValues;
}
interface OutwardParent {
  clusterId: string;
  ref?: string;
  values: CanonicalValues;
  externalIds: Map<string, string>;
}
/** Child cluster → role → parent, with the parent's external id per connection. */
export type ParentsOfClusters = Map<string, Map<ParentRole, OutwardParent>>;

/** Parents and theirs (an interview's application, and so its candidate and job); the nearest holder of a role wins. */
export async function loadParents(tx: TenantTx, clusterIds: string[]): Promise<ParentsOfClusters> {
  const near = await linksOf(tx, clusterIds);
  const far = await linksOf(tx, [...new Set(near.map((link) => link.cluster))]);
  const externalIds = await externalIdsOf(tx, [...new Set([...near, ...far].map((link) => link.cluster))]);
  const parents: ParentsOfClusters = new Map();
  const add = (child: string, link: Link): void => {
    const roles = parents.get(child) ?? new Map<ParentRole, OutwardParent>();
    if (!roles.has(link.role))
      roles.set(link.role, {
        clusterId: link.cluster,
        ref: link.ref ?? undefined,
        values: link.values,
        externalIds: externalIds.get(link.cluster) ?? new Map(),
      });
    parents.set(child, roles);
  };
  const farOf = new Map<string, Link[]>();
  for (const link of far) farOf.set(link.child, [...(farOf.get(link.child) ?? []), link]);
  for (const link of near) add(link.child, link);
  for (const link of near) for (const further of farOf.get(link.cluster) ?? []) add(link.child, further);
  return parents;
}

/** What a mapping may read of a record's surroundings when it writes to one connection. */
export function outwardContext(input: {
  parents?: Map<ParentRole, OutwardParent>;
  connectionId: string;
  settings: Record<string, unknown>;
  writeId: string;
  ref: string | null;
  now: Date;
}): OutwardContext {
  const parents: OutwardContext['parents'] = {};
  for (const [role, parent] of input.parents ?? [])
    parents[role] = { externalId: parent.externalIds.get(input.connectionId), ref: parent.ref, values: parent.values };
  return { settings: input.settings, now: input.now, writeId: input.writeId, ref: input.ref ?? parents.application?.ref, parents };
}

async function linksOf(tx: TenantTx, clusterIds: string[]): Promise<Link[]> {
  if (clusterIds.length === 0) return [];
  // In steps behind OFFSET 0: on tables that were not analysed yet the planner would rather multiply them.
  return tx.query<Link>(
    `SELECT DISTINCT ON (m.cluster_id, p.role) m.cluster_id AS child, p.role, c.id AS cluster, c.ref, c.values
     FROM cluster_member m CROSS JOIN LATERAL (SELECT * FROM record_parent WHERE tenant_id = m.tenant_id AND record_id = m.record_id OFFSET 0) p
     CROSS JOIN LATERAL (SELECT * FROM cluster_member WHERE tenant_id = p.tenant_id AND record_id = p.parent_id AND valid_to IS NULL OFFSET 0) pm
     CROSS JOIN LATERAL (SELECT * FROM cluster WHERE tenant_id = pm.tenant_id AND id = pm.cluster_id OFFSET 0) c
     WHERE m.cluster_id = ANY ($1) AND m.valid_to IS NULL ORDER BY m.cluster_id, p.role, m.valid_from`,
    [clusterIds],
  );
}

async function externalIdsOf(tx: TenantTx, clusterIds: string[]): Promise<Map<string, Map<string, string>>> {
  const found = new Map<string, Map<string, string>>();
  if (clusterIds.length === 0) return found;
  const rows = await tx.query<{ cluster_id: string; connection_id: string; external_id: string }>(
    `SELECT m.cluster_id, s.connection_id, s.external_id FROM cluster_member m CROSS JOIN LATERAL (SELECT * FROM source_record WHERE tenant_id = m.tenant_id AND id = m.record_id OFFSET 0) s
     WHERE m.cluster_id = ANY ($1) AND m.valid_to IS NULL AND s.deleted_at IS NULL ORDER BY s.created_at DESC, s.id`,
    [clusterIds],
  );
  for (const row of rows) {
    const byConnection = found.get(row.cluster_id) ?? new Map<string, string>();
    byConnection.set(row.connection_id, row.external_id);
    found.set(row.cluster_id, byConnection);
  }
  return found;
}
