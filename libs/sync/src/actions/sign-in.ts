import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ConnectorFailure, type Connector, type ConnectorSession } from '#hub/connector-sdk';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { audit, Refusal, type Actor } from './actor.js';
import { lockConnection } from './lock-connection.js';

const SIGN_IN_CALLBACK = '/api/v1/sign-in/callback';
const MINUTES = 10;
const VERIFIER = 'codeVerifier';

interface SignInRow {
  id: string;
  connection_id: string;
  redirect_uri: string;
  requested_by: string;
}

/** Sends a person to the vendor's own page. Until they come back, or for ten minutes, the hub remembers that it asked. */
export async function beginSignIn(hub: Hub, actor: Actor, connectionId: string): Promise<{ url: string; expiresAt: Date }> {
  const id = randomUUID();
  const [state, codeVerifier] = [stateOf(actor.tenantId, id), randomBytes(48).toString('base64url')];
  const { session, expiresAt, redirectUri } = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const { connector } = await lockConnection(tx, connectionId);
    refuseWithoutSignIn(hub.connectors.get(connector) as Connector);
    const redirectUri = callbackOf(hub);
    await forgetOld(tx, hub);
    await hub.secrets.write(tx, id, VERIFIER, codeVerifier);
    const [row] = await tx.query<{ expires_at: Date }>(
      `INSERT INTO sign_in (tenant_id, id, connection_id, state_hash, redirect_uri, requested_by, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(mins => $7)) RETURNING expires_at`,
      [tx.tenantId, id, connectionId, hashOf(state), redirectUri, actor.id, MINUTES],
    );
    await audit(tx, actor, { action: 'connection.sign-in', subject: { kind: 'connection', id: connectionId } });
    return { session: await hub.open(tx, connectionId), expiresAt: row.expires_at, redirectUri };
  });
  try {
    return { url: await session.signInUrl({ redirectUri, state, codeVerifier }), expiresAt };
  } finally {
    session.close();
  }
}

/**
 * The person is back with the vendor's answer. A sign-in ends with its first answer, whatever that is. New tokens end a pause for AUTH.
 * @throws Refusal when the hub did not ask, when the person or the vendor refused, or when the vendor does not accept its own code
 */
export async function finishSignIn(hub: Hub, answer: { state?: string; code?: string; error?: string; requestId: string }): Promise<void> {
  const { tenantId, id } = readState(answer.state ?? '');
  const { session, codeVerifier, signIn } = await hub.database.inTenant(tenantId, async (tx) => {
    const [row] = await tx.query<SignInRow>(
      `DELETE FROM sign_in WHERE id = $1 AND state_hash = $2 AND expires_at > now() RETURNING id, connection_id, redirect_uri, requested_by`,
      [id, hashOf(answer.state ?? '')],
    );
    if (!row) throw unknownSignIn();
    const verifier = (await hub.secrets.read(tx, id, VERIFIER)) ?? '';
    await hub.secrets.remove(tx, id);
    await lockConnection(tx, row.connection_id);
    return { session: await hub.open(tx, row.connection_id), codeVerifier: verifier, signIn: row };
  });
  await redeem(session, { ...answer, codeVerifier, redirectUri: signIn.redirect_uri });
  const actor: Actor = { tenantId, kind: 'api-key', id: signIn.requested_by, role: '', scopes: [], requestId: answer.requestId };
  await hub.database.inTenant(tenantId, async (tx) => {
    await tx.query(
      `UPDATE connection SET status = 'active', status_code = NULL, status_reason = NULL, updated_at = now() WHERE id = $1 AND status = 'paused' AND status_code = 'AUTH'`,
      [signIn.connection_id],
    );
    await audit(tx, actor, { action: 'connection.signed-in', subject: { kind: 'connection', id: signIn.connection_id } });
  });
}

async function redeem(
  session: ConnectorSession,
  { code, error, codeVerifier, redirectUri }: { code?: string; error?: string; codeVerifier: string; redirectUri: string },
): Promise<void> {
  try {
    if (!code) throw new Refusal(400, 'SIGN_IN_REFUSED', `the vendor did not let the hub in (${wordOf(error)}): begin the sign-in again`);
    await session.redeemSignIn({ code, codeVerifier, redirectUri });
  } catch (failure) {
    throw failure instanceof ConnectorFailure ? new Refusal(400, 'SIGN_IN_REFUSED', failure.detail) : failure;
  } finally {
    session.close();
  }
}

function callbackOf({ installation }: Hub): string {
  if (installation.publicUrl) return installation.publicUrl + SIGN_IN_CALLBACK;
  const detail = 'the vendor would not know where to send the person back: set API_PUBLIC_URL and start the API again';
  throw new Refusal(409, 'NO_PUBLIC_URL', detail);
}

function refuseWithoutSignIn({ name, auth }: Connector): void {
  if (auth.signIn) return;
  const detail = `${name} is not signed in to: it uses the credentials ${auth.credentials.join(', ') || '(none)'}`;
  throw new Refusal(409, 'NO_SIGN_IN', detail);
}

async function forgetOld(tx: TenantTx, hub: Hub): Promise<void> {
  const old = await tx.query<{ id: string }>(`DELETE FROM sign_in WHERE expires_at <= now() RETURNING id`);
  for (const { id } of old) await hub.secrets.remove(tx, id);
}

/** Tenant, sign-in and 32 random bytes: the answer comes to an address that all tenants share, and proves itself by its hash. */
function stateOf(tenantId: string, id: string): string {
  return Buffer.concat([bytesOf(tenantId), bytesOf(id), randomBytes(32)]).toString('base64url');
}

function readState(state: string): { tenantId: string; id: string } {
  const bytes = Buffer.from(state, 'base64url');
  if (bytes.length !== 64) throw unknownSignIn();
  return { tenantId: uuidOf(bytes.subarray(0, 16)), id: uuidOf(bytes.subarray(16, 32)) };
}

function bytesOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function hashOf(state: string): Buffer {
  return createHash('sha256').update(state).digest();
}

function unknownSignIn(): Refusal {
  return new Refusal(
    400,
    'SIGN_IN_UNKNOWN',
    'this sign-in is not known, was answered already, or took longer than ten minutes: begin it again',
  );
}

function wordOf(error: string | undefined): string {
  return error && /^[a-z_]{1,40}$/.test(error) ? error : 'no code came back';
}
