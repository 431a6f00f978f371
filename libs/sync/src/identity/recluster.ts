import { randomUUID } from 'node:crypto';
import { mintRef } from '#hub/canonical';
import { partition, PeopleScorer, type PairDecision, type PairLink, type Partition, stableIds } from '#hub/identity';
import { joinRows, type Column, type TenantTx } from '#hub/persistence';
import { moveRecords, type Move } from './move-records.js';
import { loadComponent, type PersonNode } from './people-nodes.js';
import { endPartedConflicts } from './part-conflicts.js';
import { restoreClaims } from './restore-claims.js';
import type { PeopleModel } from './people-model.js';

/** Why groups change: an arrival, a person's decision, a new model. */
export interface Cause {
  cause: string;
  causeId?: string;
  actorId?: string;
  reason?: string;
  /** The event that this one takes back. */
  undoOf?: string;
}
/** A record that the batch brings; `clusterId` where its own write or its reference number says whose it is. */
export interface Arrived {
  recordId: string;
  clusterId?: string;
}
export interface Regrouped {
  /** Cluster of every record that was looked at; one that is in `born` does not exist yet. */
  clusterOf: Map<string, string>;
  /** Arrivals whose joining of others is on record. */
  attached: Set<string>;
  born: Set<string>;
  /** Clusters that gained or lost a record and exist. */
  changed: Set<string>;
  doubts: Map<string, string>;
  /** Records whose groups were looked at. */
  looked: string[];
}

/**
 * Groups the touched component anew, and moves what has to move: records between clusters, ids to redirects, and former ids back to who
 * had them. The caller holds the lock on candidates and merges `changed` afterwards.
 */
export async function recluster(
  tx: TenantTx,
  input: { touched: Iterable<string>; arrivals: readonly Arrived[]; model: PeopleModel; cause: Cause },
): Promise<Regrouped> {
  const arrivals = new Map(input.arrivals.map((one) => [one.recordId, one]));
  const clusterIds = input.arrivals.flatMap(({ clusterId }) => clusterId ?? []);
  const { nodes: members, links, decisions } = await loadComponent(tx, { ids: [...new Set(input.touched)], clusterIds });
  const nodes = new Map(members.map((node) => [node.recordId, withClaim(node, arrivals)]));
  const grouped = groupsOf([...nodes.values()], { links, decisions, model: input.model });
  return settleGroups(tx, { nodes, arrivals, grouped, cause: input.cause });
}

function groupsOf(
  nodes: PersonNode[],
  { links, decisions, model }: { links: PairLink[]; decisions: PairDecision[]; model: PeopleModel },
): Partition {
  let scorer: PeopleScorer | undefined;
  const score = (a: string, b: string): number => {
    scorer ??= new PeopleScorer(nodes, model);
    return scorer.score(a, b);
  };
  return partition({ nodes, links, decisions, score });
}

/** What an arrival's own write or reference number says of its cluster, before it is a member of any. */
function withClaim(node: PersonNode, arrivals: Map<string, Arrived>): PersonNode {
  const clusterId = node.clusterId ?? arrivals.get(node.recordId)?.clusterId;
  return { ...node, ...(clusterId === undefined ? {} : { clusterId }) };
}

interface Settling {
  nodes: Map<string, PersonNode>;
  arrivals: Map<string, Arrived>;
  grouped: Partition;
  cause: Cause;
}
interface Target {
  clusterId: string;
  members: PersonNode[];
  kind: 'kept' | 'restored' | 'new' | 'born';
}

async function settleGroups(tx: TenantTx, { nodes, arrivals, grouped, cause }: Settling): Promise<Regrouped> {
  const groups = grouped.groups.map((ids) => ids.map((id) => nodes.get(id) as PersonNode));
  const { kept, retired } = stableIds(groups);
  const targets: Target[] = [];
  for (const [at, group] of groups.entries()) targets.push(await targetOf(tx, { group, kept: kept[at], arrivals }));
  const result: Regrouped = {
    clusterOf: new Map(),
    attached: new Set(),
    born: new Set(),
    changed: new Set(),
    doubts: grouped.doubts,
    looked: [...nodes.keys()],
  };
  await endPartedConflicts(tx, groups);
  await restoreClaims(
    tx,
    groups.map((group) => group.filter(({ recordId }) => !arrivals.has(recordId))),
  );
  for (const target of targets) await openCluster(tx, target);
  const filled = targets.map((target) => fillCluster(target, { arrivals, result }));
  await moveRecords(
    tx,
    filled.flatMap(({ moves }) => moves),
  );
  await recordEvents(
    tx,
    filled.flatMap(({ event }) => event ?? []),
    cause,
  );
  for (const [oldId, group] of retired) await retireCluster(tx, { oldId, newId: targets[group].clusterId, result });
  return result;
}

async function targetOf(
  tx: TenantTx,
  { group, kept, arrivals }: { group: PersonNode[]; kept?: string; arrivals: Map<string, Arrived> },
): Promise<Target> {
  if (kept !== undefined) return { clusterId: kept, members: group, kind: 'kept' };
  if (group.every(({ recordId }) => arrivals.has(recordId))) return { clusterId: randomUUID(), members: group, kind: 'born' };
  const former = await formerCluster(tx, group);
  return { clusterId: former ?? randomUUID(), members: group, kind: former === undefined ? 'new' : 'restored' };
}

