import { randomUUID } from 'node:crypto';
import { mintRef, type CanonicalValues, type ObjectName } from '#hub/canonical';
import { decideMatches, mergeRecord, type Arrival, type Assignment, type Holder, type Member, type Occupant } from '#hub/identity';
import { tenantMatchKey } from '#hub/governance';
import { insertTogether, type Column } from '#hub/persistence';
import { keysOf, type BatchWork, type Item } from './batch-work.js';
import { keepWithCluster } from '../identity/decide-by-rule.js';
import { assignPeople } from './assign-people.js';
import { compactProvenance, type StoredProvenance } from './provenance.js';

const column = (name: string, type: Column['type']): Column => ({ name, type });
const CLUSTER: Column[] = [
  column('id', 'uuid'),
  column('object', 'text'),
  column('ref', 'text'),
  column('values', 'jsonb'),
  column('provenance', 'jsonb'),
];
const MEMBER: Column[] = [column('record_id', 'uuid'), column('cluster_id', 'uuid')];
const EVENT: Column[] = [
  column('id', 'uuid'),
  column('kind', 'text'),
  column('inputs', 'uuid[]'),
  column('outputs', 'uuid[]'),
  column('cause', 'text'),
  column('cause_id', 'uuid'),
];
const REF_PREFIX: Partial<Record<ObjectName, 'J' | 'C' | 'A'>> = { job: 'J', candidate: 'C', application: 'A' };

/** Says which canonical object each new record is: its own write's, its reference number's, a match's, or a new one. */
export async function assignClusters(work: BatchWork): Promise<void> {
  for (const item of work.items)
    if (item.known && item.outcome !== 'unchanged' && item.outcome !== 'repeated' && item.outcome !== 'waiting') touch(work, item);
  const arrivals = work.items.filter((item) => item.outcome === 'created' && !item.known);
  if (work.stream.object === 'candidate') return assignCandidates(work, arrivals);
  if (arrivals.length === 0) return;
  await adoptOwnCreates(work, arrivals);
  await attachByReference(work, arrivals);
  const leaders = new Map<string, string>();
  const assignments = await matchBatch(work, arrivals);
  for (const item of arrivals) settle(item, { assignment: assignments.get(item.recordId), leaders });
  await saveAssignments(work, { arrivals, fresh: new Set(leaders.values()) });
}

/** Who each person is depends on everybody who resembles them, so a changed record is matched again like a new one. */
async function assignCandidates(work: BatchWork, arrivals: Item[]): Promise<void> {
  if (arrivals.length > 0) {
    await adoptOwnCreates(work, arrivals);
    await attachByReference(work, arrivals);
    for (const { recordId, clusterId, prepared } of arrivals) {
      if (clusterId === undefined) continue;
      const reason = prepared.kind === 'mapped' && prepared.ref !== undefined ? 'reference' : 'write-id';
      await keepWithCluster(work.tx, { recordId, clusterId, reason });
    }
  }
  const { clusterOf, born, attached, ask } = await assignPeople(work, arrivals);
  for (const item of work.items) if (item.known) item.clusterId = clusterOf.get(item.recordId) ?? item.clusterId;
  const fresh = new Set(born);
  for (const item of arrivals) {
    const clusterId = clusterOf.get(item.recordId) ?? item.clusterId;
    item.clusterId = clusterId ?? randomUUID();
    if (clusterId === undefined) fresh.add(item.clusterId);
  }
  await saveAssignments(work, { arrivals, fresh, attached });
  const inQuestion = await ask();
  if (work.batch.streams.targetsOf('candidate').length > 0) for (const id of inQuestion) work.touched.add(id);
}

/** A conflict changes no value, but what waits to be written of its field must not go out any more. */
function touch(work: BatchWork, item: Item): void {
  if (item.known && (item.changedFields.length > 0 || item.outcome === 'updated' || item.outcome === 'conflicting'))
    work.touched.add(item.known.clusterId);
}

function settle(item: Item, input: { assignment?: Assignment; leaders: Map<string, string> }): void {
  if (item.clusterId) return;
  const assignment = input.assignment ?? { kind: 'new', leader: item.recordId, rule: 'first' };
  if (assignment.kind === 'attach') item.clusterId = assignment.clusterId;
  else {
    item.clusterId = input.leaders.get(assignment.leader) ?? randomUUID();
    input.leaders.set(assignment.leader, item.clusterId);
  }
  if (assignment.kind !== 'review') return;
  item.outcome = 'review';
  item.failures.push({ code: 'AMBIGUOUS_MATCH', field: '', pointer: '', message: assignment.reason, blocksOnlyField: true });
}

