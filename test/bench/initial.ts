import { openBenchDatabase } from './bench-database.js';
import { openBenchHub, walk } from './bench-hub.js';
import type { BenchOptions } from './bench-options.js';
import { checkpoint, copyPayloads, copySameRows } from './copy-floor.js';
import { pagesOf, people } from './people.js';

/** A first walk into an empty hub, against COPY of the same final rows of all tables, and against COPY of the bare payloads. */
export async function run({ records = 200_000, log }: BenchOptions): Promise<Record<string, unknown>> {
  const texts = people(records);
  const database = await openBenchDatabase();
  try {
    const bench = await openBenchHub(database.appUrl, pagesOf(texts));
    await checkpoint(database.superuserUrl);
    const seconds = await walk(bench, { outcome: 'created', records }).finally(() => bench.hub.close());
    log(`ours: ${seconds.toFixed(1)} s`);
    const twin = await database.twin('twin');
    const sameRows = await copySameRows(database.superuserUrl, twin, log);
    log(`the same rows by COPY: ${sameRows.toFixed(1)} s`);
    const copy = await copyPayloads(twin, texts);
    log(`the payloads by COPY: ${copy.toFixed(1)} s`);
    const rate = (time: number): number => Math.round(records / time);
    return {
      bench: 'initial',
      records,
      perSecond: rate(seconds),
      floors: { sameRows: rate(sameRows), copy: rate(copy) },
      ratio: { sameRows: Number((sameRows / seconds).toFixed(3)), copy: Number((copy / seconds).toFixed(3)) },
      required: { sameRows: 0.35 },
      bytesPerRecord: Math.round(texts.reduce((sum, text) => sum + text.length, 0) / records),
    };
  } finally {
    await database.stop();
  }
}
