import { randomUUID } from 'node:crypto';
import { canonicalHash, type CanonicalValues, type ObjectName } from '#hub/canonical';
import { outwardDifference, type Member, type Pin } from '#hub/identity';
import { insertRows, type Column } from '#hub/persistence';
import { holdForReviews } from '../identity/review-holds.js';
import { loadParents, outwardContext, type ParentsOfClusters } from './load-parents.js';
import type { MergeScope } from '../inward/merge-clusters.js';
import type { StoredProvenance } from '../inward/provenance.js';
import type { StreamContext } from '../stream-context.js';

export interface GoldenMember extends Member {
  streamId: string;
  externalId: string;
  version: string | null;
  fetchSeq: string;
  deleted: boolean;
  /** When the hub last wrote to it; null: never. */
  writtenAt: string | null;
}
export interface GoldenCluster {
  id: string;
  object: ObjectName;
  ref: string | null;
  before: CanonicalValues;
  values: CanonicalValues;
  provenance: StoredProvenance;
  frozen: string[];
  gone: boolean;
  pins: Record<string, Pin>;
  members: GoldenMember[];
}
interface Planned {
  cluster: GoldenCluster;
  target: StreamContext;
  operation: 'create' | 'update';
  fields: string[];
  member?: GoldenMember;
}
interface Surroundings {
  parents: ParentsOfClusters;
  held: Map<string, HeldField[]>;
  writeIds: Map<string, string>;
  /** Keys of writes that were sent, or refused: the same is not planned again. */
  told: Set<string>;
  /** Clusters with writes that nobody has begun. */
  pending: string[];
}
interface HeldField {
  clusterId: string;
  field: string;
  connectionId: string;
  stage: string;
}

/** The batch may not write outward, and merging what these records belong to would. */
export class OutwardRefused extends Error {
  constructor(readonly records: readonly { streamId: string; externalId: string }[]) {
    super('writes outward were not confirmed');
  }
}

const column = (name: string, type: Column['type']): Column => ({ name, type });
const OUTBOX: Column[] = [
  column('id', 'uuid'),
  column('cluster_id', 'uuid'),
  column('connection_id', 'uuid'),
  column('stream_id', 'uuid'),
  column('record_id', 'uuid'),
  column('operation', 'text'),
  column('fields', 'text[]'),
  column('intended', 'jsonb'),
  column('write_key', 'uuid'),
  column('write_id', 'uuid'),
  column('base_version', 'text'),
  column('effect', 'text'),
  column('state', 'text'),
  column('external_id', 'text'),
];
const WRITE_IDENTITY: Column[] = [column('cluster_id', 'uuid'), column('connection_id', 'uuid'), column('write_id', 'uuid')];

/**
 * For every system that this object can be written to: what does golden say that the system was not told? Rows that were not sent yet
 * are replaced by what holds now; a row in flight is left alone, its confirmation plans again.
 */
export async function planOutward(scope: MergeScope, clusters: GoldenCluster[]): Promise<void> {
  const planned = clusters.filter((cluster) => scope.streams.targetsOf(cluster.object).length > 0 && !isPast(cluster, scope.now));
  if (planned.length === 0) return;
  const around = await loadSurroundings(scope, planned);
  const plans = planned.flatMap((cluster) =>
    scope.streams.targetsOf(cluster.object).flatMap((target) => planFor(scope, { cluster, target, around }) ?? []),
  );
  if (scope.inwardOnly && plans.length > 0) throw new OutwardRefused(plans.flatMap((plan) => plan.cluster.members));
  await supersedePending(scope, around.pending);
  await savePlans(scope, { plans, around });
}

