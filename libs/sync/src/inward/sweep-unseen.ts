import { randomUUID } from 'node:crypto';
import { applyHalving } from './apply-halving.js';
import { braked } from './brake.js';
import { dispatchWanted, type StreamWork } from './advance.js';
import { fetchRecords, parkRefused } from './fetch-records.js';
import { sliceDone, sliceMore, type Slice } from '../runs/slice.js';
import { addTotals, noTotals, type Totals } from '../runs/totals.js';

const AT_ONCE = 200;

/**
 * After a complete, error-free walk: what the walk did not see, and we did not write meanwhile, is asked for by id. Only "gone" deletes.
 * The records asked for are counted as swept, since nobody read them in a walk.
 */
export async function sweepUnseen(work: StreamWork, before: Totals): Promise<Slice> {
  let totals = before;
  for (;;) {
    const unseen = await loadUnseen(work);
    if (await braked(work, unseen.total)) return sliceDone(totals, 'POLICY');
    if (unseen.ids.length === 0) break;
    totals = addTotals(totals, await sweepSome(work, unseen.ids));
    if (work.life.shouldStop()) return sliceMore(totals);
  }
  await applySwept(work, { records: [], refused: [] }, true);
  return sliceDone(totals);
}

async function loadUnseen(work: StreamWork): Promise<{ ids: string[]; total: number }> {
  const rows = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ external_id: string; total: number }>(
      `SELECT external_id, count(*) OVER ()::int AS total FROM source_record
       WHERE stream_id = $1 AND deleted_at IS NULL AND seen_at < $2 AND (written_at IS NULL OR written_at < $2) ORDER BY external_id LIMIT $3`,
      [work.stream.streamId, work.slot.walkStartedAt, AT_ONCE],
    ),
  );
  return { ids: rows.map((row) => row.external_id), total: rows[0]?.total ?? 0 };
}

async function sweepSome(work: StreamWork, externalIds: string[]): Promise<Totals> {
  const fetched = await fetchRecords(
    work,
    externalIds.map((externalId) => ({ externalId })),
  );
  await parkRefused(work, fetched.refused);
  const totals = await applySwept(work, fetched, false);
  await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query(`UPDATE source_record SET seen_at = now() WHERE stream_id = $1 AND external_id = ANY ($2)`, [
      work.stream.streamId,
      externalIds,
    ]),
  );
  return { ...noTotals(), swept: totals.read + fetched.refused.length };
}

async function applySwept(work: StreamWork, fetched: Awaited<ReturnType<typeof fetchRecords>>, last: boolean): Promise<Totals> {
  const { cursor, walk, walkStartedAt } = work.slot;
  const next = last ? { cursor, walk: 'idle' as const, walkStartedAt: null } : { cursor, walk, walkStartedAt };
  const applied = await applyHalving(work.hub, {
    id: randomUUID(),
    runId: work.run.id,
    slot: work.slot,
    stream: work.stream,
    streams: work.streams,
    records: fetched.records,
    repeated: 0,
    next,
    swept: true,
  });
  work.slot = { ...work.slot, ...next };
  await dispatchWanted(work.hub, work.key.tenantId, applied.runs);
  return applied.totals;
}
