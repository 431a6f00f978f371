import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectorSession } from '#hub/connector-sdk';
import type { Database } from '#hub/persistence';
import { pulledRecord, type PulledRecord } from './map-record.js';
import type { StreamContext } from '../stream-context.js';

const BATCH_RECORDS = 5_000;
const BATCH_BYTES = 8 * 1024 * 1024;
const BATCH_MS = 5_000;
/** Records between two turns of the event loop: the batch before is being applied meanwhile, and each of its statements waits for a turn. */
const TURN_RECORDS = 100;

export interface PulledBatch {
  records: PulledRecord[];
  repeated: number;
  cursor: string | null;
  done: boolean;
  /** Versions under which nothing is found any more. */
  vanished: string[];
}

/** Gathers vendor pages until the hub's batch is full: 5,000 records, 8 MB or 5 s; of a queue, one message. Of a record sent twice, the later one counts. */
export async function pullBatch(
  session: ConnectorSession,
  input: { stream: StreamContext; database: Database; cursor: string | null; since: Date },
): Promise<PulledBatch> {
  const { stream } = input;
  const asked = { stream, fetchSeq: await nextFetchSeq(input.database) };
  const latest = new Map<string, PulledRecord>();
  const started = Date.now();
  const batch: PulledBatch = { records: [], repeated: 0, cursor: input.cursor, done: false, vanished: [] };
  for (let bytes = 0; ;) {
    const page = await session.pull(stream.name, { cursor: batch.cursor ?? undefined, since: input.since });
    for (let at = 0; at < page.records.length; at += 1) {
      if (at % TURN_RECORDS === 0) await nextTurn();
      const raw = page.records[at];
      const record = pulledRecord(raw, asked);
      if (latest.has(raw.externalId)) batch.repeated += 1;
      // Most records turn out unchanged, and the text is enough for those that did not: parsed payloads of a whole batch would only burden memory.
      record.raw = { ...raw, payload: undefined };
      latest.set(raw.externalId, record);
      bytes += record.text.length;
    }
    batch.vanished.push(...(page.vanished ?? []));
    batch.done = page.done;
    const stuck = !page.done && page.nextCursor !== undefined && page.nextCursor === batch.cursor;
    if (stuck) throw new Error(`stream ${stream.name}: the vendor answered with the cursor that was asked for; walking on would never end`);
    batch.cursor = page.nextCursor ?? (page.done ? batch.cursor : null);
    if (
      page.done ||
      stream.definition.cursor.kind === 'queue' ||
      latest.size >= BATCH_RECORDS ||
      bytes >= BATCH_BYTES ||
      Date.now() - started >= BATCH_MS
    )
      break;
  }
  batch.records = [...latest.values()];
  return batch;
}

/** Order of fetches across processes; taken before the call, so that a slow answer counts as old. */
export async function nextFetchSeq(database: Database): Promise<string> {
  const [row] = await database.shared<{ nextval: string }>(`SELECT nextval('fetch_sequence')`);
  return row.nextval;
}
