import { CandidateFinder, type BlockIndex } from './block-index.js';
import { comparisonsOf, likeness, NEAR, swapsOf, type Comparison } from './comparisons.js';
import { MISSING, type Column, type Dataset } from './dataset.js';
import { roundModel, type ComparisonModel, type LevelModel, type Model } from './model.js';
import { levelWeights, PairScorer } from './pair-scorer.js';
import { seededRandom } from './random.js';

// Looked up once: a global is slow to reach from inside a sandbox, such as a test's.
const { abs, ceil, floor, max, min } = Math;

const RANDOM_PAIRS = 100_000;
const SAMPLED_PAIRS = 200_000;
const MOST_ROUNDS = 50;
/** Relative change of the prior below which nothing more is learned. */
const SETTLED = 1e-6;
/** Guesses before anything was seen, each worth as much as this many pairs. */
const GUESSED_PAIRS = 10;
const GUESSED_EQUAL = 0.8;
const GUESSED_SWAP = 0.01;
/**
 * Where related people are a class of their own, what one person's own facts seldom do, differ outright, is believed from the start, and
 * stays believed at this share of what is seen: or both classes would claim the couple with one mailbox.
 */
const GUESSED_DIFFERENT = 0.01;
const GUESSED_SHARE = 0.5;
/** Share of related people who have a personal fact in common by more than chance: a father's name, a twin's birthday. */
const ALIKE = 0.1;
/** People who share a mailbox or a phone, before anything was seen, for every record. */
const GUESSED_RELATED = 0.1;

/** How many pairs this data set has: all, or those of different files. */
function countPairs({ size, within, source }: Dataset): number {
  const sizes = new Map<number, number>();
  if (!within) for (const one of source) sizes.set(one, (sizes.get(one) ?? 0) + 1);
  return choose2(size) - [...sizes.values()].reduce((sum, each) => sum + choose2(each), 0);
}

function choose2(count: number): number {
  return (count * (count - 1)) / 2;
}

/**
 * Learns a model without labels: `u` from random pairs and from how common values are, `m`, the prior and what related people share by
 * expectation maximisation over candidate pairs. A field learns only from pairs that some key without this field has found, so no field
 * is judged by its own selection. Sums run in the order of the records: the same records, settings and seed give the same bytes.
 */
export function train(dataset: Dataset, index: BlockIndex, seed = 1): Model {
  let model = untrained(dataset, seed);
  const sample = takeSample(dataset, { index, model });
  const comparisons = comparisonsOf(dataset);
  const pairs = countPairs(dataset);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const next = improve(model, { comparisons, sample, pairs });
    const change = abs(next.prior - model.prior) / next.prior;
    model = next;
    if (change < SETTLED) break;
  }
  return roundModel(model);
}

/** The model before anything was seen of pairs of one person. */
function untrained(dataset: Dataset, seed: number): Model {
  const comparisons = comparisonsOf(dataset);
  const swaps = swapsOf(dataset);
  const sharing = dataset.columns.some(({ kind }) => kind === 'email' || kind === 'phone');
  return {
    version: 1,
    seed,
    prior: 1 / dataset.size,
    related: sharing ? GUESSED_RELATED / dataset.size : 0,
    termFrequency: { equal: 1, near: 0.5 },
    comparisons: comparisons.map((comparison, at) => {
      const { name, levels, column } = comparison;
      const random = seededRandom(seed * 7919 + at);
      const us = column
        ? valueLikelihoods(comparison, column, random)
        : orderLikelihoods(dataset, swaps[at - dataset.columns.length], random);
      return { name, kind: column?.kind, levels: levels.map((level, l) => guessedLevel({ level, u: us[l] }, { comparison, l })) };
    }),
  };
}

function guessedLevel({ level, u }: { level: string; u: number }, { comparison, l }: { comparison: Comparison; l: number }): LevelModel {
  const m = guess(comparison, l);
  const equal = l === comparison.levels.length - 1;
  const own = (1 - ALIKE) * u + (equal ? ALIKE : 0);
  return { level, m, u, r: comparison.column === undefined ? u : comparison.kind?.personal ? own : m };
}

function guess({ column, levels, kind }: Comparison, l: number): number {
  if (column === undefined) return GUESSED_SWAP;
  if (kind?.personal && l === 0 && levels.length > 2) return GUESSED_DIFFERENT;
  return l === levels.length - 1 ? GUESSED_EQUAL : (1 - GUESSED_EQUAL) / (levels.length - 1);
}

/** How likely each level is for two values drawn at random: equality is counted, the rest is sampled. */
function valueLikelihoods({ kind, levels }: Comparison, { counts, table, slots }: Column, random: () => number): number[] {
  const held: number[] = [];
  for (const slot of slots) for (const id of slot) if (id !== MISSING) held.push(id);
  const found = levels.map(() => 0.5);
  let drawn = levels.length / 2;
  for (let draw = 0; draw < RANDOM_PAIRS && held.length > 1; draw++) {
    const x = held[floor(random() * held.length)];
    const y = held[floor(random() * held.length)];
    if (x === y) continue;
    drawn += 1;
    found[max(0, kind?.compare(table, x, y) ?? 0)] += 1;
  }
  let equal = 0;
  for (const count of counts) equal += (count / max(1, held.length)) ** 2;
  equal = max(equal, 1e-12);
  return levels.map((_, l) => (l === levels.length - 1 ? equal : ((1 - equal) * found[l]) / drawn));
}