function planFor(scope: MergeScope, input: { cluster: GoldenCluster; target: StreamContext; around: Surroundings }): Planned | undefined {
  const { cluster, target, around } = input;
  const members = cluster.members.filter((member) => member.streamId === target.streamId);
  // Of several in one system the eldest is told: the others are theirs to merge there.
  const live = members.find((member) => !member.deleted);
  const open = target.mapping.outward.filter((field) => !cluster.frozen.includes(field));
  if (!live) {
    if (members.length > 0 || cluster.gone || !shouldCreate(scope, input)) return undefined;
    return { cluster, target, operation: 'create', fields: open.filter((field) => field in cluster.values) };
  }
  if (!target.definition.push?.update) return undefined;
  const wanted = open.filter((field) => mayOverwrite(target, { member: live, field }));
  const differing = outwardDifference({ object: cluster.object, golden: cluster.values, bases: live.bases ?? {}, outwardFields: wanted });
  const held = around.held.get(cluster.id) ?? [];
  const fields = hidesWhatStandsThere(held, target)
    ? []
    : differing.filter((field) => !held.some((hold) => blocks(hold, { field, target })));
  if (fields.length < differing.length) scope.held(1);
  return fields.length === 0 ? undefined : { cluster, target, operation: 'update', fields, member: live };
}

/** What the field's `writePolicy` says to what stands there. A value that the hub did not write, or that changed since it did, is a person's. */
function mayOverwrite(target: StreamContext, { member, field }: { member: GoldenMember; field: string }): boolean {
  const policy = target.mapping.fields.find((rule) => rule.to === field)?.writePolicy ?? 'always';
  const there = member.values[field];
  if (policy === 'always' || there === undefined || there === null) return true;
  if (policy === 'ifBlank' || member.writtenAt === null) return false;
  return (member.fieldChangedAt?.[field] ?? '') <= member.writtenAt;
}

/** An open item holds the fields that depend on it; one about a write holds them only towards that system. */
function blocks(hold: HeldField, write: { field: string; target: StreamContext }): boolean {
  return (hold.field === '*' || hold.field === write.field) && (hold.stage !== 'push' || hold.connectionId === write.target.connection.id);
}

/** A whole record would put the value that was last understood in the place of one that is not. */
function hidesWhatStandsThere(held: HeldField[], target: StreamContext): boolean {
  const isUnread = ({ stage, connectionId, field }: HeldField): boolean =>
    stage === 'map' && connectionId === target.connection.id && target.mapping.outward.includes(field);
  return target.definition.push?.replaces === true && held.some(isUnread);
}

/** Whoever may be somebody that is there already is not created. */
function shouldCreate(scope: MergeScope, input: { cluster: GoldenCluster; target: StreamContext; around: Surroundings }): boolean {
  const { cluster, target, around } = input;
  if (
    target.definition.push?.create === undefined ||
    (around.held.get(cluster.id) ?? []).some((hold) => hold.stage === 'match' || blocks(hold, { field: '*', target }))
  )
    return false;
  const context = outwardContext({
    parents: around.parents.get(cluster.id),
    connectionId: target.connection.id,
    settings: target.connection.settings,
    writeId: '',
    ref: cluster.ref,
    now: scope.now,
  });
  return target.mapping.shouldCreate(cluster.values, context);
}

/** What is over is not written any more. */
function isPast(cluster: GoldenCluster, now: Date): boolean {
  const end = cluster.values.endsAt ?? cluster.values.startsAt;
  return cluster.object === 'interview' && typeof end === 'string' && Date.parse(end) < now.getTime();
}

