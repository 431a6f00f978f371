import { randomBytes, randomUUID } from 'node:crypto';
import type { Subscription } from '#hub/connector-sdk';
import { changeWebhookSecret, webhookSecrets } from '#hub/governance';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { asFailure } from './bug-failure.js';

interface Wanted {
  id: string;
  connector: string;
  endpoint: string | null;
  active: boolean;
}
interface Row {
  id: string;
  connection_id: string;
  state: 'creating' | 'unconfirmed' | 'live' | 'failed';
  external_id: string | null;
  details: Record<string, string>;
  expires_at: Date | null;
  not_before: Date;
  attempts: number;
}

const HOOKS = '/api/v1/hooks/';
/** An attempt that nobody brought to its end. */
const FORGOTTEN_MS = 120_000;
const SHORTEST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

/**
 * Makes what vendors were asked to call us by what it should be: one live subscription for every active connection whose connector declares how, renewed
 * before its end, none for any other. A new one is made before an old one is taken back, so that nothing is missed between them.
 * @returns how many were made or taken back; nothing happens where the installation has no public address
 */
export async function matchSubscriptions(hub: Hub, tenantId: string): Promise<number> {
  const { publicUrl } = hub.installation;
  if (!publicUrl) return 0;
  let changed = 0;
  for (const { connection, rows: known } of await subscribing(hub, tenantId)) {
    const now = hub.now().getTime();
    const over = known.filter((row) => row.expires_at !== null && row.expires_at.getTime() <= now);
    for (const row of over) await end(hub, tenantId, row);
    const rows = known.filter((row) => !over.includes(row));
    const { renewBeforeMs } = hub.connectors.get(connection.connector)?.subscription ?? { renewBeforeMs: 0 };
    const fresh = rows.find((row) => row.state === 'live' && (row.expires_at === null || row.expires_at.getTime() - renewBeforeMs > now));
    const wanted = connection.active && connection.endpoint !== null;
    if (wanted && !fresh) {
      if (rows.some((row) => row.state !== 'live' && waits(row, now))) continue;
      const url = `${publicUrl}${HOOKS}${connection.endpoint}`;
      if (!(await begin(hub, tenantId, { connection, url, attempts: Math.max(0, ...rows.map(({ attempts }) => attempts)) }))) continue;
      changed += 1;
    }
    const former = wanted && fresh ? rows.filter((row) => row.id !== fresh.id) : rows;
    for (const row of former) if (await end(hub, tenantId, row)) changed += 1;
  }
  return changed;
}

/** Before a connection is deleted: afterwards nobody has the credentials to say so. What cannot be taken back ends by its time. */
export async function endSubscriptions(hub: Hub, tenantId: string, connectionId: string): Promise<void> {
  const rows = await hub.database.inTenant(tenantId, (tx) => subscriptionsOf(tx, [connectionId]));
  for (const row of rows) await end(hub, tenantId, row);
}

function waits(row: Row, now: number): boolean {
  return row.state !== 'failed' ? now - row.not_before.getTime() < FORGOTTEN_MS : row.not_before.getTime() > now;
}

async function subscribing(hub: Hub, tenantId: string): Promise<{ connection: Wanted; rows: Row[] }[]> {
  const names = [...hub.connectors.values()].filter(({ subscription }) => subscription).map(({ id }) => id);
  if (names.length === 0) return [];
  return hub.database.inTenant(tenantId, async (tx) => {
    const connections = await tx.query<Wanted>(
      `SELECT c.id, c.connector, c.status = 'active' AS active, (SELECT w.id FROM webhook_endpoint w WHERE w.connection_id = c.id AND w.disabled_at IS NULL LIMIT 1) AS endpoint
       FROM connection c WHERE c.deleted_at IS NULL AND c.connector = ANY ($1) ORDER BY c.id`,
      [names],
    );
    const rows = await subscriptionsOf(
      tx,
      connections.map(({ id }) => id),
    );
    return connections.map((connection) => ({ connection, rows: rows.filter((row) => row.connection_id === connection.id) }));
  });
}

function subscriptionsOf(tx: TenantTx, connectionIds: string[]): Promise<Row[]> {
  return tx.query<Row>(
    `SELECT id, connection_id, state, external_id, details, expires_at, not_before, attempts FROM subscription WHERE connection_id = ANY ($1) ORDER BY created_at DESC`,
    [connectionIds],
  );
}

