import { randomUUID } from 'node:crypto';
import { canonicalHash, type CanonicalValues } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { requestPersonsRuns } from '../runs/request-run.js';
import type { StreamContext } from '../stream-context.js';

export interface WriteOrder {
  mergeId: string;
  clusterId: string;
  operation: 'create' | 'merge';
  recordId?: string;
  externalId?: string;
  fields: string[];
  intended: CanonicalValues;
  writeId: string;
}

/** Puts a write into the outbox that a person asked for by itself: no plan made it, and none replaces it. */
export async function storeOrder(tx: TenantTx, stream: StreamContext, order: WriteOrder): ReturnType<typeof requestPersonsRuns> {
  const effect = stream.definition.push?.effect ?? 'silent';
  await tx.query(
    `INSERT INTO outbox (tenant_id, id, cluster_id, connection_id, stream_id, record_id, operation, fields, intended, write_key, write_id, effect, external_id, order_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      tx.tenantId,
      randomUUID(),
      order.clusterId,
      stream.connection.id,
      stream.streamId,
      order.recordId ?? null,
      order.operation,
      order.fields,
      order.intended,
      canonicalHash([order.operation, order.mergeId, order.writeId]),
      order.writeId,
      effect,
      order.externalId ?? null,
      order.mergeId,
    ],
  );
  return requestPersonsRuns(tx, [{ kind: 'push', connectionId: stream.connection.id }]);
}

/** What became of the latest write of this kind that the merge asked for. */
export async function orderState(
  tx: TenantTx,
  { mergeId, operation }: Pick<WriteOrder, 'mergeId' | 'operation'>,
): Promise<string | undefined> {
  const [row] = await tx.query<{ state: string }>(
    `SELECT state FROM outbox WHERE order_id = $1 AND operation = $2 ORDER BY created_at DESC, id LIMIT 1`,
    [mergeId, operation],
  );
  return row?.state;
}

const UNDER_WAY = ['sending', 'unknown', 'sent'];
export const isUnderWay = (state: string | undefined): boolean => state !== undefined && UNDER_WAY.includes(state);
