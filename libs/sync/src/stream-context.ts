import type { ObjectName } from '#hub/canonical';
import type { ConnectorCategory, StreamDefinition } from '#hub/connector-sdk';
import type { FieldPolicy } from '#hub/identity';
import type { CompiledMapping, InwardContext } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from './hub.js';
import { activeRules } from './identity/people-model.js';
import { loadTenantMappings, type TenantMappings } from './mappings/tenant-mappings.js';

/** One configured stream with everything that applying, pushing or comparing its records needs. */
export interface StreamContext {
  tenantId: string;
  streamId: string;
  name: string;
  object: ObjectName;
  historyDays: number;
  connection: ConnectionContext;
  mapping: CompiledMapping;
  /** Stored payloads of other records, where the mapping looks into them; see `withLookups`. */
  lookup?: InwardContext['lookup'];
  /** Why its mapping may not run; nothing of the stream does then. */
  mappingFault?: string;
  definition: StreamDefinition<unknown>;
}
/** What a mapping reads besides the payload. */
export function inwardContext(stream: StreamContext, now: Date): InwardContext {
  return { settings: stream.connection.settings, now, lookup: stream.lookup };
}
interface ConnectionContext {
  id: string;
  name: string;
  connector: string;
  category: ConnectorCategory;
  systemOfRecord: boolean;
  priority: number;
  allowedEffects: string[];
  settings: Record<string, unknown>;
}
/** Every live stream of the tenant: parents are looked up in, and outward changes planned for, these. */
export interface TenantStreams {
  all: StreamContext[];
  /** In front of the tenant's reference numbers. */
  refPrefix?: string;
  byId: (streamId: string) => StreamContext;
  /** The streams of an object that can be written to. */
  targetsOf: (object: ObjectName) => StreamContext[];
  /** Survivorship per field; mappings that disagree were refused when they were loaded or activated. */
  policiesOf: (object: ObjectName) => Record<string, FieldPolicy>;
}

interface Row {
  stream_id: string;
  name: string;
  object: ObjectName;
  history_days: number;
  connection_id: string;
  connection_name: string;
  connector: string;
  category: ConnectorCategory;
  system_of_record: boolean;
  priority: number;
  allowed_effects: string[];
  settings: Record<string, unknown>;
  ref_prefix: string | null;
}

/** Reads the tenant's live streams and binds them to their connectors and mappings. */
export async function loadStreams(tx: TenantTx, hub: Hub): Promise<TenantStreams> {
  const rows = await tx.query<Row>(
    `SELECT s.id AS stream_id, s.name, s.object, s.history_days, c.id AS connection_id, c.name AS connection_name, c.connector, c.category, c.system_of_record,
       c.priority, c.allowed_effects, c.settings, (SELECT ref_prefix FROM tenant) AS ref_prefix
     FROM stream s JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id WHERE c.deleted_at IS NULL ORDER BY c.created_at, s.name`,
  );
  const mappings = await loadTenantMappings(tx, hub);
  const { survivorship = {} } = await activeRules(tx);
  const streams = streamsOf(
    rows.map((row) => contextOf(row, tx.tenantId, { hub, mappings })),
    (object) => withSurvivorship(policiesFrom(mappings, object), survivorship[object]),
  );
  return { ...streams, refPrefix: rows[0]?.ref_prefix ?? undefined };
}

function contextOf(row: Row, tenantId: string, { hub, mappings }: { hub: Hub; mappings: TenantMappings }): StreamContext {
  const connector = hub.connectors.get(row.connector);
  const definition = connector?.streams[row.name];
  if (!definition) throw new Error(`connector "${row.connector}" has no stream "${row.name}" in this build`);
  const mapping = mappings.forStream(row.connector, row.name);
  return {
    tenantId,
    streamId: row.stream_id,
    name: row.name,
    object: row.object,
    historyDays: row.history_days,
    definition,
    mapping,
    mappingFault: mappings.faultOf(mapping),
    connection: {
      id: row.connection_id,
      name: row.connection_name,
      connector: row.connector,
      category: row.category,
      systemOfRecord: row.system_of_record,
      priority: row.priority,
      allowedEffects: row.allowed_effects,
      settings: row.settings,
    },
  };
}

function streamsOf(all: StreamContext[], policiesFor: TenantStreams['policiesOf']): TenantStreams {
  const ids = new Map(all.map((stream) => [stream.streamId, stream]));
  const policies = new Map<ObjectName, Record<string, FieldPolicy>>();
  return {
    all,
    byId: (streamId) => {
      const found = ids.get(streamId);
      if (!found) throw new Error(`no live stream ${streamId}`);
      return found;
    },
    targetsOf: (object) =>
      all.filter(
        ({ object: into, definition, mapping }) =>
          into === object && definition.push !== undefined && (mapping.outward.length > 0 || mapping.creates),
      ),
    policiesOf: (object) => {
      const known = policies.get(object) ?? policiesFor(object);
      policies.set(object, known);
      return known;
    },
  };
}

const DEFAULT_POLICY: FieldPolicy = { wins: 'ats', onBoth: 'freeze' };

/** A tenant's own rules go before what the mappings say. */
export function withSurvivorship(
  policies: Record<string, FieldPolicy>,
  rules: Record<string, Partial<FieldPolicy>> = {},
): Record<string, FieldPolicy> {
  const ruled = Object.entries(rules).map(([field, rule]) => {
    const known: FieldPolicy | undefined = policies[field];
    return [field, { ...(known ?? DEFAULT_POLICY), ...rule }] as const;
  });
  return { ...policies, ...Object.fromEntries(ruled) };
}

function policiesFrom(mappings: TenantMappings, object: ObjectName): Record<string, FieldPolicy> {
  const policies: Record<string, FieldPolicy> = {};
  for (const mapping of mappings.all) {
    if (mapping.into !== object) continue;
    for (const field of mapping.fields) policies[field.to] ??= { wins: field.wins, onBoth: field.onBoth };
  }
  return policies;
}
