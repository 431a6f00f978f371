import { randomUUID } from 'node:crypto';
import { applyBatch, type AppliedBatch } from './apply-batch.js';
import type { Batch } from './batch-work.js';
import { isDatabaseAway, isDataRefused } from '../runs/database-failure.js';
import type { Hub } from '../hub.js';
import type { PulledRecord } from './map-record.js';
import { addTotals } from '../runs/totals.js';

const REPEATS = 5;

/**
 * Applies a batch; where the database refuses the data itself, halves it until the refused record stands alone and parks.
 * The cursor moves only with the last half.
 */
export async function applyHalving(hub: Hub, batch: Batch): Promise<AppliedBatch> {
  try {
    return await applyRepeating(hub, batch);
  } catch (error) {
    if (!isDataRefused(error) || batch.records.length === 0) throw error;
    if (batch.records.length === 1) return applyBatch(hub, { ...batch, id: randomUUID(), records: [refused(batch.records[0])] });
    const middle = Math.ceil(batch.records.length / 2);
    const unmoved = { cursor: batch.slot.cursor, walk: batch.slot.walk, walkStartedAt: batch.slot.walkStartedAt };
    const first = await applyHalving(hub, {
      ...batch,
      id: randomUUID(),
      records: batch.records.slice(0, middle),
      repeated: 0,
      next: unmoved,
      settleFirst: undefined,
    });
    const second = await applyHalving(hub, { ...batch, id: randomUUID(), records: batch.records.slice(middle) });
    return { totals: addTotals(first.totals, second.totals), runs: [...first.runs, ...second.runs] };
  }
}

/** A lost commit acknowledgement looks like a lost connection: the same batch is sent again and answers with its stored totals. */
async function applyRepeating(hub: Hub, batch: Batch): Promise<AppliedBatch> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyBatch(hub, batch);
    } catch (error) {
      if (attempt >= REPEATS || !isDatabaseAway(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt));
    }
  }
}

function refused(record: PulledRecord): PulledRecord {
  const message = 'the database refused a value of this record; look at its raw payload, mend it at the source or edit it here, then retry';
  return { ...record, refusal: { code: 'INVALID_VALUE', field: '', pointer: '', message, blocksOnlyField: false } };
}
