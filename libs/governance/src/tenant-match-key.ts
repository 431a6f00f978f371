import { randomBytes } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';
import type { Secrets } from './secrets.js';

const FIELD = 'match-key';
const known = new WeakMap<Secrets, Map<string, Buffer>>();

/** The tenant's key for hashing match keys: 32 bytes made once and never changed, because every stored hash depends on it. */
export async function tenantMatchKey(tx: TenantTx, secrets: Secrets): Promise<Buffer> {
  const cache = known.get(secrets) ?? new Map<string, Buffer>();
  known.set(secrets, cache);
  const cached = cache.get(tx.tenantId);
  if (cached) return cached;
  const stored =
    (await secrets.read(tx, tx.tenantId, FIELD)) ?? (await secrets.writeOnce(tx, tx.tenantId, FIELD, randomBytes(32).toString('base64')));
  const key = Buffer.from(stored, 'base64');
  if (await isCommitted(tx)) cache.set(tx.tenantId, key);
  return key;
}

/** A key that this very transaction made may still be rolled back, and must then not outlive it in memory. */
async function isCommitted(tx: TenantTx): Promise<boolean> {
  const [row] = await tx.query<{ older: boolean }>('SELECT updated_at < now() AS older FROM secret WHERE owner_id = $1 AND field = $2', [
    tx.tenantId,
    FIELD,
  ]);
  return row.older;
}
