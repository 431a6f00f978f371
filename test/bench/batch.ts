import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { measureIdentity } from '../../apps/cli/src/identity/measure-identity.js';
import { readPeople } from '../../apps/cli/src/identity/read-people.js';
import { SHIPPED_BANDS, trainModel } from '#hub/identity';
import { CandidateFinder, indexBlocks } from '../../libs/identity/src/linkage/block-index.js';
import { PairScorer } from '../../libs/identity/src/linkage/pair-scorer.js';
import { PEOPLE_MAP } from '../gen/generate-people.js';
import { writePeople } from '../gen/write-people.js';
import type { BenchOptions } from './bench-options.js';

const SCORED_PAIRS = 2_000_000;
/** So many records fit a processor's caches with what is looked up of them. */
const SCORED_RECORDS = 20_000;

/** A file of people in, groups out, in memory: reading, learning, scoring and grouping, against reading the same file and nothing else. */
export async function run({ records = 1_000_000, log }: BenchOptions): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-batch-'));
  try {
    const [large, small] = [join(folder, 'people.csv'), join(folder, 'few.csv')];
    await writeFile(large, records);
    const csvSeconds = await readOnly(large);
    log(`${records} records written; read alone in ${csvSeconds.toFixed(1)} s`);
    const truth = { column: 'person_id' };
    const measured = await measureIdentity({ files: [large], map: PEOPLE_MAP, truth, seed: 1, unique: false });
    log(JSON.stringify(measured));
    await writeFile(small, Math.min(records, SCORED_RECORDS));
    const csvRead = Math.round(measured.records / csvSeconds);
    const perSecond = Math.round(measured.records / measured.seconds);
    return {
      bench: 'batch',
      ...measured,
      perSecond,
      floors: { csvRead },
      ratio: { csvRead: Number((perSecond / csvRead).toFixed(3)) },
      pairScores: await scoreRate(small),
      target: { seconds: 120, peakRssMb: 2048, pairScores: { perSecond: 500_000 } },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeFile(file: string, records: number): Promise<void> {
  const out = createWriteStream(file);
  await writePeople(out, { records, seed: 7, traps: Math.round(records / 100) });
  out.end();
  await finished(out);
}

async function readOnly(file: string): Promise<number> {
  const started = performance.now();
  const rows = createReadStream(file).pipe(parse({ trim: true }));
  rows.resume();
  await finished(rows);
  return (performance.now() - started) / 1_000;
}

/** Candidate pairs scored per second and core, as far as their review needs it. */
async function scoreRate(file: string): Promise<{ pairs: number; perSecond: number }> {
  const { dataset } = await readPeople({ files: [file], map: PEOPLE_MAP });
  const scorer = new PairScorer(dataset, trainModel(dataset));
  const finder = new CandidateFinder(dataset, indexBlocks(dataset));
  const pairs: number[] = [];
  for (let at = 0; at < dataset.size; at++) finder.forEach(at, (other) => pairs.push(at, other));
  const started = performance.now();
  let scored = 0;
  while (scored < SCORED_PAIRS) {
    for (let at = 0; at < pairs.length; at += 2) scorer.scoreFrom(SHIPPED_BANDS.review, pairs[at], pairs[at + 1]);
    scored += pairs.length / 2;
  }
  return { pairs: pairs.length / 2, perSecond: Math.round(scored / ((performance.now() - started) / 1_000)) };
}
