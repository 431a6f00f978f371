import { changeWebhookSecret } from '#hub/governance';
import { accountOf, type Connector } from '#hub/connector-sdk';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { audit, type Actor } from './actor.js';
import { checkCredentials, checkSettings, checkStreams, type StreamChoice } from './check-connection-input.js';
import { lockConnection } from './lock-connection.js';
import { orRefuseTaken, refuseTaken } from './refuse-taken.js';

/** A vendor and we change a secret at different moments. */
const KEEP_FORMER_HOURS = 24;

export interface ConnectionChange {
  name?: string;
  settings?: Record<string, unknown>;
  credentials?: Record<string, string>;
  /** How long deliveries that are signed with the former webhook secret are still believed; 24 unless it is said. */
  keepFormerHours?: number;
  priority?: number;
  allowedEffects?: string[];
  streams?: Record<string, StreamChoice>;
}

/** Changes what is given. New credentials end a pause that was caused by the old ones; no cursor is touched. */
export async function changeConnection(hub: Hub, actor: Actor, input: ConnectionChange & { id: string }): Promise<void> {
  await orRefuseTaken(
    hub.database.inTenant(actor.tenantId, async (tx) => {
      const connection = await lockConnection(tx, input.id);
      const connector = hub.connectors.get(connection.connector) as Connector;
      check(connector, input);
      await refuseTaken(tx, { id: input.id, name: input.name });
      await update(tx, connector, input);
      await writeCredentials(tx, hub, input);
      for (const [name, choice] of Object.entries(input.streams ?? {})) await changeStream(tx, input.id, { name, choice });
      await audit(tx, actor, {
        action: 'connection.change',
        subject: { kind: 'connection', id: input.id },
        before: { name: connection.name, status: connection.status },
        after: traceOf(input),
      });
    }),
  );
}

function check(connector: Connector, input: ConnectionChange): void {
  if (input.settings) checkSettings(connector, input.settings);
  checkCredentials(connector, input.credentials ?? {});
  checkStreams(connector, input.streams ?? {});
}

async function update(tx: TenantTx, connector: Connector, input: ConnectionChange & { id: string }): Promise<void> {
  await tx.query(
    `UPDATE connection SET name = coalesce($2, name), settings = coalesce($3, settings), account = coalesce($4, account), priority = coalesce($5, priority),
       allowed_effects = coalesce($6, allowed_effects), updated_at = now() WHERE id = $1`,
    [
      input.id,
      input.name ?? null,
      input.settings ?? null,
      input.settings ? accountOf(connector, input.settings) : null,
      input.priority ?? null,
      input.allowedEffects ?? null,
    ],
  );
}

async function writeCredentials(tx: TenantTx, hub: Hub, input: ConnectionChange & { id: string }): Promise<void> {
  const { webhookSecret, ...fields } = input.credentials ?? {};
  if (webhookSecret !== undefined) {
    const { id: connectionId, keepFormerHours = KEEP_FORMER_HOURS } = input;
    await changeWebhookSecret(tx, hub.secrets, { connectionId, secret: webhookSecret, keepFormerHours });
  }
  for (const [field, value] of Object.entries(fields)) await hub.secrets.write(tx, input.id, field, value);
  if (Object.keys(fields).length === 0) return;
  await tx.query(
    `UPDATE connection SET status = 'active', status_code = NULL, status_reason = NULL WHERE id = $1 AND status = 'paused' AND status_code = 'AUTH'`,
    [input.id],
  );
}

async function changeStream(tx: TenantTx, connectionId: string, { name, choice }: { name: string; choice: StreamChoice }): Promise<void> {
  await tx.query(
    `UPDATE stream SET interval_seconds = coalesce($3, interval_seconds), history_days = coalesce($4, history_days),
       status = CASE WHEN $5::boolean IS NULL THEN status WHEN $5 THEN 'paused' WHEN status_code = 'BRAKE' THEN status ELSE 'active' END, updated_at = now()
     WHERE connection_id = $1 AND name = $2`,
    [connectionId, name, choice.intervalSeconds ?? null, choice.historyDays ?? null, choice.paused ?? null],
  );
}

/** Names of settings, never their values: an address may be a person's. */
function traceOf(input: ConnectionChange): Record<string, unknown> {
  const { name, priority, allowedEffects, streams } = input;
  return {
    name,
    priority,
    allowedEffects,
    streams,
    settings: input.settings && Object.keys(input.settings),
    credentialFields: Object.keys(input.credentials ?? {}),
  };
}
