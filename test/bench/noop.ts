import { openBenchDatabase } from './bench-database.js';
import { openBenchHub, walk } from './bench-hub.js';
import type { BenchOptions } from './bench-options.js';
import { pagesOf, people } from './people.js';

const ROUNDS = 7;

/** The same records once more, unchanged, against parsing their texts: what it costs to learn that nothing happened. Median of alternating rounds, behind one that warms both up. */
export async function run({ records = 200_000, log }: BenchOptions): Promise<Record<string, unknown>> {
  const texts = people(records);
  const database = await openBenchDatabase();
  try {
    const bench = await openBenchHub(database.appUrl, pagesOf(texts));
    try {
      const first = await walk(bench, { outcome: 'created', records });
      log(`first walk: ${first.toFixed(1)} s`);
      const rounds: { ours: number; floor: number }[] = [];
      await walk(bench, { outcome: 'unchanged', records });
      for (let round = 0; round < ROUNDS; round += 1) {
        const ours = await walk(bench, { outcome: 'unchanged', records });
        const floor = parseAll(texts);
        rounds.push({ ours: records / ours, floor: records / floor });
        log(`walk again: ${ours.toFixed(2)} s, JSON.parse: ${floor.toFixed(2)} s`);
      }
      const ours = median(rounds.map((round) => round.ours));
      const jsonParse = median(rounds.map((round) => round.floor));
      return {
        bench: 'noop',
        records,
        perSecond: Math.round(ours),
        floors: { jsonParse: Math.round(jsonParse) },
        ratio: { jsonParse: Number((ours / jsonParse).toFixed(3)) },
        required: { jsonParse: 0.25 },
        bytesPerRecord: Math.round(texts.reduce((sum, text) => sum + text.length, 0) / records),
      };
    } finally {
      await bench.hub.close();
    }
  } finally {
    await database.stop();
  }
}

function parseAll(texts: readonly string[]): number {
  const started = performance.now();
  let found = 0;
  for (const text of texts) if ((JSON.parse(text) as { id: string }).id !== '') found += 1;
  if (found !== texts.length) throw new Error('a text did not parse');
  return (performance.now() - started) / 1_000;
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
