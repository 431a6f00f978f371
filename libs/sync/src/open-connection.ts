import { openSession, type ConnectorSession } from '#hub/connector-sdk';
import { tokenStore } from '#hub/governance';
import { pgBudget, pgFiles, pgReceived, type TenantTx } from '#hub/persistence';
import type { Hub } from './hub.js';

/** What this installation allows its connections to reach. */
export interface Installation {
  /** `host:port` pairs that may be private addresses or plain HTTP; empty by default. */
  egress: string[];
  /** PEM of a private certificate authority. */
  ca?: string;
  /** Where vendors and browsers reach our API, without a slash at its end; what depends on it is refused without it. */
  publicUrl?: string;
}

/** Opens one configured account: settings from its row, credentials read at use time. */
export async function openConnection(
  hub: Hub,
  installation: Installation,
  input: { tx: TenantTx; connectionId: string },
): Promise<ConnectorSession> {
  const [row] = await input.tx.query<{ connector: string; settings: Record<string, unknown> }>(
    `SELECT connector, settings FROM connection WHERE id = $1`,
    [input.connectionId],
  );
  if (!row) throw new Error(`no connection ${input.connectionId}`);
  const connector = hub.connectors.get(row.connector);
  if (!connector) throw new Error(`connector "${row.connector}" is not part of this build`);
  return openSession(connector, {
    settings: row.settings,
    tokens: tokenStore(hub.database, hub.secrets, { tenantId: input.tx.tenantId, connectionId: input.connectionId }),
    budget: pgBudget(hub.database),
    received: pgReceived(hub.database, { tenantId: input.tx.tenantId, connectionId: input.connectionId }),
    files: pgFiles(hub.database, { tenantId: input.tx.tenantId, connectionId: input.connectionId }),
    egress: installation.egress,
    ca: installation.ca,
    now: hub.now,
  });
}
