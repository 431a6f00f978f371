import type { StreamWork } from './advance.js';
import { fetchRecords, parkRefused } from './fetch-records.js';
import type { PulledRecord } from './map-record.js';
import type { PulledBatch } from './pull-batch.js';

/** What had a version that is there no more is asked for by id: it is gone, or lies elsewhere. What the walk brought again is not asked for. */
export async function fetchVanished(work: StreamWork, { vanished, records }: PulledBatch): Promise<PulledRecord[]> {
  const brought = records.map(({ raw }) => raw.externalId);
  const missing = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ external_id: string }>(
      `SELECT external_id FROM source_record WHERE stream_id = $1 AND version = ANY ($2) AND deleted_at IS NULL AND external_id <> ALL ($3) ORDER BY external_id`,
      [work.stream.streamId, vanished, brought],
    ),
  );
  const fetched = await fetchRecords(
    work,
    missing.map((row) => ({ externalId: row.external_id })),
  );
  await parkRefused(work, fetched.refused);
  return fetched.records;
}
