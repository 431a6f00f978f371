import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureIdentity, type IdentityMeasurement } from '../../apps/cli/src/identity/measure-identity.js';
import { readPeople, type People } from '../../apps/cli/src/identity/read-people.js';
import { evaluate, resolve, trainModel, type Evaluation, type FieldMap, type Resolution } from '#hub/identity';
import { csvLineOf, generatePeople, PEOPLE_COLUMNS, PEOPLE_MAP, type PeopleRow } from '../gen/generate-people.js';
import { RULES_OF_OTHERS } from './rules-of-others.js';
import type { BenchOptions } from './bench-options.js';

const SEEDS = [1, 2, 3, 4, 5];
const TRAPS = 10_000;
const RECORDS = 100_000;
const ROOT = join(__dirname, '..', '..', '..');

const LITE: FieldMap = {
  rec_id: 'id',
  given_name: 'givenName',
  surname: 'familyName',
  suburb: 'city',
  state: 'region',
  postcode: 'postalCode',
};
const NO_SSN: FieldMap = {
  ...LITE,
  street_number: 'streetNumber',
  address_1: 'street',
  address_2: 'addressLine',
  date_of_birth: 'birthDate',
};
const FULL: FieldMap = { ...NO_SSN, soc_sec_id: 'nationalId' };
const FEBRL4 = ['dataset4a.csv', 'dataset4b.csv'];
/** `identity.md` §14 A; `clustered` where the target is of groups. */
const PROFILES = [
  { name: 'FEBRL4 full', files: FEBRL4, map: FULL, target: 0.9998, clustered: false },
  { name: 'FEBRL4 no SSN', files: FEBRL4, map: NO_SSN, target: 0.9996, clustered: false },
  { name: 'FEBRL4 lite', files: FEBRL4, map: LITE, target: 0.988, clustered: false },
  { name: 'FEBRL3 full', files: ['dataset3.csv'], map: FULL, target: 0.9995, clustered: true },
  { name: 'FEBRL3 no SSN', files: ['dataset3.csv'], map: NO_SSN, target: 0.9995, clustered: true },
  { name: 'FEBRL3 lite', files: ['dataset3.csv'], map: LITE, target: 0.984, clustered: true },
  { name: 'FEBRL2 no SSN', files: ['dataset2.csv'], map: NO_SSN, target: 1, clustered: true },
];

interface ProfileResult extends Partial<IdentityMeasurement> {
  target: number;
  met: boolean;
  /** Largest difference between seeds of what the target is about. */
  spread: number;
  /** Two trainings of the same data and seed gave the same bytes. */
  sameBytes: boolean;
}

/**
 * How well and how fast people are told apart: FEBRL's profiles over five seeds, and recruiting records of our own with pairs that are
 * made to mislead, beside the rules by which three applicant tracking systems find duplicates; `--peers` adds Splink and recordlinkage.
 */