/** How likely two fields agree crosswise by chance: on one side, or on both. */
function orderLikelihoods({ columns, size }: Dataset, { one, other }: { one: number; other: number }, random: () => number): number[] {
  const [first, second] = [columns[one], columns[other]];
  let crossed = 0.5;
  for (let draw = 0; draw < RANDOM_PAIRS / 4; draw++) {
    const [a, b] = [floor(random() * size), floor(random() * size)];
    if (likeness(first.table, first.slots[0][a], second.slots[0][b]) >= NEAR) crossed += 1;
  }
  const once = crossed / (RANDOM_PAIRS / 4);
  return [2 * once, max(once ** 2, 1e-6), max(once ** 2, 1e-6)];
}

/** Compared candidate pairs, as rows of levels. */
interface Sample {
  size: number;
  width: number;
  levels: Uint8Array;
  terms: Float32Array;
  /** Per pair, a bit for each column that a key without it has found. */
  free: Int32Array;
  /** Part of all candidate pairs that was taken. */
  share: number;
}

function takeSample(dataset: Dataset, { index, model }: { index: BlockIndex; model: Model }): Sample {
  const finder = new CandidateFinder(dataset, index);
  const stride = strideFor(dataset, finder);
  const pairs: number[] = [];
  const free: number[] = [];
  for (let at = 0; at < dataset.size; at += stride)
    finder.forEach(at, (other, mask) => {
      pairs.push(at, other);
      free.push(mask);
    });
  const scorer = new PairScorer(dataset, model);
  const { levels: compared, values } = scorer.comparer;
  const width = compared.length;
  const sample = { size: free.length, width, free: Int32Array.from(free), share: 1 / stride };
  const levels = new Uint8Array(sample.size * width);
  const terms = new Float32Array(sample.size * width);
  for (let pair = 0; pair < sample.size; pair++) {
    scorer.comparer.compare(pairs[pair * 2], pairs[pair * 2 + 1]);
    levels.set(compared, pair * width);
    for (let at = 0; at < width; at++) terms[pair * width + at] = scorer.term(at, compared[at], values[at]);
  }
  return { ...sample, levels, terms };
}

/** Every how many records' candidates make a sample of the wanted size; told from a thousandth of them. */
function strideFor({ size }: Dataset, finder: CandidateFinder): number {
  const step = max(1, floor(size / 1000));
  let counted = 0;
  for (let at = 0; at < size; at += step) finder.forEach(at, () => (counted += 1));
  return max(1, ceil((counted * step) / SAMPLED_PAIRS));
}

/** One round: what each pair is under the model as it stands, and what the model is if the pairs are that. */
function improve(model: Model, { comparisons, sample, pairs }: { comparisons: Comparison[]; sample: Sample; pairs: number }): Model {
  const { weights, relatedWeights, odds, relatedOdds } = levelWeights(model);
  const { size, width, levels, terms, free, share } = sample;
  const sums = model.comparisons.map((one) => new Float64Array(one.levels.length + 1));
  const relatedSums = model.comparisons.map((one) => new Float64Array(one.levels.length + 1));
  let matches = 0;
  let relatives = 0;
  for (let pair = 0; pair < size; pair++) {
    let same = odds;
    let related = relatedOdds;
    for (let at = 0, cell = pair * width; at < width; at++, cell++) {
      same += weights[at][levels[cell]] + terms[cell];
      related += relatedWeights[at][levels[cell]] + terms[cell];
    }
    const [s, r] = [2 ** min(same, 500), 2 ** min(related, 500)];
    const match = s / (1 + s + r);
    const relative = r / (1 + s + r);
    matches += match;
    relatives += relative;
    for (let at = 0, cell = pair * width; at < width; at++, cell++)
      if ((free[pair] >> at) & 1) {
        sums[at][levels[cell]] += match;
        relatedSums[at][levels[cell]] += relative;
      }
  }
  return {
    ...model,
    prior: max(matches / share, 1) / pairs,
    related: model.related === 0 ? 0 : max(relatives / share, 1) / pairs,
    comparisons: model.comparisons.map((one, at) =>
      relearned(one, { comparison: comparisons[at], sums: sums[at], relatedSums: relatedSums[at], sharing: model.related > 0 }),
    ),
  };
}

function relearned(
  { levels, ...one }: ComparisonModel,
  { comparison, sums, relatedSums, sharing }: { comparison: Comparison; sums: Float64Array; relatedSums: Float64Array; sharing: boolean },
): ComparisonModel {
  const order = comparison.column === undefined;
  const seen = total(sums) - (order ? 0 : sums[0]);
  const seenRelated = total(relatedSums) - (order ? 0 : relatedSums[0]);
  const believed = sharing && comparison.kind?.personal ? max(GUESSED_PAIRS, GUESSED_SHARE * seen) : GUESSED_PAIRS;
  const fixed = order || comparison.kind?.personal === true;
  return {
    ...one,
    levels: levels.map((level, l) => {
      const guessed = guess(comparison, l);
      const m = (sums[l + 1] + believed * guessed) / (seen + believed);
      return { ...level, m, r: fixed ? level.r : (relatedSums[l + 1] + GUESSED_PAIRS * guessed) / (seenRelated + GUESSED_PAIRS) };
    }),
  };
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
