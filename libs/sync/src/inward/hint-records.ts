import type { TenantTx } from '#hub/persistence';

/** Asks for these records to be read again soon; what is asked for already stays as it is. */
export async function hintRecords(tx: TenantTx, hint: { streamId: string; externalIds: string[]; cause: string }): Promise<void> {
  await tx.query(
    `INSERT INTO hint (tenant_id, id, stream_id, external_id, cause) SELECT $1, gen_random_uuid(), $2, unnest($3::text[]), $4 ON CONFLICT DO NOTHING`,
    [tx.tenantId, hint.streamId, hint.externalIds, hint.cause],
  );
}