/** A record that carries a write id of ours is the create whose answer was lost, or overtaken; it is adopted, never doubled. */
async function adoptOwnCreates(work: BatchWork, arrivals: Item[]): Promise<void> {
  const carried = arrivals.filter(
    (item) => item.prepared.kind === 'mapped' && item.prepared.writeId !== undefined && isUuid(item.prepared.writeId),
  );
  if (carried.length === 0) return;
  const rows = await work.tx.query<{ write_id: string; cluster_id: string }>(
    `SELECT w.write_id, coalesce(r.new_id, w.cluster_id) AS cluster_id FROM write_identity w LEFT JOIN cluster_redirect r ON r.tenant_id = w.tenant_id AND r.old_id = w.cluster_id
     WHERE w.connection_id = $1 AND w.write_id = ANY ($2)
       AND NOT EXISTS (SELECT FROM source_record s WHERE s.connection_id = w.connection_id AND s.write_id = w.write_id AND s.deleted_at IS NULL)`,
    [work.stream.connection.id, carried.map(writeIdOf)],
  );
  const clusters = new Map(rows.map((row) => [row.write_id, row.cluster_id]));
  for (const item of carried) {
    const writeId = writeIdOf(item);
    const clusterId = clusters.get(writeId);
    if (!clusterId) continue;
    clusters.delete(writeId);
    item.clusterId = clusterId;
    await work.tx.query(`UPDATE source_record SET write_id = $2 WHERE id = $1`, [item.recordId, writeId]);
  }
}

/** The record's own reference number, where its object has one; a parent's number is not an identity. */
async function attachByReference(work: BatchWork, arrivals: Item[]): Promise<void> {
  const carried = arrivals.filter(
    (item) => item.clusterId === undefined && REF_PREFIX[work.stream.object] !== undefined && refOf(item) !== undefined,
  );
  if (carried.length === 0) return;
  const rows = await work.tx.query<{ ref: string; cluster_id: string; has_own: boolean }>(
    `SELECT c.ref, coalesce(r.new_id, c.id) AS cluster_id,
       EXISTS (SELECT FROM cluster_member m JOIN source_record s ON s.tenant_id = m.tenant_id AND s.id = m.record_id
               WHERE m.cluster_id = coalesce(r.new_id, c.id) AND m.valid_to IS NULL AND s.stream_id = $3) AS has_own
     FROM cluster c LEFT JOIN cluster_redirect r ON r.tenant_id = c.tenant_id AND r.old_id = c.id WHERE c.ref = ANY ($1) AND c.object = $2`,
    [carried.map(refOf), work.stream.object, work.stream.streamId],
  );
  const clusters = new Map(rows.filter((row) => !row.has_own).map((row) => [row.ref, row.cluster_id]));
  for (const item of carried) item.clusterId = clusters.get(refOf(item) as string);
}

/** One key join and one decision for the whole batch. */
async function matchBatch(work: BatchWork, arrivals: Item[]): Promise<Map<string, Assignment>> {
  const secret = await tenantMatchKey(work.tx, work.hub.secrets);
  const asked = arrivals.map((item) => arrivalOf(work, item, secret));
  const hashes = [...new Set(asked.flatMap((arrival) => arrival.keys.map((key) => key.hash.toString())))];
  const holders = hashes.length === 0 ? [] : await loadHolders(work, hashes);
  const clusters = [...holders.map((holder) => holder.clusterId), ...asked.flatMap((arrival) => arrival.cluster ?? [])];
  return decideMatches({ object: work.stream.object, arrivals: asked, holders, occupants: await loadOccupants(work, clusters) });
}

async function loadOccupants(work: BatchWork, clusterIds: string[]): Promise<Occupant[]> {
  if (clusterIds.length === 0) return [];
  return work.tx.query<Occupant>(
    `SELECT m.cluster_id AS "clusterId", s.id AS "recordId", s.connection_id AS "connectionId", c.system_of_record AS "systemOfRecord" FROM cluster_member m
     JOIN source_record s ON s.tenant_id = m.tenant_id AND s.id = m.record_id AND s.deleted_at IS NULL JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id
     WHERE m.cluster_id = ANY ($1) AND m.valid_to IS NULL`,
    [[...new Set(clusterIds)]],
  );
}

