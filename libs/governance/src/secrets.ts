import type { TenantTx } from '#hub/persistence';
import { keyIdOf, openSecret, rewrapSecret, sealSecret, SecretUnreadable, type Envelope, type SealedFor } from './seal.js';

/** Credentials at rest. Plaintext exists only in the arguments and results of these calls. */
export interface Secrets {
  write: (tx: TenantTx, ownerId: string, field: string, plaintext: string) => Promise<void>;
  /** Stores unless there is one already; says which one holds. Safe between concurrent callers. */
  writeOnce: (tx: TenantTx, ownerId: string, field: string, plaintext: string) => Promise<string>;
  /** Undefined when never stored. @throws SecretUnreadable when it was changed or its master key is not configured. */
  read: (tx: TenantTx, ownerId: string, field: string) => Promise<string | undefined>;
  /** Names of the fields that are stored, never their values. */
  has: (tx: TenantTx, ownerId: string) => Promise<string[]>;
  remove: (tx: TenantTx, ownerId: string) => Promise<void>;
  /** Brings the tenant's rows that are under a previous master key under the current one; resolves to how many. */
  rewrap: (tx: TenantTx) => Promise<number>;
}

/** Master keys of 32 bytes: new rows use `current`, older rows still open with `previous`. */
export type MasterKeys = Buffer | { current: Buffer; previous: Buffer[] };

interface Row {
  owner_id: string;
  field: string;
  key_id: string;
  wrapped_key: Buffer;
  sealed: Buffer;
  version: number;
}

/** @throws RangeError when a key is not 32 bytes. */
export function createSecrets(masterKeys: MasterKeys): Secrets {
  const { current, previous } = Buffer.isBuffer(masterKeys) ? { current: masterKeys, previous: [] } : masterKeys;
  const keys = new Map([current, ...previous].map((key) => [keyIdOf(key), key]));
  for (const key of keys.values()) if (key.length !== 32) throw new RangeError(`a master key has 32 bytes, not ${key.length}`);
  const keyOf = (keyId: string): Buffer => {
    const key = keys.get(keyId);
    if (!key)
      throw new SecretUnreadable(
        `a stored credential is sealed under master key ${keyId}, which is not configured; add it as a previous key`,
      );
    return key;
  };
  const read = async (tx: TenantTx, ownerId: string, field: string): Promise<string | undefined> => {
    const [row] = await tx.query<Row>('SELECT * FROM secret WHERE owner_id = $1 AND field = $2', [ownerId, field]);
    return row && openSecret(keyOf(row.key_id), envelopeOf(row), placeOf(tx, row)).toString('utf8');
  };
  return {
    read,
    write: async (tx, ownerId, field, plaintext) => {
      const [row] = await tx.query<{ version: number }>('SELECT version FROM secret WHERE owner_id = $1 AND field = $2 FOR UPDATE', [
        ownerId,
        field,
      ]);
      const version = (row?.version ?? 0) + 1;
      const envelope = sealSecret(current, plaintext, { tenantId: tx.tenantId, ownerId, field, version });
      await insert(
        tx,
        { ownerId, field, version, envelope },
        `DO UPDATE SET key_id = excluded.key_id, wrapped_key = excluded.wrapped_key, sealed = excluded.sealed, version = excluded.version, updated_at = now()`,
      );
    },
    writeOnce: async (tx, ownerId, field, plaintext) => {
      const envelope = sealSecret(current, plaintext, { tenantId: tx.tenantId, ownerId, field, version: 1 });
      await insert(tx, { ownerId, field, version: 1, envelope }, 'DO NOTHING');
      return (await read(tx, ownerId, field)) as string;
    },
    has: async (tx, ownerId) =>
      (await tx.query<{ field: string }>('SELECT field FROM secret WHERE owner_id = $1 ORDER BY field', [ownerId])).map(
        ({ field }) => field,
      ),
    remove: async (tx, ownerId) => {
      await tx.query('DELETE FROM secret WHERE owner_id = $1', [ownerId]);
    },
    rewrap: async (tx) => {
      const rows = await tx.query<Row>('SELECT * FROM secret WHERE key_id <> $1 ORDER BY owner_id, field FOR UPDATE', [keyIdOf(current)]);
      for (const row of rows) {
        const { keyId, wrappedKey } = rewrapSecret({ from: keyOf(row.key_id), to: current }, envelopeOf(row), placeOf(tx, row));
        await tx.query('UPDATE secret SET key_id = $3, wrapped_key = $4 WHERE owner_id = $1 AND field = $2', [
          row.owner_id,
          row.field,
          keyId,
          wrappedKey,
        ]);
      }
      return rows.length;
    },
  };
}

async function insert(
  tx: TenantTx,
  row: { ownerId: string; field: string; version: number; envelope: Envelope },
  onConflict: string,
): Promise<void> {
  await tx.query(
    `INSERT INTO secret (tenant_id, owner_id, field, key_id, wrapped_key, sealed, version) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, owner_id, field) ${onConflict}`,
    [tx.tenantId, row.ownerId, row.field, row.envelope.keyId, row.envelope.wrappedKey, row.envelope.sealed, row.version],
  );
}

function envelopeOf(row: Row): Envelope {
  return { keyId: row.key_id, wrappedKey: row.wrapped_key, sealed: row.sealed };
}

function placeOf(tx: TenantTx, row: Row): SealedFor {
  return { tenantId: tx.tenantId, ownerId: row.owner_id, field: row.field, version: row.version };
}
