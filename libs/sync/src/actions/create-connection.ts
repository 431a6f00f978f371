import { randomUUID } from 'node:crypto';
import { accessOf, accountOf, type Connector } from '#hub/connector-sdk';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { audit, Refusal, type Actor } from './actor.js';
import { checkCredentials, checkSettings, checkStreams, isCalled, type StreamChoice } from './check-connection-input.js';
import { orRefuseTaken, refuseTaken } from './refuse-taken.js';

export interface NewConnection {
  connector: string;
  name: string;
  settings: Record<string, unknown>;
  credentials: Record<string, string>;
  systemOfRecord?: boolean;
  priority?: number;
  allowedEffects?: string[];
  streams?: Record<string, StreamChoice>;
}

/** Stores a connection with its streams; settings and names are checked here, access by `testConnection`. */
export async function createConnection(hub: Hub, actor: Actor, input: NewConnection): Promise<{ id: string }> {
  const connector = connectorOf(hub, input.connector);
  checkSettings(connector, input.settings);
  checkCredentials(connector, input.credentials, input.settings);
  checkStreams(connector, input.streams ?? {});
  const id = randomUUID();
  await orRefuseTaken(
    hub.database.inTenant(actor.tenantId, async (tx) => {
      await refuseTaken(tx, input);
      await insertConnection(tx, connector, { ...input, id });
      for (const [field, value] of Object.entries(input.credentials)) await hub.secrets.write(tx, id, field, value);
      for (const name of Object.keys(connector.streams))
        await insertStream(tx, hub, { connector, connectionId: id, name, choice: input.streams?.[name] ?? {} });
      if (isCalled(connector))
        await tx.query(`INSERT INTO webhook_endpoint (tenant_id, id, connection_id) VALUES ($1, $2, $3)`, [tx.tenantId, randomUUID(), id]);
      const after = {
        connector: connector.id,
        name: input.name,
        systemOfRecord: input.systemOfRecord ?? false,
        credentialFields: Object.keys(input.credentials),
      };
      await audit(tx, actor, { action: 'connection.create', subject: { kind: 'connection', id }, after });
    }),
  );
  return { id };
}

function connectorOf(hub: Hub, id: string): Connector {
  const connector = hub.connectors.get(id);
  if (connector) return connector;
  const detail = `there is no connector "${id}"; choose one of ${[...hub.connectors.keys()].join(', ')}`;
  throw new Refusal(422, 'UNKNOWN_CONNECTOR', detail, [{ pointer: '/connector', code: 'unknown', detail: 'not in the catalogue' }]);
}

async function insertConnection(tx: TenantTx, connector: Connector, input: NewConnection & { id: string }): Promise<void> {
  await tx.query(
    `INSERT INTO connection (tenant_id, id, connector, name, category, settings, account, system_of_record, priority, allowed_effects, status, status_code, status_reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      tx.tenantId,
      input.id,
      connector.id,
      input.name,
      connector.category,
      input.settings,
      accountOf(connector, input.settings),
      input.systemOfRecord ?? false,
      input.priority ?? 100,
      input.allowedEffects ?? ['silent'],
      ...(accessOf(connector, input.settings).signIn ? ['paused', 'AUTH', 'nobody has signed in yet'] : ['active', null, null]),
    ],
  );
}

async function insertStream(
  tx: TenantTx,
  hub: Hub,
  input: { connector: Connector; connectionId: string; name: string; choice: StreamChoice },
): Promise<void> {
  const { connector, connectionId, name, choice } = input;
  const mapping = hub.mappings.all.find((one) => one.connector === connector.id && one.stream === name);
  if (!mapping)
    throw new Refusal(422, 'NO_MAPPING', `no mapping reads ${connector.id}.${name}; add mappings/${connector.id}/${name}.yaml`, [
      { pointer: '/connector', code: 'mapping', detail: 'add its file and start again' },
    ]);
  await tx.query(
    `INSERT INTO stream (tenant_id, id, connection_id, name, object, mapping, interval_seconds, history_days, status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      tx.tenantId,
      randomUUID(),
      connectionId,
      name,
      connector.streams[name].entity,
      mapping.name,
      choice.intervalSeconds ?? 300,
      choice.historyDays ?? 365,
      choice.paused ? 'paused' : 'active',
    ],
  );
}