async function loadSurroundings(scope: MergeScope, clusters: GoldenCluster[]): Promise<Surroundings> {
  const ids = clusters.map((cluster) => cluster.id);
  const rows = await scope.tx.query<Standing>(
    `SELECT c.id,
       (SELECT jsonb_agg(jsonb_build_object('clusterId', c.id, 'field', f, 'connectionId', e.connection_id, 'stage', e.stage)) FROM error_item e CROSS JOIN LATERAL unnest(e.held_fields) AS f
        WHERE e.cluster_id = c.id AND e.state NOT IN ('resolved', 'ignored', 'awaiting_proof', 'retrying') AND e.held_fields <> '{}') AS held,
       (SELECT jsonb_object_agg(w.connection_id, w.write_id) FROM (SELECT DISTINCT ON (connection_id) connection_id, write_id FROM write_identity WHERE cluster_id = c.id ORDER BY connection_id, generation DESC) w) AS "writeIds",
       o.told, coalesce(o.pending, false) AS pending
     FROM unnest($1::uuid[]) AS c (id) CROSS JOIN LATERAL (
       SELECT array_agg(write_key) FILTER (WHERE state NOT IN ('pending', 'held')) AS told, bool_or(state IN ('pending', 'held')) AS pending FROM outbox WHERE cluster_id = c.id AND state <> 'superseded') o`,
    [ids],
  );
  const reviewed = (await holdForReviews(scope, clusters)).map(({ clusterId, field = '' }): HeldField => ({
    clusterId,
    field,
    connectionId: '',
    stage: 'match',
  }));
  const byCluster = new Map<string, HeldField[]>();
  for (const hold of [...rows.flatMap(({ held }) => held ?? []), ...reviewed])
    byCluster.set(hold.clusterId, [...(byCluster.get(hold.clusterId) ?? []), hold]);
  return {
    parents: await loadParents(scope.tx, ids),
    held: byCluster,
    writeIds: new Map(
      rows.flatMap(({ id, writeIds }) =>
        Object.entries(writeIds ?? {}).map(([connectionId, writeId]) => [`${id}:${connectionId}`, writeId]),
      ),
    ),
    told: new Set(rows.flatMap(({ told }) => told ?? [])),
    pending: rows.flatMap(({ id, pending }) => (pending ? [id] : [])),
  };
}

interface Standing {
  id: string;
  held: HeldField[] | null;
  /** By connection. */
  writeIds: Record<string, string> | null;
  told: string[] | null;
  pending: boolean;
}

async function supersedePending(scope: MergeScope, clusterIds: string[]): Promise<void> {
  if (clusterIds.length > 0)
    await scope.tx.query(
      `UPDATE outbox SET state = 'superseded' WHERE cluster_id = ANY ($1) AND state IN ('pending', 'held') AND order_id IS NULL`,
      [clusterIds],
    );
}

async function savePlans(scope: MergeScope, input: { plans: Planned[]; around: Surroundings }): Promise<void> {
  await mintWriteIds(scope, input);
  const rows: unknown[][] = [];
  for (const plan of input.plans) {
    const writeId = input.around.writeIds.get(slotOf(plan)) ?? randomUUID();
    const intended = Object.fromEntries(plan.fields.map((field) => [field, plan.cluster.values[field] ?? null]));
    const baseVersion = plan.member ? (plan.member.version ?? plan.member.fetchSeq) : null;
    const writeKey = canonicalHash([plan.member?.recordId ?? writeId, [...plan.fields].sort(), baseVersion, intended]);
    if (input.around.told.has(writeKey)) continue;
    const effect = plan.target.definition.push?.effect ?? 'silent';
    const state = plan.target.connection.allowedEffects.includes(effect) ? 'pending' : 'held';
    rows.push([
      randomUUID(),
      plan.cluster.id,
      plan.target.connection.id,
      plan.target.streamId,
      plan.member?.recordId ?? null,
      plan.operation,
      plan.fields,
      intended,
      writeKey,
      writeId,
      baseVersion,
      effect,
      state,
      plan.member?.externalId ?? null,
    ]);
    if (state === 'held') scope.held(1);
    else scope.wanted.push({ kind: 'push', connectionId: plan.target.connection.id });
  }
  await insertRows(scope.tx, 'outbox', {
    columns: OUTBOX,
    rows,
    conflict: `ON CONFLICT (tenant_id, write_key) WHERE state <> 'superseded' DO NOTHING`,
  });
}

/** One write id per record and target, minted with the first create intent and kept whatever the values become. */
async function mintWriteIds(scope: MergeScope, input: { plans: Planned[]; around: Surroundings }): Promise<void> {
  const fresh = input.plans.filter((plan) => plan.operation === 'create' && !input.around.writeIds.has(slotOf(plan)));
  for (const plan of fresh) input.around.writeIds.set(slotOf(plan), randomUUID());
  await insertRows(scope.tx, 'write_identity', {
    columns: WRITE_IDENTITY,
    rows: fresh.map((plan) => [plan.cluster.id, plan.target.connection.id, input.around.writeIds.get(slotOf(plan))]),
  });
}

function slotOf(plan: Planned): string {
  return `${plan.cluster.id}:${plan.target.connection.id}`;
}
