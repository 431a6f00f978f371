import { canonicalEquals, type CanonicalValues } from '#hub/canonical';
import type { CompiledMapping, MapResult } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { findVersion } from '../mappings/tenant-mappings.js';
import { mapFreshAlone } from '../reconcile/load-held.js';
import { loadStreams, type StreamContext } from '../stream-context.js';
import { Refusal, type Actor } from './actor.js';

export interface RetryPreview {
  /** What the mapping that was asked for makes of the stored payload. */
  outcome: 'mapped' | 'excluded' | 'refused';
  /** Mapping version when the item was parked, and now. */
  mapping: { name: string; then: number | null; now: number };
  /** True when an edited payload would be sent through, not the vendor's own. */
  edited: boolean;
  failures: { code: string; field: string; pointer: string; message: string }[];
  /** Canonical fields that would change, without their values. */
  changes: { field: string; now: 'absent' | 'set'; then: 'absent' | 'set' }[];
}
interface Row {
  stream_id: string | null;
  stage: string;
  payload: string | null;
  edited: string | null;
  values: CanonicalValues | null;
  mapping_version: number | null;
}

/** What a retry with stored data would do: the stored payload through the mapping of today or of then, beside what the hub holds. */
export async function previewRetry(
  hub: Hub,
  actor: Actor,
  { itemId, mode }: { itemId: string; mode: 'as-it-was' | 'current-mapping' },
): Promise<RetryPreview> {
  return hub.database.inTenant(actor.tenantId, async (tx) => {
    const row = await readItem(tx, itemId);
    const text = row.edited ?? row.payload;
    const stream = row.stream_id === null ? undefined : (await loadStreams(tx, hub)).byId(row.stream_id);
    if (text === null || !stream)
      throw new Refusal(409, 'NOTHING_STORED', 'nothing of this record is stored; a retry with mode fresh reads it from its vendor');
    const mapping = mode === 'as-it-was' ? await mappingThen(tx, hub, { row, stream }) : stream.mapping;
    return viewOf(row, stream, await mapFreshAlone(hub, { ...stream, mapping }, JSON.parse(text)));
  });
}

async function mappingThen(tx: TenantTx, hub: Hub, { row, stream }: { row: Row; stream: StreamContext }): Promise<CompiledMapping> {
  const asked = { name: stream.mapping.name, version: row.mapping_version ?? stream.mapping.version };
  return (await findVersion(tx, hub, asked)) ?? stream.mapping;
}

async function readItem(tx: TenantTx, itemId: string): Promise<Row> {
  const [row] = await tx.query<Row>(
    `SELECT e.stream_id, e.stage, r.payload, e.edited_payload AS edited, s.values, e.mapping_version FROM error_item e LEFT JOIN raw r ON r.tenant_id = e.tenant_id AND r.id = e.raw_id
     LEFT JOIN source_record s ON s.tenant_id = e.tenant_id AND s.stream_id = e.stream_id AND s.external_id = e.external_id WHERE e.id = $1`,
    [itemId],
  );
  if (!row) throw new Refusal(404, 'NOT_FOUND', 'there is no such error item');
  return row;
}

function viewOf(row: Row, stream: StreamContext, result: MapResult): RetryPreview {
  const { name, version } = stream.mapping;
  const about = { mapping: { name, then: row.mapping_version, now: version }, edited: row.edited !== null };
  if (result.kind === 'excluded') return { ...about, outcome: 'excluded', failures: [], changes: [] };
  const failures = (result.kind === 'refused' ? result.failures : result.blocked).map(({ code, field, pointer, message }) => ({
    code,
    field,
    pointer,
    message,
  }));
  if (result.kind === 'refused') return { ...about, outcome: 'refused', failures, changes: [] };
  return { ...about, outcome: 'mapped', failures, changes: changesOf(stream, row.values ?? {}, result.values) };
}

function changesOf(stream: StreamContext, now: CanonicalValues, then: CanonicalValues): RetryPreview['changes'] {
  const said = (values: CanonicalValues, field: string): 'absent' | 'set' => (field in values ? 'set' : 'absent');
  return [...new Set([...Object.keys(now), ...Object.keys(then)])]
    .filter((field) => !canonicalEquals(stream.object, field, now[field], then[field]))
    .map((field) => ({ field, now: said(now, field), then: said(then, field) }));
}
