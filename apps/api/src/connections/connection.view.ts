import type { TenantTx } from '#hub/persistence';
import type { Hub } from '#hub/sync';
import { At, Flag, Id, Json, Many, One, Text, Whole } from '../described.js';
import { keysetSql, pageOf, pageOfViews, type Page, type PageQuery, type Placed } from '../paging.js';

export class LastRunView {
  @Id() id: string;
  @Text() state: string;
  @Json() totals: Record<string, number>;
  @At({ nullable: true }) endedAt: string | null;
  @Text({ nullable: true }) failureCode: string | null;
  @Text({ nullable: true }) failureDetail: string | null;
}
export class StreamView {
  @Id() id: string;
  @Text() name: string;
  @Text({ description: 'canonical object' }) object: string;
  @Text() mapping: string;
  @Whole() intervalSeconds: number;
  @Whole({ description: 'days that the first sync looks back' }) historyDays: number;
  @Text({ enum: ['active', 'paused', 'stopped'] }) status: string;
  @Text({ nullable: true }) statusCode: string | null;
  @Text({ nullable: true }) statusReason: string | null;
  @Text({ enum: ['idle', 'delta', 'full', 'resync', 'sweep', 'braked'], description: 'what the cursor is doing' }) walk: string;
  @At({ nullable: true, description: 'when the cursor moved last' }) advancedAt: Date | null;
  @One(LastRunView, { nullable: true }) lastRun: LastRunView | null;
  @At({ nullable: true, description: 'when the schedule is due next; null while nothing is scheduled' }) nextRunAt: Date | null;
}
export class SubscriptionView {
  @Text({ enum: ['creating', 'live', 'failed'] }) state: string;
  @At({ nullable: true, description: 'renewed before' }) expiresAt: Date | null;
  @Text({ nullable: true, description: 'why the vendor did not agree; it is asked again, at growing distances' }) failure: string | null;
}
/** Credentials are never part of it: only which are set. */
export class ConnectionView {
  @Id() id: string;
  @Text() connector: string;
  @Text() name: string;
  @Text() category: string;
  @Json() settings: Record<string, unknown>;
  @Text({ list: true, description: 'names of the credentials that are set' }) credentialFields: string[];
  @Flag() systemOfRecord: boolean;
  @Whole() priority: number;
  @Text({ list: true }) allowedEffects: string[];
  @Text({ enum: ['active', 'paused'] }) status: string;
  @Text({ nullable: true }) statusCode: string | null;
  @Text({ nullable: true }) statusReason: string | null;
  @Id({ nullable: true, description: 'webhooks go to /api/v1/hooks/<this>' }) webhookEndpoint: string | null;
  @Text({ list: true, description: 'what partners call on us, such as POST /api/v1/partners/<endpoint>/send_test' })
  partnerRoutes: string[];
  @One(SubscriptionView, { nullable: true, description: 'what the vendor was asked to call us by, where the hub asks by itself' })
  subscription: SubscriptionView | null;
  @At() createdAt: Date;
  @Many(StreamView) streams: StreamView[];
}
export const ConnectionPage = pageOfViews(ConnectionView);
export class CheckView {
  @Text() name: string;
  @Flag() ok: boolean;
  @Text({ description: 'what was found, and how to mend it' }) detail: string;
}
export class SignInView {
  @Text({ description: "the vendor's page; open it in a browser" }) url: string;
  @At() expiresAt: Date;
}
export class ConnectionTestView {
  @Flag() ok: boolean;
  @Many(CheckView) checks: CheckView[];
}

const CONNECTION = `c.id, c.connector, c.name, c.category, c.settings, c.system_of_record AS "systemOfRecord", c.priority, c.allowed_effects AS "allowedEffects", c.status, c.status_code AS "statusCode",
  c.status_reason AS "statusReason", c.created_at AS "createdAt", (SELECT w.id FROM webhook_endpoint w WHERE w.connection_id = c.id LIMIT 1) AS "webhookEndpoint",
  (SELECT jsonb_build_object('state', x.state, 'expiresAt', x.expires_at, 'failure', x.failure) FROM subscription x WHERE x.connection_id = c.id ORDER BY x.state = 'live' DESC, x.created_at DESC LIMIT 1) AS subscription`;
const STREAMS = `SELECT s.id, s.connection_id AS "connectionId", s.name, s.object, s.mapping, s.interval_seconds AS "intervalSeconds", s.history_days AS "historyDays", s.status, s.status_code AS "statusCode",
  s.status_reason AS "statusReason", coalesce(p.walk, 'idle') AS walk, p.updated_at AS "advancedAt", l.run AS "lastRun",
  CASE WHEN s.status = 'active' AND c.status = 'active' THEN l.requested_at + make_interval(secs => s.interval_seconds) END AS "nextRunAt"
  FROM stream s JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id LEFT JOIN checkpoint p ON p.tenant_id = s.tenant_id AND p.subject_id = s.id AND p.kind = 'sync'
  LEFT JOIN LATERAL (SELECT r.requested_at, jsonb_build_object('id', r.id, 'state', r.state, 'totals', r.totals, 'endedAt', r.ended_at, 'failureCode', r.failure_code, 'failureDetail', r.failure_detail) AS run
    FROM run r WHERE r.stream_id = s.id AND r.kind = 'sync' ORDER BY r.requested_at DESC LIMIT 1) l ON true
  WHERE s.connection_id = ANY ($1) ORDER BY s.name`;

type Bare = Omit<ConnectionView, 'streams' | 'credentialFields' | 'partnerRoutes'>;

export async function listConnections(tx: TenantTx, hub: Hub, query: PageQuery): Promise<Page<ConnectionView>> {
  const parameters: unknown[] = [];
  const { place, after, tail } = keysetSql(query, { time: 'c.created_at', id: 'c.id', parameters });
  const page = pageOf(
    await tx.query<Bare & Placed>(
      `SELECT ${CONNECTION}, ${place} FROM connection c WHERE c.deleted_at IS NULL AND ${after} ${tail}`,
      parameters,
    ),
    query,
  );
  return { ...page, items: await completed(tx, hub, page.items) };
}

export async function readConnection(tx: TenantTx, hub: Hub, id: string): Promise<ConnectionView | undefined> {
  const [view] = await completed(
    tx,
    hub,
    await tx.query<Bare>(`SELECT ${CONNECTION} FROM connection c WHERE c.deleted_at IS NULL AND c.id = $1`, [id]),
  );
  return view;
}

async function completed(tx: TenantTx, hub: Hub, rows: Bare[]): Promise<ConnectionView[]> {
  const streams = await tx.query<StreamView & { connectionId: string }>(STREAMS, [rows.map((row) => row.id)]);
  const views: ConnectionView[] = [];
  for (const row of rows) {
    const own = streams.filter((stream) => stream.connectionId === row.id).map(({ connectionId: _, ...stream }) => stream);
    const partnerRoutes = addressesOf(hub, row);
    views.push({ ...row, partnerRoutes, credentialFields: await hub.secrets.has(tx, row.id), streams: own });
  }
  return views;
}

function addressesOf(hub: Hub, { connector, webhookEndpoint }: Bare): string[] {
  const routes = Object.keys(hub.connectors.get(connector)?.partnerApi?.routes ?? {});
  return routes.map((route) => route.replace(' ', ` /api/v1/partners/${webhookEndpoint}`));
}
