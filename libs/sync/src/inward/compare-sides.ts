import { randomUUID } from 'node:crypto';
import { canonicalEquals, canonicalHash, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import { threeWay, type Base } from '#hub/identity';
import type { BatchWork, Item } from './batch-work.js';
import { hintRecords } from './hint-records.js';
import { closeConflicts, freezeDisputed, type OpenConflict } from '../errors/settle-conflict.js';
import { loadBases } from '../outward/load-bases.js';

interface Sides {
  golden: CanonicalValues;
  bases: Record<string, Base>;
  /** Its system has an elder record of the same one, which alone is written to: this one owes nothing, so an edit of it is no second side. */
  untold: boolean;
}
interface InFlight {
  cluster_id: string;
  outbox_id: string;
  write_id: string;
  fields: string[];
  operation: string;
}

/**
 * Compares each incoming record with what was last agreed with its system, field by field, before anything is taken from it:
 * our own echo is consumed, a change under a write in flight waits, a two-sided edit freezes its field and opens a conflict.
 */
export async function compareSides(work: BatchWork): Promise<void> {
  const items = work.items.filter((item) => item.outcome === undefined && item.prepared.kind === 'mapped');
  for (const item of items) keepBlockedFields(item);
  if (work.stream.mapping.outward.length === 0) return settleOneWay(work, items);
  const inFlight = await loadInFlight(work, items);
  const sides = await loadSides(work, items);
  const compared: Item[] = [];
  for (const item of items) {
    const flight = inFlight.get(item.known?.clusterId ?? '') ?? inFlight.get(writeIdOf(item) ?? '');
    item.changedFields = changedFieldsOf(work, item);
    if (flight && !(await isOwnEcho(work, item, flight))) await waitForConfirmation(work, item);
    else if (item.known) {
      await compareFields(work, item, sides.get(item.known.id) ?? { golden: {}, bases: {}, untold: false });
      compared.push(item);
    } else item.outcome = 'created';
  }
  await endMootConflicts(work, compared);
}

function settleOneWay(work: BatchWork, items: Item[]): void {
  for (const item of items) {
    item.changedFields = changedFieldsOf(work, item);
    item.outcome = item.known ? 'updated' : 'created';
  }
}

/** A blocked field keeps the value that we last understood. */
function keepBlockedFields(item: Item): void {
  if (item.prepared.kind !== 'mapped') return;
  item.failures = item.prepared.blocked;
  for (const { field } of item.failures) if (item.known && field in item.known.values) item.values[field] = item.known.values[field];
}

function changedFieldsOf(work: BatchWork, item: Item): string[] {
  const before = item.known?.values ?? {};
  const fields = new Set([...Object.keys(before), ...Object.keys(item.values)]);
  return [...fields].filter((field) => !canonicalEquals(work.stream.object, field, before[field], item.values[field]));
}

async function compareFields(work: BatchWork, item: Item, sides: Sides): Promise<void> {
  item.outcome = 'updated';
  const known = item.known as NonNullable<Item['known']>;
  for (const field of item.changedFields) {
    if (!work.stream.mapping.outward.includes(field)) continue;
    const incoming = item.values[field];
    const side = threeWay({ object: work.stream.object, field, base: sides.bases[field], golden: sides.golden[field], incoming });
    if (side !== 'both' || sides.untold || keepsTheirs(work, field)) continue;
    restore(item, field, known.values);
    if (onBothOf(work, field) === 'freeze')
      await openConflict(work, item, { field, base: sides.bases[field], golden: sides.golden[field], incoming });
  }
  item.changedFields = changedFieldsOf(work, item);
}

function onBothOf(work: BatchWork, field: string): string {
  return work.batch.streams.policiesOf(work.stream.object)[field]?.onBoth ?? 'freeze';
}

function keepsTheirs(work: BatchWork, field: string): boolean {
  const rule = onBothOf(work, field);
  return rule === 'newest' || rule === 'union' || (rule === 'ats' && work.stream.connection.systemOfRecord);
}

function restore(item: Item, field: string, values: CanonicalValues): void {
  if (field in values) item.values[field] = values[field];
  else delete item.values[field];
}

interface TwoSided {
  field: string;
  base?: Base;
  golden?: CanonicalValue;
  incoming?: CanonicalValue;
}

/** Freezes this field only; the two values and their base are kept for the person who settles it. */
async function openConflict(work: BatchWork, item: Item, edit: TwoSided): Promise<void> {
  const known = item.known as NonNullable<Item['known']>;
  item.outcome = 'conflicting';
  await work.tx.query(
    `INSERT INTO conflict (tenant_id, id, cluster_id, record_id, field, base, ours, theirs) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (tenant_id, record_id, field) WHERE settled_at IS NULL DO UPDATE SET theirs = excluded.theirs, ours = excluded.ours`,
    [work.tx.tenantId, randomUUID(), known.clusterId, known.id, edit.field, json(edit.base?.ours), json(edit.golden), json(edit.incoming)],
  );
  await freezeDisputed(work.tx, [known.clusterId]);
  item.failures.push({
    code: 'CONFLICT',
    field: edit.field,
    pointer: '',
    blocksOnlyField: true,
    message: `${edit.field} was changed on both sides since they last agreed; choose which value holds, until then it is frozen`,
  });
}

/** Whoever took an edit back, or made the same as the other side, disagrees no more. What cannot be read says nothing. */
async function endMootConflicts(work: BatchWork, compared: Item[]): Promise<void> {
  if (compared.length === 0) return;
  const items = new Map(compared.flatMap((item) => (item.known ? [[item.known.id, item] as const] : [])));
  const open = await work.tx.query<OpenConflict>(
    `SELECT id, cluster_id, record_id, field, ours, theirs FROM conflict WHERE record_id = ANY ($1) AND settled_at IS NULL`,
    [[...items.keys()]],
  );
  const moot = open.filter(({ record_id: record, field }) => !items.get(record)?.failures.some((failure) => failure.field === field));
  for (const { cluster_id: clusterId } of moot) work.touched.add(clusterId);
  await closeConflicts(work.tx, {
    ended: moot.map((conflict) => ({ ...conflict, chosen: conflict.ours })),
    by: 'engine',
    settlement: 'ours: its system disagrees no more',
  });
}

/** Writes under way for these records, by cluster and, for creates whose record is not here yet, by write id. */
async function loadInFlight(work: BatchWork, items: Item[]): Promise<Map<string, InFlight>> {
  const clusters = items.flatMap((item) => (item.known ? [item.known.clusterId] : []));
  const writeIds = items.flatMap((item) => writeIdOf(item) ?? []);
  const rows = await work.tx.query<InFlight>(
    `SELECT cluster_id, id AS outbox_id, write_id, fields, operation FROM outbox
     WHERE connection_id = $1 AND state IN ('sending', 'unknown', 'sent') AND (cluster_id = ANY ($2) OR write_id = ANY ($3))`,
    [work.stream.connection.id, clusters, writeIds],
  );
  return new Map(rows.flatMap((row) => [[row.cluster_id, row] as const, [row.write_id, row] as const]));
}

/**
 * True when every change of what we may write is a value that we wrote ourselves; each token answers for one return only. What only the
 * vendor writes (an event's sequence, say) changes with our write and is taken as it comes.
 */
async function isOwnEcho(work: BatchWork, item: Item, flight: InFlight): Promise<boolean> {
  const writable = item.changedFields.filter((field) => work.stream.mapping.outward.includes(field));
  const written = writable.filter((field) => flight.fields.includes(field));
  if (writable.length === 0) return item.known !== undefined;
  if (written.length < writable.length || item.known === undefined) return false;
  for (const field of written) {
    const consumed = await work.tx.query(
      `UPDATE echo SET consumed_at = now() WHERE id = (SELECT id FROM echo WHERE outbox_id = $1 AND field = $2 AND value_hash = $3 AND consumed_at IS NULL AND killed_at IS NULL LIMIT 1) RETURNING 1`,
      [flight.outbox_id, field, canonicalHash(item.values[field])],
    );
    if (consumed.length === 0) return false;
  }
  for (const field of written) restore(item, field, item.known.values);
  return true;
}

/** The read-back of the write decides what its fields are; the record is fetched again after it. */
async function waitForConfirmation(work: BatchWork, item: Item): Promise<void> {
  item.outcome = 'waiting';
  await hintRecords(work.tx, {
    streamId: work.stream.streamId,
    externalIds: [item.prepared.raw.externalId],
    cause: 'write-in-flight',
    inMs: 2_000,
  });
}

async function loadSides(work: BatchWork, items: Item[]): Promise<Map<string, Sides>> {
  const known = items.flatMap((item) => item.known ?? []);
  const bases = await loadBases(
    work.tx,
    known.map((record) => record.id),
  );
  const golden = await work.tx.query<{ id: string; values: CanonicalValues }>(`SELECT id, values FROM cluster WHERE id = ANY ($1)`, [
    known.map((record) => record.clusterId),
  ]);
  const values = new Map(golden.map((row) => [row.id, row.values]));
  const untold = await besideElders(work, items);
  return new Map(
    known.map(({ id, clusterId }) => [id, { golden: values.get(clusterId) ?? {}, bases: bases.get(id) ?? {}, untold: untold.has(id) }]),
  );
}

/** Only people have several records in one system. */
async function besideElders({ tx, stream }: BatchWork, items: Item[]): Promise<Set<string>> {
  if (stream.object !== 'candidate') return new Set();
  const rows = await tx.query<{ id: string }>(
    `SELECT s.id FROM (SELECT * FROM source_record WHERE id = ANY ($1) OFFSET 0) s
     CROSS JOIN LATERAL (SELECT cluster_id FROM cluster_member WHERE tenant_id = s.tenant_id AND record_id = s.id AND valid_to IS NULL OFFSET 0) m
     WHERE EXISTS (SELECT FROM (SELECT record_id FROM cluster_member WHERE tenant_id = s.tenant_id AND cluster_id = m.cluster_id AND valid_to IS NULL OFFSET 0) o
       CROSS JOIN LATERAL (SELECT * FROM source_record WHERE tenant_id = s.tenant_id AND id = o.record_id OFFSET 0) e
       WHERE e.stream_id = s.stream_id AND e.deleted_at IS NULL AND (e.created_at, e.id) < (s.created_at, s.id))`,
    [items.flatMap(({ known }) => known?.id ?? [])],
  );
  return new Set(rows.map(({ id }) => id));
}

function writeIdOf(item: Item): string | undefined {
  return item.prepared.kind === 'mapped' ? item.prepared.writeId : undefined;
}

function json(value: CanonicalValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
