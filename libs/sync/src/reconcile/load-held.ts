import type { CanonicalValues } from '#hub/canonical';
import { normaliseValues } from '#hub/canonical';
import type { MapResult } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import type { Held } from './compare-record.js';
import { loadBases } from '../outward/load-bases.js';
import type { Hub } from '../hub.js';
import { withLookups } from '../mappings/with-lookups.js';
import { inwardContext, type StreamContext } from '../stream-context.js';

export interface HeldRecord extends Held {
  recordId: string;
  clusterId: string;
  busy: boolean;
}

/** What the hub holds of these records; `busy` while a write or a hint of them is under way, so that they are read again before anyone judges. */
export async function loadHeld(tx: TenantTx, stream: StreamContext, externalIds: string[]): Promise<Map<string, HeldRecord>> {
  const rows = await tx.query<{
    asked: string;
    id: string;
    cluster_id: string;
    values: CanonicalValues;
    golden: CanonicalValues;
    deleted: boolean;
    busy: boolean;
  }>(
    `SELECT asked.external_id AS asked, s.id, c.id AS cluster_id, s.values, c.values AS golden, s.deleted_at IS NOT NULL AND a.record_id IS NULL AS deleted,
       EXISTS (SELECT FROM outbox o WHERE o.cluster_id = c.id AND o.state IN ('pending', 'sending', 'unknown', 'sent'))
         OR EXISTS (SELECT FROM hint h WHERE h.stream_id = $1 AND h.external_id = asked.external_id AND h.done_at IS NULL) AS busy
     FROM unnest($2::text[]) AS asked (external_id)
     LEFT JOIN source_alias a ON a.stream_id = $1 AND a.external_id = asked.external_id
     LEFT JOIN source_record own ON own.stream_id = $1 AND own.external_id = asked.external_id
     JOIN source_record s ON s.id = coalesce(a.record_id, own.id)
     JOIN cluster_member m ON m.tenant_id = s.tenant_id AND m.record_id = s.id AND m.valid_to IS NULL JOIN cluster c ON c.tenant_id = m.tenant_id AND c.id = m.cluster_id`,
    [stream.streamId, externalIds],
  );
  const bases = await loadBases(tx, stream.mapping.outward.length > 0 ? rows.map((row) => row.id) : []);
  return new Map(
    rows.map((row) => [
      row.asked,
      {
        recordId: row.id,
        clusterId: row.cluster_id,
        values: row.values,
        golden: row.golden,
        bases: bases.get(row.id) ?? {},
        deleted: row.deleted,
        busy: row.busy,
      },
    ]),
  );
}

/** A fresh payload in canonical terms, normalised as a sync would. */
export function mapFresh(stream: StreamContext, payload: unknown, now: Date): MapResult {
  const result = stream.mapping.toCanonical(payload, inwardContext(stream, now));
  return result.kind === 'mapped' ? { ...result, values: normaliseValues(stream.object, result.values) } : result;
}

/** The same for one record by itself, with what its mapping looks up. */
export async function mapFreshAlone(hub: Hub, stream: StreamContext, payload: unknown): Promise<MapResult> {
  return mapFresh(await withLookups(hub, stream, [payload]), payload, hub.now());
}
