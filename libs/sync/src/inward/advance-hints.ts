import { randomUUID } from 'node:crypto';
import { applyHalving } from './apply-halving.js';
import { dispatchWanted, type StreamWork } from './advance.js';
import { fetchRecords, parkRefused } from './fetch-records.js';
import { sliceDone, sliceMore, sliceWait, type Slice } from '../runs/slice.js';
import { addTotals, noTotals } from '../runs/totals.js';

/** In the order in which arriving deliveries take them: two that lock the same hints must not wait for each other. */
const CLOSE = `UPDATE hint SET done_at = now() WHERE id IN (SELECT id FROM hint WHERE id = ANY ($1) ORDER BY stream_id, external_id FOR UPDATE)`;

const AT_ONCE = 200;
const WAIT_AT_MOST_MS = 5_000;

interface Hint {
  id: string;
  external_id: string;
  moved_to: string | null;
}

/** Re-fetches the records that a webhook, a person or a write in flight pointed at; the fetched record counts, never the hint. */
export async function advanceHints(work: StreamWork): Promise<Slice> {
  let totals = noTotals();
  for (;;) {
    const hints = await dueHints(work);
    if (hints.length === 0) return waitOrDone(work, totals);
    totals = addTotals(totals, await followHints(work, hints));
    if (work.life.shouldStop()) return sliceMore(totals);
  }
}

async function followHints(work: StreamWork, hints: Hint[]): Promise<ReturnType<typeof noTotals>> {
  const fetched = await fetchRecords(
    work,
    hints.map((hint) => ({ externalId: hint.external_id, movedTo: hint.moved_to ?? undefined })),
  );
  await parkRefused(work, fetched.refused);
  const { cursor, walk, walkStartedAt } = work.slot;
  const applied = await applyHalving(work.hub, {
    id: randomUUID(),
    runId: work.run.id,
    slot: work.slot,
    stream: work.stream,
    streams: work.streams,
    records: fetched.records,
    repeated: 0,
    next: { cursor, walk, walkStartedAt },
    settleFirst: async (tx) => void (await tx.query(CLOSE, [hints.map((hint) => hint.id)])),
  });
  await dispatchWanted(work.hub, work.key.tenantId, applied.runs);
  return applied.totals;
}

async function dueHints(work: StreamWork): Promise<Hint[]> {
  return work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<Hint>(
      `SELECT id, external_id, moved_to FROM hint WHERE stream_id = $1 AND done_at IS NULL AND not_before <= now() ORDER BY created_at LIMIT $2`,
      [work.stream.streamId, AT_ONCE],
    ),
  );
}

async function waitOrDone(work: StreamWork, totals: ReturnType<typeof noTotals>): Promise<Slice> {
  const [soon] = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ wait_ms: number }>(
      `SELECT extract(epoch FROM min(not_before) - now()) * 1000 AS wait_ms FROM hint WHERE stream_id = $1 AND done_at IS NULL HAVING min(not_before) IS NOT NULL`,
      [work.stream.streamId],
    ),
  );
  if (soon === undefined || soon.wait_ms > WAIT_AT_MOST_MS) return sliceDone(totals);
  return sliceWait(Number(soon.wait_ms), totals);
}