function arrivalOf(work: BatchWork, item: Item, secret: Buffer): Arrival {
  return {
    recordId: item.recordId,
    connectionId: work.stream.connection.id,
    systemOfRecord: work.stream.connection.systemOfRecord,
    keys: keysOf(work, item, secret),
    order: `${work.stream.streamId}:${item.prepared.raw.externalId}`,
    cluster: item.clusterId,
  };
}

interface HolderRow {
  key_hash: string;
  key_kind: number;
  record_id: string;
  cluster_id: string;
  connection_id: string;
  system_of_record: boolean;
}

async function loadHolders(work: BatchWork, hashes: string[]): Promise<Holder[]> {
  const rows = await work.tx.query<HolderRow>(
    `SELECT k.key_hash, k.key_kind, k.record_id, m.cluster_id, s.connection_id, c.system_of_record
     FROM unnest($1::bigint[]) AS asked (hash) JOIN match_key k ON k.key_hash = asked.hash
     JOIN cluster_member m ON m.tenant_id = k.tenant_id AND m.record_id = k.record_id AND m.valid_to IS NULL
     JOIN source_record s ON s.tenant_id = k.tenant_id AND s.id = k.record_id AND s.object = $2 AND s.deleted_at IS NULL
     JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id`,
    [hashes, work.stream.object],
  );
  return rows.map((row) => ({
    keyHash: BigInt(row.key_hash),
    keyKind: row.key_kind,
    recordId: row.record_id,
    clusterId: row.cluster_id,
    connectionId: row.connection_id,
    systemOfRecord: row.system_of_record,
  }));
}

interface Assigned {
  arrivals: Item[];
  /** Clusters that do not exist yet. */
  fresh: ReadonlySet<string>;
  /** Records whose joining of others is on record already. */
  attached?: ReadonlySet<string>;
}

async function saveAssignments(work: BatchWork, input: Assigned): Promise<void> {
  const { object } = work.stream;
  const { fresh } = input;
  if (input.arrivals.length === 0) return;
  const prefix = REF_PREFIX[object];
  const clientPrefix = work.batch.streams.refPrefix;
  const merged = mergeFresh(
    work,
    input.arrivals.filter((item) => fresh.has(item.clusterId as string)),
  );
  const led = new Set<string>();
  const rows = input.arrivals.flatMap(({ recordId, clusterId = '' }) => {
    const leads = fresh.has(clusterId) && !led.has(clusterId);
    if (leads) led.add(clusterId);
    else if (input.attached?.has(recordId)) return [];
    return [[randomUUID(), leads ? 'create' : 'attach', [recordId], [clusterId], 'arrival', recordId]];
  });
  await insertTogether(work.tx, [
    {
      table: 'cluster',
      columns: CLUSTER,
      rows: merged.map(({ id, values, provenance }) => [id, object, prefix ? mintRef(prefix, { clientPrefix }) : null, values, provenance]),
    },
    { table: 'cluster_member', columns: MEMBER, rows: input.arrivals.map((item) => [item.recordId, item.clusterId]) },
    { table: 'identity_event', columns: EVENT, rows },
  ]);
  const planned = work.batch.streams.targetsOf(object).length > 0;
  for (const { clusterId = '' } of input.arrivals) if (planned || !fresh.has(clusterId)) work.touched.add(clusterId);
}

/** New clusters are merged before they are written, so that their golden values are written once. */
function mergeFresh(work: BatchWork, items: Item[]): { id: string; values: CanonicalValues; provenance: StoredProvenance }[] {
  const policies = work.batch.streams.policiesOf(work.stream.object);
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(item.clusterId as string, [...(groups.get(item.clusterId as string) ?? []), item]);
  return [...groups].map(([id, members]) => {
    const golden = mergeRecord({ object: work.stream.object, members: members.map((item) => memberOf(work, item)), policies });
    return { id, values: golden.values, provenance: compactProvenance(golden.provenance) };
  });
}

function memberOf(work: BatchWork, item: Item): Member {
  const { id, category, systemOfRecord, priority } = work.stream.connection;
  return {
    recordId: item.recordId,
    connectionId: id,
    category,
    systemOfRecord,
    priority,
    values: item.values,
    changedAt: work.now.toISOString(),
  };
}

function writeIdOf(item: Item): string {
  return item.prepared.kind === 'mapped' ? (item.prepared.writeId ?? '') : '';
}
function refOf(item: Item): string | undefined {
  return item.prepared.kind === 'mapped' ? item.prepared.ref : undefined;
}
function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