export async function run({ records = RECORDS, peers = false, log }: BenchOptions & { peers?: boolean }): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-identity-'));
  try {
    const febrl = febrlFolder();
    if (febrl === undefined) log('no FEBRL data: set FEBRL_FOLDER to the folder with dataset3.csv');
    const profiles: Record<string, ProfileResult> = {};
    for (const profile of febrl === undefined ? [] : PROFILES) {
      profiles[profile.name] = await measureProfile(profile, febrl as string);
      log(`${profile.name}: ${JSON.stringify(profiles[profile.name])}`);
    }
    const file = join(folder, 'people.csv');
    const rows = writePeople(file, records);
    const recruiting = await measureRecruiting(file, rows);
    log(`recruiting: ${JSON.stringify(recruiting)}`);
    const beside = peers ? { peers: askPeers({ febrl, recruiting: file, log }) } : {};
    return { bench: 'identity', seeds: SEEDS, febrl: profiles, recruiting, ...beside };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function febrlFolder(): string | undefined {
  const folder = process.env.FEBRL_FOLDER ?? join(ROOT, '..', 'shared', 'datasets', 'febrl');
  return existsSync(join(folder, 'dataset3.csv')) ? folder : undefined;
}

async function measureProfile({ files, map, target, clustered }: (typeof PROFILES)[number], folder: string): Promise<ProfileResult> {
  const input = { files: files.map((file) => join(folder, file)), map, truth: { column: 'rec_id', pattern: /rec-(\d+)/ } };
  const measured: IdentityMeasurement[] = [];
  for (const seed of SEEDS) measured.push(await measureIdentity({ ...input, seed, unique: false }));
  const figures = measured.map((one) => (clustered ? one.clusteredF1 : one.pairF1) ?? 0);
  const worst = Math.min(...figures);
  const { dataset } = await readPeople(input);
  const sameBytes = modelHash(dataset) === modelHash(dataset);
  return {
    target,
    met: worst >= target,
    spread: Number((Math.max(...figures) - worst).toFixed(5)),
    sameBytes,
    ...measured[figures.indexOf(worst)],
  };
}

function modelHash(dataset: People['dataset']): string {
  return createHash('sha256')
    .update(JSON.stringify(trainModel(dataset, 1)))
    .digest('hex');
}

function writePeople(file: string, records: number): PeopleRow[] {
  const rows = [...generatePeople({ records, seed: 7, traps: TRAPS })];
  writeFileSync(file, [PEOPLE_COLUMNS.join(','), ...rows.map(csvLineOf)].join('\n'));
  return rows;
}

async function measureRecruiting(file: string, rows: PeopleRow[]): Promise<Record<string, unknown>> {
  const started = performance.now();
  const { dataset, labels } = await readPeople({ files: [file], map: PEOPLE_MAP, truth: { column: 'person_id' } });
  const read = performance.now();
  const resolution = resolve(dataset);
  const seconds = (performance.now() - started) / 1000;
  const ours = evaluate(dataset, resolution, labels);
  const falseOnTraps = countFalseMerges({ dataset, resolution, rows });
  return {
    records: rows.length,
    ...ours,
    falseAutoMergesOnTraps: falseOnTraps,
    seconds: Number(seconds.toFixed(2)),
    readSeconds: Number(((read - started) / 1000).toFixed(2)),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
    rulesOfOthers: Object.fromEntries(Object.entries(RULES_OF_OTHERS).map(([name, keys]) => [name, measureRule(rows, keys)])),
  };
}

/** Pairs that were made to mislead, and were merged without a person. */
function countFalseMerges({
  dataset,
  resolution,
  rows,
}: {
  dataset: People['dataset'];
  resolution: Resolution;
  rows: PeopleRow[];
}): number {
  const groupOf = new Map<number, number>();
  dataset.arrivals.forEach((arrival, at) => groupOf.set(arrival, resolution.autoGroups[at]));
  let merged = 0;
  for (let at = 0; at + 1 < rows.length && rows[at].trap !== ''; at += 2) if (groupOf.get(at) === groupOf.get(at + 1)) merged += 1;
  return merged;
}

/** Records that share a key are one person, as those products say; pairs within a key, not what follows from them. */
function measureRule(rows: PeopleRow[], keys: (row: PeopleRow) => string[]): Pick<Evaluation, 'precision' | 'recall' | 'pairF1'> {
  const blocks = new Map<string, number[]>();
  rows.forEach((row, at) => {
    for (const key of keys(row)) blocks.set(key, [...(blocks.get(key) ?? []), at]);
  });
  const found = new Set<number>();
  let hits = 0;
  for (const block of blocks.values())
    for (let i = 0; i < block.length; i++)
      for (let j = i + 1; j < block.length; j++) {
        const pair = block[i] * 2 ** 26 + block[j];
        if (found.has(pair)) continue;
        found.add(pair);
        if (rows[block[i]].person_id === rows[block[j]].person_id) hits += 1;
      }
  const people = new Map<string, number>();
  for (const { person_id } of rows) people.set(person_id, (people.get(person_id) ?? 0) + 1);
  const truePairs = [...people.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  return { precision: hits / found.size, recall: hits / truePairs, pairF1: (2 * hits) / (found.size + truePairs) };
}

function askPeers({ febrl, recruiting, log }: { febrl?: string; recruiting: string; log: BenchOptions['log'] }): unknown {
  const script = join(ROOT, 'test', 'bench', 'identity-peers.py');
  const { status, stdout } = spawnSync('python3', [script, recruiting, ...(febrl === undefined ? [] : [febrl])], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 24,
  });
  if (status !== 0) log(`the peers did not run (exit ${status})`);
  return status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1) as string) : 'did not run';
}
