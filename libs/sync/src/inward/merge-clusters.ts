import { canonicalEquals, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import { mergeRecord, type Base, type Member } from '#hub/identity';
import { insertRows, joinRows, type Column, type TenantTx } from '#hub/persistence';
import type { BatchWork } from './batch-work.js';
import type { Hub } from '../hub.js';
import { loadBases } from '../outward/load-bases.js';
import { planOutward, type GoldenCluster, type GoldenMember } from '../outward/plan-outward.js';
import { claimsOfRow, OVERRIDES, pinsOfRow, type OverrideColumns } from './load-overrides.js';
import { compactProvenance, expandProvenance, type StoredProvenance } from './provenance.js';
import { saveTransitions } from './save-transitions.js';
import type { TenantStreams } from '../stream-context.js';
import type { WantedRun } from './batch-work.js';

const column = (name: string, type: Column['type']): Column => ({ name, type });
const CHANGE: Column[] = [column('id', 'uuid'), column('values', 'jsonb'), column('provenance', 'jsonb'), column('gone', 'boolean')];
const BASE: Column[] = [column('record_id', 'uuid'), column('field', 'text'), column('ours', 'jsonb'), column('theirs', 'jsonb')];

export interface MergeScope {
  tx: TenantTx;
  hub: Hub;
  streams: TenantStreams;
  now: Date;
  wanted: WantedRun[];
  held: (count: number) => void;
  /** True where a person chose the record's value: its system does not hold it yet, so its base stays. */
  chosen?: (recordId: string, field: string) => boolean;
  /** Plans are refused instead of stored. */
  inwardOnly?: boolean;
}

/** Merges what the batch touched; see `remergeClusters`. */
export async function mergeClusters(work: BatchWork, clusterIds: string[]): Promise<void> {
  await saveTransitions(work);
  const { tx, hub, now, wanted } = work;
  const corrected = new Map(work.items.map((item) => [item.recordId, item.prepared.corrected ?? []]));
  const chosen = (recordId: string, field: string): boolean => corrected.get(recordId)?.includes(field) ?? false;
  const held = (count: number): void => void (work.totals.held += count);
  await remergeClusters({ tx, hub, streams: work.batch.streams, now, wanted, held, chosen, inwardOnly: work.batch.inwardOnly }, clusterIds);
}

/**
 * Computes golden values anew from the members of each cluster, and plans what must be written outward so that every linked
 * system comes to hold them. A merge that changes no field plans nothing: loops die here.
 */
export async function remergeClusters(scope: MergeScope, clusterIds: string[]): Promise<void> {
  if (clusterIds.length === 0) return;
  const clusters = await loadGolden(scope, clusterIds);
  const changed = clusters.filter((cluster) => mergeOne(scope, cluster));
  if (changed.length > 0) await saveGolden(scope.tx, changed);
  await rememberAgreement(scope, clusters);
  await planOutward(scope, clusters);
}

interface Row extends OverrideColumns {
  cluster_id: string;
  object: GoldenCluster['object'];
  ref: string | null;
  values: CanonicalValues;
  provenance: StoredProvenance;
  frozen: string[] | null;
  cluster_deleted: Date | null;
  stream_id: string;
  external_id: string;
  record_values: CanonicalValues;
  changed_at: Date;
  field_changed_at: Record<string, string> | null;
  version: string | null;
  fetch_seq: string;
  deleted_at: Date | null;
  written_at: Date | null;
  category: string;
  system_of_record: boolean;
  priority: number;
}

/** Golden records with their members as they are, and what people said of them. */
export async function loadGolden(scope: Pick<MergeScope, 'tx' | 'streams'>, ids: string[]): Promise<GoldenCluster[]> {
  const rows = await scope.tx.query<Row>(
    `SELECT c.id AS cluster_id, c.object, c.ref, c.values, c.provenance, c.frozen, c.deleted_at AS cluster_deleted, s.id AS record_id, s.connection_id, s.stream_id, s.external_id,
       s.values AS record_values, s.changed_at, s.field_changed_at, s.version, s.fetch_seq, s.deleted_at, s.written_at, n.category, n.system_of_record, n.priority,
       ${OVERRIDES}
     FROM (SELECT * FROM cluster WHERE id = ANY ($1) OFFSET 0) c
     CROSS JOIN LATERAL (SELECT * FROM cluster_member WHERE tenant_id = c.tenant_id AND cluster_id = c.id AND valid_to IS NULL OFFSET 0) m
     CROSS JOIN LATERAL (SELECT * FROM source_record WHERE tenant_id = m.tenant_id AND id = m.record_id OFFSET 0) s
     CROSS JOIN LATERAL (SELECT * FROM connection WHERE tenant_id = s.tenant_id AND id = s.connection_id OFFSET 0) n ORDER BY s.created_at, s.id`,
    [ids],
  );
  const bases = await loadBases(
    scope.tx,
    rows.filter((row) => twoWay(scope, row.stream_id)).map((row) => row.record_id),
  );
  const clusters = new Map<string, GoldenCluster>();
  for (const row of rows) {
    const cluster = clusters.get(row.cluster_id) ?? {
      id: row.cluster_id,
      object: row.object,
      ref: row.ref,
      before: row.values,
      values: row.values,
      provenance: row.provenance,
      frozen: row.frozen ?? [],
      gone: row.cluster_deleted !== null,
      pins: {},
      members: [],
    };
    keepLatest(cluster.pins, pinsOfRow(row));
    cluster.members.push({
      ...memberOf(row, bases.get(row.record_id)),
      restored: claimsOfRow(row),
      streamId: row.stream_id,
      externalId: row.external_id,
      version: row.version,
      fetchSeq: row.fetch_seq,
      deleted: row.deleted_at !== null,
      writtenAt: row.written_at?.toISOString() ?? null,
    });
    clusters.set(row.cluster_id, cluster);
  }
  return [...clusters.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Of two pins of one field, which a merge brings together, the later one counts. */
function keepLatest(pins: GoldenCluster['pins'], more: GoldenCluster['pins']): void {
  for (const [field, pin] of Object.entries(more)) if (!Object.hasOwn(pins, field) || pins[field].at < pin.at) pins[field] = pin;
}

function memberOf(row: Row, bases?: Record<string, Base>): Member {
  return {
    recordId: row.record_id,
    connectionId: row.connection_id,
    category: row.category,
    systemOfRecord: row.system_of_record,
    priority: row.priority,
    values: row.record_values,
    changedAt: row.changed_at.toISOString(),
    ...(row.field_changed_at ? { fieldChangedAt: row.field_changed_at } : {}),
    ...(bases ? { bases } : {}),
  };
}

/** Sets the cluster's new golden values; true when they differ from before. */
function mergeOne(scope: MergeScope, cluster: GoldenCluster): boolean {
  const live = cluster.members.filter((member) => !member.deleted);
  const gone = live.length === 0;
  const said = gone ? cluster.members : [...live, ...cluster.members.filter((member) => member.deleted).map(lastWord)];
  const merged = mergeRecord({
    object: cluster.object,
    members: said,
    policies: scope.streams.policiesOf(cluster.object),
    before: cluster.before,
    frozen: cluster.frozen,
    pins: cluster.pins,
  });
  const changed = merged.changed.length > 0 || gone !== cluster.gone || Object.keys(cluster.provenance).length === 0;
  if (changed)
    Object.assign(cluster, { values: merged.values, provenance: compactProvenance(withFrozen(cluster, merged.provenance)), gone });
  return changed;
}

function withFrozen(
  cluster: GoldenCluster,
  provenance: Record<string, GoldenCluster['provenance'][string]>,
): Record<string, GoldenCluster['provenance'][string]> {
  const before = expandProvenance(cluster.before, cluster.provenance);
  for (const field of cluster.frozen) if (before[field]) provenance[field] = before[field];
  return provenance;
}

/** All that a deleted record still says is how it ended. */
function lastWord(member: GoldenMember): GoldenMember {
  const values: CanonicalValues = 'status' in member.values && member.values.status === 'CANCELLED' ? { status: 'CANCELLED' } : {};
  return { ...member, values };
}

/** What was there stays readable: the golden record as of any time. */
async function saveGolden(tx: TenantTx, clusters: GoldenCluster[]): Promise<void> {
  const { sql, parameters } = await joinRows(tx, {
    name: 'now_is',
    at: 2,
    columns: CHANGE,
    rows: clusters.map((cluster) => [cluster.id, cluster.values, cluster.provenance, cluster.gone]),
  });
  // Named twice: joined with rows alone, the planner may read all clusters there are.
  await tx.query(
    `WITH was AS (INSERT INTO golden_image (tenant_id, cluster_id, version, values, provenance, deleted_at, valid_from)
       SELECT tenant_id, id, version, values, provenance, deleted_at, updated_at FROM cluster WHERE id = ANY ($1) ON CONFLICT DO NOTHING)
     UPDATE cluster c SET values = now_is.values, provenance = now_is.provenance, version = c.version + 1, updated_at = clock_timestamp(), deleted_at = CASE WHEN now_is.gone THEN coalesce(c.deleted_at, now()) END
     FROM ${sql} WHERE c.id = now_is.id AND c.id = ANY ($1)`,
    [clusters.map(({ id }) => id), ...parameters],
  );
}

/** A value that a two-way member newly says is what its system holds: from now on "we changed it" means that golden differs from it. */
async function rememberAgreement(scope: MergeScope, clusters: GoldenCluster[]): Promise<void> {
  const rows: unknown[][] = [];
  for (const cluster of clusters) {
    for (const member of cluster.members) {
      if (member.deleted || !twoWay(scope, member.streamId)) continue;
      for (const field of scope.streams.byId(member.streamId).mapping.outward) {
        const base = scope.chosen?.(member.recordId, field) ? undefined : agreedBase(cluster, { member, field });
        if (!base) continue;
        member.bases = { ...member.bases, [field]: base };
        rows.push([member.recordId, field, json(base.ours), json(base.theirs)]);
      }
    }
  }
  await insertRows(scope.tx, 'base', {
    columns: BASE,
    rows,
    conflict: 'ON CONFLICT (tenant_id, record_id, field) DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs, at = now()',
  });
}

function agreedBase(cluster: GoldenCluster, input: { member: GoldenMember; field: string }): Base | undefined {
  const { member, field } = input;
  const theirs = member.values[field];
  if (cluster.frozen.includes(field) || theirs === undefined) return undefined;
  const before = member.bases?.[field];
  if (before !== undefined && canonicalEquals(cluster.object, field, before.theirs, theirs)) return undefined;
  return { ours: theirs, theirs };
}

function twoWay(scope: Pick<MergeScope, 'streams'>, streamId: string): boolean {
  return scope.streams.all.some((stream) => stream.streamId === streamId && stream.mapping.outward.length > 0);
}

function json(value: CanonicalValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
