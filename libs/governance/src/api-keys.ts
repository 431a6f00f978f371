import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Database, TenantTx } from '#hub/persistence';
import { isPermission, isRole, type Permission, type Role } from './roles.js';

const MARK = 'trib_';
const KEY = /^trib_[A-Za-z0-9_-]{43}$/;
const PREFIX_LENGTH = MARK.length + 6;
const TOUCH_EVERY_MS = 60_000;

export interface NewApiKey {
  name: string;
  role: Role;
  /** Narrow the role; empty means all that the role has. */
  scopes?: Permission[];
  expiresAt?: Date;
}
export interface ApiKeyHolder {
  tenantId: string;
  keyId: string;
  role: Role;
  scopes: string[];
}

/** Makes a key of 256 random bits. `key` is shown once: only its SHA-256 is stored. @throws RangeError on an unknown role or scope. */
export async function createApiKey(tx: TenantTx, { name, role, scopes = [], expiresAt }: NewApiKey): Promise<{ id: string; key: string }> {
  if (!isRole(role)) throw new RangeError(`there is no role "${role as string}"`);
  const unknown = scopes.filter((scope) => !isPermission(scope));
  if (unknown.length > 0) throw new RangeError(`there is no scope "${unknown.join('", "')}"`);
  const id = randomUUID();
  const key = MARK + randomBytes(32).toString('base64url');
  await tx.query(
    'INSERT INTO api_key (tenant_id, id, name, role, scopes, key_prefix, key_hash, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [tx.tenantId, id, name, role, scopes, key.slice(0, PREFIX_LENGTH), hashOf(key), expiresAt ?? null],
  );
  return { id, key };
}

/** Whose key this is; undefined when it is malformed, unknown, revoked or expired. Notes its use, at most once a minute. */
export async function lookupApiKey(database: Database, key: string): Promise<ApiKeyHolder | undefined> {
  if (!KEY.test(key)) return undefined;
  const [row] = await database.door<{ tenant_id: string; id: string; role: string; scopes: string[] }>('door_api_key($1)', [hashOf(key)]);
  if (!row || !isRole(row.role)) return undefined;
  const holder = { tenantId: row.tenant_id, keyId: row.id, role: row.role, scopes: row.scopes };
  await touch(database, holder);
  return holder;
}

/** True when the key was live until now. It stops working at once, in every process. */
export async function revokeApiKey(tx: TenantTx, id: string): Promise<boolean> {
  return (await tx.query('UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING 1', [id])).length > 0;
}

const touchedAt = new Map<string, number>();

async function touch(database: Database, { tenantId, keyId }: ApiKeyHolder): Promise<void> {
  const now = Date.now();
  if (now - (touchedAt.get(keyId) ?? 0) < TOUCH_EVERY_MS) return;
  touchedAt.set(keyId, now);
  await database.inTenant(tenantId, (tx) =>
    tx.query(`UPDATE api_key SET last_used_at = now() WHERE id = $1 AND coalesce(last_used_at < now() - interval '1 minute', true)`, [
      keyId,
    ]),
  );
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
