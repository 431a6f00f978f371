import { noShape, readsPath, ShapeWatch, type RecordFailure, type StreamShape } from '#hub/mapping';
import type { BatchWork, Item } from './batch-work.js';
import { parkItems } from '../errors/park-items.js';
import { payloadOf } from './map-record.js';

/**
 * Compares what a batch's raw records look like with how those of its stream looked before. A mapped field whose place is gone is blocked: it keeps
 * its last value in every record that lacks it. A new path that is there to stay becomes an item of the stream. See docs/adr/0010.
 */
export async function watchShape(work: BatchWork): Promise<void> {
  const seen = work.items.flatMap((item) => (hasShape(item) ? [{ item, payload: payloadOf(item.prepared) }] : []));
  if (seen.length === 0) return;
  const before = await loadShape(work);
  const watch = new ShapeWatch(work.stream.mapping, before);
  for (const { item, payload } of seen) if (item.prepared.rawId === undefined) watch.add(payload);
  const gone = new Set(watch.gone());
  if (gone.size > 0) for (const { item, payload } of seen) blockGone(work, { item, payload, gone });
  const { shape, news } = watch.result(work.batch.next.walk === 'idle' || work.batch.next.walk === 'sweep');
  const isRead = (path: string): boolean => readsPath(work.stream.mapping, path);
  const unread = news.filter((path) => !isRead(path));
  await saveShape(work, before, { ...shape, told: [...before.told.filter((path) => !isRead(path)), ...unread] });
  await parkItems(
    work.tx,
    unread.map((path) => newPathItem(work, path)),
  );
  await closeReadPaths(work, before.told.filter(isRead));
}

/** What a mapping leaves out on purpose says nothing about its fields; deletes and merges have no payload. */
function hasShape(item: Item): boolean {
  return item.prepared.kind === 'mapped' || item.prepared.kind === 'refused';
}

function blockGone(work: BatchWork, { item, payload, gone }: { item: Item; payload: unknown; gone: ReadonlySet<string> }): void {
  const { prepared } = item;
  if (prepared.kind !== 'mapped') return;
  const blocked = new Set(prepared.blocked.map((failure) => failure.field));
  for (const { to, from, pointer, isIn } of work.stream.mapping.places)
    if (gone.has(to) && !blocked.has(to) && !isIn(payload)) prepared.blocked.push(goneFailure({ to, from, pointer }));
}

function goneFailure({ to, from, pointer }: { to: string; from: string; pointer: string }): RecordFailure {
  return {
    code: 'SCHEMA_DRIFT',
    field: to,
    pointer,
    message: `${to} (from ${from}) is gone: nearly all records had it. Its last values are kept; change the rule, as the group's patch proposes, or bring it back at the source`,
    blocksOnlyField: true,
  };
}

function newPathItem(work: BatchWork, path: string): Parameters<typeof parkItems>[1][number] {
  const { connection, streamId, name, mapping } = work.stream;
  return {
    stage: 'map',
    code: 'SCHEMA_DRIFT',
    connectionId: connection.id,
    streamId,
    traceKey: newPathKey(streamId, path),
    message: `${name} have a new field ${path} that no rule reads; add a rule, as the group's patch proposes, or resolve this with a reason`,
    pointer: path,
    mapping: mapping.name,
    mappingVersion: mapping.version,
  };
}

const newPathKey = (streamId: string, path: string): string => `${streamId}:new-field:${path}`;

/** A new field is news until a mapping reads it. */
async function closeReadPaths({ tx, stream: { mapping, streamId } }: BatchWork, paths: string[]): Promise<void> {
  if (paths.length === 0) return;
  await tx.query(
    `UPDATE error_item SET state = 'resolved', resolution = 'reason', resolution_reason = $2, resolved_at = now(), updated_at = now(), version = version + 1
     WHERE trace_key = ANY ($1) AND state NOT IN ('resolved')`,
    [paths.map((path) => newPathKey(streamId, path)), `${mapping.name} version ${mapping.version} reads it`],
  );
}

interface Row {
  fields: StreamShape['fields'];
  paths: Pick<StreamShape, 'usual' | 'fresh' | 'told'>;
  profiled: number;
  settled: boolean;
}

/** The batch holds its object's lock, so nobody else writes this row meanwhile. */
async function loadShape({ tx, stream }: BatchWork): Promise<StreamShape> {
  const [row] = await tx.query<Row>(`SELECT fields, paths, profiled, settled FROM stream_shape WHERE stream_id = $1`, [stream.streamId]);
  return row ? { fields: row.fields, ...row.paths, profiled: row.profiled, settled: row.settled } : noShape();
}

/** The names are long and seldom change: they are written only when they did. */
async function saveShape({ tx, stream }: BatchWork, before: StreamShape, after: StreamShape): Promise<void> {
  const [was, is] = [before, after].map(({ usual, fresh, told }) => JSON.stringify({ usual, fresh, told }));
  await tx.query(
    `INSERT INTO stream_shape (tenant_id, stream_id, fields, paths, profiled, settled) VALUES ($1, $2, $3, $4, $6, $7)
     ON CONFLICT (tenant_id, stream_id) DO UPDATE SET fields = excluded.fields, paths = CASE WHEN $5 THEN excluded.paths ELSE stream_shape.paths END,
       profiled = excluded.profiled, settled = excluded.settled, updated_at = now()`,
    [tx.tenantId, stream.streamId, JSON.stringify(after.fields), is, was !== is, after.profiled, after.settled],
  );
}