/** Noted before the vendor is asked. @returns whether the vendor agreed */
async function begin(hub: Hub, tenantId: string, input: { connection: Wanted; url: string; attempts: number }): Promise<boolean> {
  const { connection, url, attempts } = input;
  const isConfirmed = hub.connectors.get(connection.connector)?.subscription?.confirm !== undefined;
  const id = randomUUID();
  const secret = await hub.database.inTenant(tenantId, async (tx) => {
    await tx.query(
      `INSERT INTO subscription (tenant_id, id, connection_id, state, attempts, not_before) VALUES ($1, $2, $3, 'creating', $4, $5)`,
      [tenantId, id, connection.id, attempts + 1, hub.now()],
    );
    return secretFor(tx, hub, connection.id);
  });
  try {
    const made = await ask(hub, tenantId, connection.id, (session) => session.subscribe({ id, url, secret }));
    await hub.database.inTenant(tenantId, (tx) =>
      tx.query(
        `UPDATE subscription SET state = $5, external_id = $2, details = $3, expires_at = $4, attempts = CASE WHEN $5 = 'live' THEN 0 ELSE attempts END WHERE id = $1 AND state = 'creating'`,
        [id, made?.externalId ?? id, made?.details ?? {}, made?.expiresAt ?? null, isConfirmed ? 'unconfirmed' : 'live'],
      ),
    );
    return true;
  } catch (error) {
    const { code, detail } = asFailure(error);
    const waitMs = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** attempts);
    await hub.database.inTenant(tenantId, (tx) =>
      tx.query(`UPDATE subscription SET state = 'failed', failure = $2, not_before = $3 WHERE id = $1`, [
        id,
        `${code}: ${detail}`,
        new Date(hub.now().getTime() + waitMs),
      ]),
    );
    return false;
  }
}

/** What the vendor agreed to is told to stop; of what was never answered, only the note goes. @returns false when it is to be tried again */
async function end(hub: Hub, tenantId: string, row: Row): Promise<boolean> {
  const over = row.expires_at !== null && row.expires_at <= hub.now();
  if (row.external_id !== null && !over) {
    const subscription: Subscription = { externalId: row.external_id, details: row.details };
    const told = await ask(hub, tenantId, row.connection_id, (session) => session.unsubscribe(subscription)).then(
      () => true,
      () => false,
    );
    if (!told) return false;
  }
  await hub.database.inTenant(tenantId, (tx) => tx.query(`DELETE FROM subscription WHERE id = $1`, [row.id]));
  return true;
}

/**
 * A sender's token, which came unsigned: it is given back to the sender, who refuses what it did not send. Only then it is what deliveries must be
 * signed with. `later`: the sender was not heard, or is still being asked to call us; `refused`: nothing waits for a token, or not for this one.
 */
export async function confirmSubscription(
  hub: Hub,
  { tenantId, connectionId }: { tenantId: string; connectionId: string },
  { token, externalId }: { token: string; externalId?: string },
): Promise<'confirmed' | 'later' | 'refused'> {
  const rows = await hub.database.inTenant(tenantId, (tx) => subscriptionsOf(tx, [connectionId]));
  const row = rows.find((one) => one.state === 'unconfirmed' && (externalId ?? one.external_id) === one.external_id);
  if (!row?.external_id) return rows.some(({ state }) => state === 'creating') ? 'later' : 'refused';
  const subscription = { externalId: row.external_id, details: row.details, token };
  try {
    await ask(hub, tenantId, connectionId, (session) => session.confirmSubscription(subscription));
  } catch (error) {
    return HEARD_BY_NOBODY.has(asFailure(error).code) ? 'later' : 'refused';
  }
  await hub.database.inTenant(tenantId, async (tx) => {
    await changeWebhookSecret(tx, hub.secrets, { connectionId, secret: token, keepFormerHours: 24 });
    await tx.query(`UPDATE subscription SET state = 'live', attempts = 0 WHERE id = $1`, [row.id]);
  });
  return 'confirmed';
}
const HEARD_BY_NOBODY = new Set(['TRANSIENT', 'RATE_LIMITED', 'UNKNOWN_OUTCOME']);

async function ask<Result>(
  hub: Hub,
  tenantId: string,
  connectionId: string,
  work: (session: Awaited<ReturnType<Hub['open']>>) => Promise<Result>,
): Promise<Result> {
  const session = await hub.database.inTenant(tenantId, (tx) => hub.open(tx, connectionId));
  return work(session).finally(() => session.close());
}

/** One that nobody knows is made where people set none. */
async function secretFor(tx: TenantTx, hub: Hub, connectionId: string): Promise<string> {
  const [known] = await webhookSecrets(tx, hub.secrets, connectionId);
  if (known !== undefined) return known;
  const secret = randomBytes(32).toString('base64url');
  await changeWebhookSecret(tx, hub.secrets, { connectionId, secret, keepFormerHours: 0 });
  return secret;
}
