import type { TenantTx } from '#hub/persistence';
import { Refusal } from './actor.js';

export interface LockedConnection {
  id: string;
  connector: string;
  name: string;
  status: string;
  status_code: string | null;
}

/** @throws Refusal 404 when there is none, or it was deleted. */
export async function lockConnection(tx: TenantTx, id: string): Promise<LockedConnection> {
  const [connection] = await tx.query<LockedConnection>(
    `SELECT id, connector, name, status, status_code FROM connection WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`,
    [id],
  );
  if (!connection) throw new Refusal(404, 'NOT_FOUND', 'there is no such connection');
  return connection;
}

export interface NamedStream {
  connectionId: string;
  stream: string;
}

/** Resolves to the stream's id. @throws Refusal 404 when the connection or its stream is not there. */
export async function lockStream(tx: TenantTx, input: NamedStream): Promise<string> {
  const [stream] = await tx.query<{ id: string }>(
    `SELECT s.id FROM stream s JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id WHERE s.connection_id = $1 AND s.name = $2 AND c.deleted_at IS NULL FOR UPDATE OF s`,
    [input.connectionId, input.stream],
  );
  if (!stream) throw new Refusal(404, 'NOT_FOUND', 'there is no such stream');
  return stream.id;
}
