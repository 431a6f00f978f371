import type { Database } from '#hub/persistence';
import type { Secrets } from './secrets.js';

/** Credentials of one connection, read at use time; the shape that connector-sdk asks for. */
export interface StoredTokens {
  /** Undefined when the credential was never stored. */
  read: (field: string) => Promise<string | undefined>;
}

export function tokenStore(database: Database, secrets: Secrets, owner: { tenantId: string; connectionId: string }): StoredTokens {
  return { read: (field) => database.inTenant(owner.tenantId, (tx) => secrets.read(tx, owner.connectionId, field)) };
}
