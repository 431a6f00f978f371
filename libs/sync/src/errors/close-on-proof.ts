import type { TenantTx } from '#hub/persistence';
import { contentHash } from '../inward/map-record.js';
import type { StreamContext } from '../stream-context.js';

export interface Agreement {
  externalId: string;
  clusterId?: string;
  payload: unknown;
}

/**
 * A fresh read, by another run than the one that wrote, agrees: items that waited for proof, and what reconciliation itself had opened,
 * are resolved as verified; the hash and the time of the read stay on them.
 */
export async function closeOnProof(tx: TenantTx, stream: StreamContext, input: { agreements: Agreement[] }): Promise<number> {
  if (input.agreements.length === 0) return 0;
  const closed = await tx.query(
    `UPDATE error_item e SET state = 'resolved', resolution = 'verified', proof_hash = p.hash, proved_at = now(), resolved_at = now(), updated_at = now(), version = e.version + 1
     FROM unnest($2::text[], $3::uuid[], $4::uuid[]) AS p (external_id, cluster_id, hash)
     WHERE e.stream_id = $1 AND (e.external_id = p.external_id OR (e.external_id IS NULL AND e.cluster_id = p.cluster_id))
       AND (e.state = 'awaiting_proof' OR (e.stage = 'reconcile' AND e.state IN ('open', 'assigned', 'snoozed', 'retrying')))
     RETURNING 1`,
    [
      stream.streamId,
      input.agreements.map((one) => one.externalId),
      input.agreements.map((one) => one.clusterId ?? null),
      input.agreements.map((one) => contentHash(JSON.stringify(one.payload ?? null), stream)),
    ],
  );
  return closed.length;
}
