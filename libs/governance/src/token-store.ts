import type { Database, TenantTx } from '#hub/persistence';
import type { Secrets } from './secrets.js';

interface StoredReader {
  /** Undefined when the credential was never stored. */
  read: (field: string) => Promise<string | undefined>;
}
/** Credentials of one connection, read at use time; the shape that connector-sdk asks for. */
export interface StoredTokens extends StoredReader {
  /** Runs `work` in one process at a time; what it writes commits with it, or not at all. */
  alone: <Result>(
    work: (held: StoredReader & { write: (field: string, value: string) => Promise<void> }) => Promise<Result>,
  ) => Promise<Result>;
}

export function tokenStore(database: Database, secrets: Secrets, owner: { tenantId: string; connectionId: string }): StoredTokens {
  const { tenantId, connectionId } = owner;
  const readIn = (tx: TenantTx) => (field: string) => secrets.read(tx, connectionId, field);
  return {
    read: (field) => database.inTenant(tenantId, (tx) => readIn(tx)(field)),
    // Once: the vendor may have handed out a new token, so the work must not be repeated.
    alone: (work) =>
      database.inTenant(
        tenantId,
        (tx) =>
          locked(tx, connectionId, () =>
            work({ read: readIn(tx), write: (field, value) => secrets.write(tx, connectionId, field, value) }),
          ),
        { attempts: 1 },
      ),
  };
}

async function locked<Result>(tx: TenantTx, connectionId: string, work: () => Promise<Result>): Promise<Result> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 2))`, [connectionId]);
  return work();
}
