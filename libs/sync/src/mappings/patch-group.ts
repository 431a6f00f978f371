import type { CanonicalValue } from '#hub/canonical';
import { proposePatch, proposeRule, readsPath, type DriftedRecord, type MappingPatch } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import { Refusal, type Actor } from '../actions/actor.js';
import type { Hub } from '../hub.js';
import { inwardContext, type StreamContext } from '../stream-context.js';
import { nextVersion } from './draft-mapping.js';
import { reading, streamOf } from './mapping-insight.js';

const DRIFTS = ['SCHEMA_DRIFT', 'STAGE_UNMAPPED'];
const MANY = 10;
const RECORDS = 50;
const NEWEST = 200;

interface Row {
  field: string | null;
  pointer: string | null;
  external_id: string | null;
  payload: string | null;
  known: CanonicalValue | null;
}

/** A change of the live mapping that would let a group's records through, tried on them; null where none is found. Nothing is written. */
export async function patchForGroup(hub: Hub, actor: Actor, groupId: string): Promise<MappingPatch | null> {
  return reading(hub, actor, async (tx) => {
    const [group] = await tx.query<{ stream_id: string | null; stage: string; code: string }>(
      `SELECT stream_id, stage, code FROM error_group WHERE id = $1`,
      [groupId],
    );
    if (!group) throw new Refusal(404, 'NOT_FOUND', 'there is no such error group');
    if (group.stage !== 'map' || group.stream_id === null)
      throw new Refusal(409, 'NO_PATCH', 'only what a mapping refuses can be mended by a change of the mapping');
    const stream = await streamOf(tx, hub, group.stream_id);
    const items = await itemsOf(tx, groupId);
    const version = await nextVersion(tx, stream.mapping);
    const path = items.find((item) => item.external_id === null)?.pointer;
    if (path) return (await ruleFor(tx, stream, { path, version })) ?? null;
    const field = items.find((item) => item.field !== null)?.field;
    const records = items.flatMap(({ payload, known }): DriftedRecord[] =>
      payload === null ? [] : [{ payload: JSON.parse(payload) as unknown, known: known ?? undefined }],
    );
    // One record with a wrong value is no drift: its mapping is right, and its source is wrong.
    if (!field || (!DRIFTS.includes(group.code) && records.length < MANY)) return null;
    return proposePatch({ mapping: stream.mapping, to: field, records, context: inwardContext(stream, hub.now()) }, version) ?? null;
  });
}

async function itemsOf(tx: TenantTx, groupId: string): Promise<Row[]> {
  return tx.query<Row>(
    `SELECT e.field, e.pointer, e.external_id, coalesce(e.edited_payload, r.payload) AS payload, s.values -> e.field AS known
     FROM error_item e LEFT JOIN raw r ON r.tenant_id = e.tenant_id AND r.id = e.raw_id
     LEFT JOIN source_record s ON s.stream_id = e.stream_id AND s.external_id = e.external_id
     WHERE e.group_id = $1 AND e.state <> 'resolved' ORDER BY e.opened_at DESC LIMIT $2`,
    [groupId, RECORDS],
  );
}

async function ruleFor(
  tx: TenantTx,
  stream: StreamContext,
  { path, version }: { path: string; version: number },
): Promise<MappingPatch | undefined> {
  if (readsPath(stream.mapping, path)) return undefined;
  const rows = await tx.query<{ payload: string }>(
    `SELECT payload FROM raw WHERE stream_id = $1 AND NOT deleted ORDER BY fetch_seq DESC LIMIT $2`,
    [stream.streamId, NEWEST],
  );
  const payloads = rows.map((row) => JSON.parse(row.payload) as unknown);
  return proposeRule(stream.mapping, { path, payloads, version });
}