/** The redirected id all of whose last members are in this group: they get it back. */
async function formerCluster(tx: TenantTx, group: PersonNode[]): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    `SELECT r.old_id AS id FROM cluster_redirect r CROSS JOIN LATERAL
       (SELECT array_agg(m.record_id) AS records, max(m.valid_to) AS until FROM cluster_member m WHERE m.tenant_id = r.tenant_id AND m.cluster_id = r.old_id
          AND m.valid_to = (SELECT max(l.valid_to) FROM cluster_member l WHERE l.tenant_id = r.tenant_id AND l.cluster_id = r.old_id)) last
     WHERE r.new_id = ANY ($1) AND last.records <@ $2::uuid[] ORDER BY last.until DESC, r.old_id LIMIT 1`,
    [group.flatMap(({ clusterId }) => clusterId ?? []), group.map(({ recordId }) => recordId)],
  );
  return row?.id;
}

async function openCluster(tx: TenantTx, { clusterId, kind }: Target): Promise<void> {
  if (kind === 'restored') {
    await tx.query(`DELETE FROM cluster_redirect WHERE old_id = $1`, [clusterId]);
    await tx.query(`UPDATE cluster SET deleted_at = NULL, provenance = '{}', frozen = NULL WHERE id = $1`, [clusterId]);
  }
  if (kind === 'new') {
    const [tenant] = await tx.query<{ ref_prefix: string | null }>(`SELECT ref_prefix FROM tenant`);
    const ref = mintRef('C', { clientPrefix: tenant?.ref_prefix ?? undefined });
    await tx.query(`INSERT INTO cluster (tenant_id, id, object, ref, values, provenance) VALUES ($1, $2, 'candidate', $3, '{}', '{}')`, [
      tx.tenantId,
      clusterId,
      ref,
    ]);
  }
}

/** Says which records come into the cluster, and what that is called. */
function fillCluster(
  { clusterId, members, kind }: Target,
  { arrivals, result }: { arrivals: Map<string, Arrived>; result: Regrouped },
): { moves: Move[]; event?: IdentityEvent } {
  const fresh = members.filter(({ recordId }) => arrivals.has(recordId));
  const moved = members.filter((one) => !arrivals.has(one.recordId) && one.clusterId !== clusterId);
  const moves = moved.map(({ recordId }) => ({ recordId, clusterId }));
  for (const { recordId } of members) result.clusterOf.set(recordId, clusterId);
  if (kind === 'born') result.born.add(clusterId);
  else if (fresh.length + moved.length > 0) result.changed.add(clusterId);
  const sides = new Set(members.map((one) => one.clusterId ?? one.recordId));
  if (moved.length === 0 && (fresh.length === 0 || sides.size < 2)) return { moves };
  for (const { recordId } of fresh) result.attached.add(recordId);
  const from = [...new Set(moved.map((one) => one.clusterId as string))];
  for (const id of from) result.changed.add(id);
  if (moved.length === 0) return { moves, event: { kind: 'attach', inputs: fresh.map(({ recordId }) => recordId), outputs: [clusterId] } };
  const known = members.length > fresh.length + moved.length;
  const joined = known || from.length > 1 || fresh.length > 0;
  return { moves, event: { kind: joined ? 'merge' : 'split', inputs: [...from, ...(known ? [clusterId] : [])], outputs: [clusterId] } };
}

interface IdentityEvent {
  kind: string;
  inputs: string[];
  outputs: string[];
}
const EVENT: Column[] = [
  { name: 'id', type: 'uuid' },
  { name: 'kind', type: 'text' },
  { name: 'inputs', type: 'uuid[]' },
  { name: 'outputs', type: 'uuid[]' },
];

/** In their order, also among those of one transaction. */
async function recordEvents(tx: TenantTx, events: IdentityEvent[], cause: Cause): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ kind, inputs, outputs }) => [randomUUID(), kind, inputs, outputs]);
  const { sql, parameters } = await joinRows(tx, { name: 'happened', at: 7, columns: EVENT, rows });
  await tx.query(
    `INSERT INTO identity_event (tenant_id, id, kind, inputs, outputs, cause, cause_id, undo_of, actor_id, reason, at)
     SELECT $1, id, kind, inputs, outputs, $2, $3::uuid, $4::uuid, $5, $6, clock_timestamp() FROM ${sql}`,
    [tx.tenantId, cause.cause, cause.causeId ?? null, cause.undoOf ?? null, cause.actorId ?? null, cause.reason ?? null, ...parameters],
  );
}

/** A cluster that lost its last record becomes a redirect. */
async function retireCluster(tx: TenantTx, { oldId, newId, result }: { oldId: string; newId: string; result: Regrouped }): Promise<void> {
  await tx.query(`UPDATE cluster_redirect SET new_id = $2 WHERE new_id = $1`, [oldId, newId]);
  await tx.query(
    `INSERT INTO cluster_redirect (tenant_id, old_id, new_id) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, old_id) DO UPDATE SET new_id = excluded.new_id`,
    [tx.tenantId, oldId, newId],
  );
  await tx.query(`UPDATE cluster SET deleted_at = now() WHERE id = $1`, [oldId]);
  // A merge that a person approved is of records, wherever they are now.
  await tx.query(`UPDATE outbox SET cluster_id = $2 WHERE cluster_id = $1 AND operation = 'merge' AND state = 'pending'`, [oldId, newId]);
  await tx.query(`UPDATE outbox SET state = 'superseded' WHERE cluster_id = $1 AND state IN ('pending', 'held')`, [oldId]);
  result.changed.delete(oldId);
}
