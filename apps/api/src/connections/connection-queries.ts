import type { TenantTx } from '#hub/persistence';
import type { Hub } from '#hub/sync';

const CONNECTION = `SELECT c.id, c.connector, c.name, c.category, c.settings, c.system_of_record AS "systemOfRecord", c.priority, c.allowed_effects AS "allowedEffects", c.status, c.status_code AS "statusCode",
  c.status_reason AS "statusReason", c.created_at AS "createdAt", (SELECT w.id FROM webhook_endpoint w WHERE w.connection_id = c.id LIMIT 1) AS "webhookEndpoint" FROM connection c WHERE c.deleted_at IS NULL`;
const STREAMS = `SELECT s.id, s.connection_id AS "connectionId", s.name, s.object, s.mapping, s.interval_seconds AS "intervalSeconds", s.history_days AS "historyDays", s.status, s.status_code AS "statusCode",
  s.status_reason AS "statusReason", coalesce(p.walk, 'idle') AS walk, p.updated_at AS "advancedAt",
  (SELECT jsonb_build_object('id', r.id, 'state', r.state, 'totals', r.totals, 'endedAt', r.ended_at, 'failureCode', r.failure_code, 'failureDetail', r.failure_detail) FROM run r
   WHERE r.stream_id = s.id AND r.kind = 'sync' ORDER BY r.requested_at DESC LIMIT 1) AS "lastRun"
  FROM stream s LEFT JOIN checkpoint p ON p.tenant_id = s.tenant_id AND p.subject_id = s.id AND p.kind = 'sync' WHERE s.connection_id = ANY ($1) ORDER BY s.name`;

export interface ConnectionView { id: string; name: string; connector: string; [field: string]: unknown }

/** Connections with their streams; of credentials only which names are set. */
export async function readConnections(tx: TenantTx, hub: Hub, id?: string): Promise<ConnectionView[]> {
  const rows = await tx.query<ConnectionView>(`${CONNECTION} ${id ? 'AND c.id = $1' : ''} ORDER BY c.created_at, c.id`, id ? [id] : []);
  const streams = await tx.query<{ connectionId: string }>(STREAMS, [rows.map((row) => row.id)]);
  const views: ConnectionView[] = [];
  for (const row of rows) {
    const credentialFields = await hub.secrets.has(tx, row.id);
    views.push({ ...row, credentialFields, streams: streams.filter((stream) => stream.connectionId === row.id).map(({ connectionId: _, ...stream }) => stream) });
  }
  return views;
}

export function catalogue(hub: Hub): Record<string, unknown>[] {
  return [...hub.connectors.values()].map((connector) => ({
    id: connector.id, name: connector.name, category: connector.category, credentialFields: connector.auth.credentials, webhooks: connector.webhook !== undefined,
    streams: Object.entries(connector.streams).map(([name, stream]) => ({
      name, entity: stream.entity, cursor: stream.cursor.kind, deletes: stream.deletes, after: stream.after ?? [],
      push: stream.push ? { effect: stream.push.effect, find: stream.push.find.by, visibleWithinMs: stream.push.find.visibleWithinMs, create: stream.push.create !== undefined, update: stream.push.update !== undefined } : null,
    })),
  }));
}
