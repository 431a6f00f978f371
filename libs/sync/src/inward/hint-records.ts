import type { TenantTx } from '#hub/persistence';

export interface RecordHints {
  streamId: string;
  externalIds: string[];
  cause: string;
  /** Not before so many ms from now. */
  inMs?: number;
  /** The vendor says that they were merged into this one. */
  movedTo?: string;
}

/**
 * Asks for these records to be read again soon. One that is asked for already is asked for anew: whoever is about to answer that may have read
 * the record before this was known, and must not close it.
 */
export async function hintRecords(tx: TenantTx, { streamId, externalIds, cause, inMs = 0, movedTo }: RecordHints): Promise<void> {
  await tx.query(
    `INSERT INTO hint (tenant_id, id, stream_id, external_id, moved_to, cause, not_before)
     SELECT $1, gen_random_uuid(), $2, h.external_id, $5, $4, now() + make_interval(secs => $6) FROM (SELECT DISTINCT unnest($3::text[]) AS external_id ORDER BY 1) h
     ON CONFLICT (tenant_id, stream_id, external_id) WHERE done_at IS NULL
       DO UPDATE SET id = excluded.id, not_before = least(hint.not_before, excluded.not_before), moved_to = coalesce(excluded.moved_to, hint.moved_to)`,
    [tx.tenantId, streamId, externalIds, cause, movedTo ?? null, inMs / 1_000],
  );
}
