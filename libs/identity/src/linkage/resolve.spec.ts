import fc from 'fast-check';
import { generatePeople, PEOPLE_MAP, type PeopleRow } from '../../../../test/gen/generate-people.js';
import { CandidateFinder, indexBlocks } from './block-index.js';
import { DatasetBuilder, type Dataset } from './dataset.js';
import { evaluate } from './evaluate.js';
import { PairScorer } from './pair-scorer.js';
import { resolve, trainModel, type Resolution } from './resolve.js';

function datasetOf(rows: PeopleRow[], source: (row: PeopleRow) => number = () => 0, within = true): Dataset {
  const builder = new DatasetBuilder(PEOPLE_MAP);
  for (const row of rows) builder.add({ ...row, record_id: row.record_id.padStart(6, '0') }, source(row));
  return builder.build({ within });
}
function partitionOf({ ids }: Dataset, groups: Int32Array): string[] {
  const members = new Map<number, string[]>();
  groups.forEach((group, at) => members.set(group, [...(members.get(group) ?? []), ids[at]]));
  return [...members.values()].map((each) => each.sort().join()).sort();
}

describe('resolve', () => {
  const rows = [...generatePeople({ records: 4_000, seed: 3, traps: 500 })];
  let dataset: Dataset;
  let resolution: Resolution;
  beforeAll(() => {
    dataset = datasetOf(rows);
    resolution = resolve(dataset);
  });

  it('finds people in spite of nicknames, swaps, scripts, marriage and typing errors, and merges none of the misleading pairs by itself', () => {
    const found = evaluate(
      dataset,
      resolution,
      rows.map(({ person_id }) => person_id),
    );
    expect(found.clusteredF1).toBeGreaterThan(0.95);
    expect(found.reviewRecall).toBeGreaterThan(0.97);
    expect(found.autoRecall).toBeGreaterThan(0.3);
    expect(found.autoPrecision).toBe(1);
  });

  it('gives each pair a waterfall whose sum is its score, to 1e-9', () => {
    const scorer = new PairScorer(dataset, resolution.model);
    const finder = new CandidateFinder(dataset, indexBlocks(dataset));
    let pairs = 0;
    for (let a = 0; a < dataset.size; a++)
      finder.forEach(a, (b) => {
        pairs += 1;
        const sum = scorer.explain(a, b).reduce((total, { weight }) => total + weight, 0);
        if (Math.abs(sum - scorer.score(a, b)) > 1e-9) throw new Error(`${a} and ${b}: ${sum}`);
        if (Math.abs(scorer.score(b, a) - scorer.score(a, b)) > 1e-9) throw new Error(`${a} and ${b} differ by side`);
      });
    expect(pairs).toBeGreaterThan(5_000);
  });

  it('learns the same bytes from any order of the records, and others from another seed', () => {
    const model = JSON.stringify(resolution.model);
    expect(JSON.stringify(trainModel(datasetOf([...rows].reverse())))).toBe(model);
    expect(JSON.stringify(trainModel(dataset, 2))).not.toBe(model);
  });

  it('makes the same groups of any order of the records', () => {
    const shuffled = [...rows].sort((a, b) => ((Number(a.record_id) * 7919) % 9973) - ((Number(b.record_id) * 7919) % 9973));
    const other = datasetOf(shuffled);
    const again = resolve(other);
    expect(partitionOf(other, again.groups)).toEqual(partitionOf(dataset, resolution.groups));
    expect(partitionOf(other, again.autoGroups)).toEqual(partitionOf(dataset, resolution.autoGroups));
  });

  it('makes the same groups of any order of a few records under a model that is given', () => {
    const few = fc.shuffledSubarray(rows.slice(1_000, 1_060), { minLength: 2 });
    const { model } = resolution;
    let joined = 0;
    fc.assert(
      fc.property(few, (chosen) => {
        const sorted = datasetOf([...chosen].sort((a, b) => Number(a.record_id) - Number(b.record_id)));
        const mixed = datasetOf(chosen);
        const partition = partitionOf(sorted, resolve(sorted, { model }).groups);
        if (partition.length < sorted.size) joined += 1;
        expect(partitionOf(mixed, resolve(mixed, { model }).groups)).toEqual(partition);
      }),
      { numRuns: 500 },
    );
    expect(joined).toBeGreaterThan(100);
  });

  it('finds a person with thirty records that have nothing but a name and a city', () => {
    const builder = new DatasetBuilder({ name: 'fullName', city: 'city' });
    const people = Array.from({ length: 3_000 }, (_, at) => at % 100);
    for (const person of people) builder.add({ name: `Ann${person} Lee${person}son`, city: 'Rome' });
    const many = builder.build({ within: true });
    const found = evaluate(many, resolve(many), people);
    expect(found.blockRecall).toBe(1);
    expect(found.largestCluster).toBeGreaterThanOrEqual(30);
  });

  it('links two files without looking inside them, and one to one where each holds nobody twice', () => {
    const two = datasetOf(rows, (row) => (row.source === 'ats' ? 0 : 1), false);
    const linked = resolve(two, { unique: true });
    expect(linked.pairs.length).toBeGreaterThan(500);
    expect(linked.pairs.every(({ a, b }) => two.source[a] !== two.source[b])).toBe(true);
    const seen = new Set<string>();
    linked.groups.forEach((group, at) => {
      const place = `${group}|${two.source[at]}`;
      expect(seen.has(place)).toBe(false);
      seen.add(place);
    });
  });
});
