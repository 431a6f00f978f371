import { Gate, SHIPPED_BANDS, type Band, type Bands } from './bands.js';
import { CandidateFinder, indexBlocks, shareBlock } from './block-index.js';
import { cluster, type Edge } from './cluster.js';
import type { Dataset } from './dataset.js';
import type { Model } from './model.js';
import { PairScorer, type Contribution } from './pair-scorer.js';
import { train } from './train.js';

export interface ResolveOptions {
  seed?: number;
  /** Learned from the data set itself where absent. */
  model?: Model;
  bands?: Bands;
  /** No file holds anybody twice, so a group holds at most one record of each. */
  unique?: boolean;
}
/** Fields go wrong together more often than a model of independent fields allows, so a mean a little below even odds still joins. */
const LIKELY_GROUP = -1;

/** A candidate pair that is not distinct. */
interface ScoredPair extends Edge {
  band: Band;
}
export interface Resolution {
  model: Model;
  candidatePairs: number;
  /** Every pair in review or auto, and every pair that is more likely one person than not; in the order of the records. */
  pairs: ScoredPair[];
  /** For every record the lowest record of its group: under the model as it is, and of what is merged without a person. */
  groups: Int32Array;
  autoGroups: Int32Array;
  /** Says whether blocking found the pair. */
  isCandidate(a: number, b: number): boolean;
}

/** Finds who is who in one data set: blocks, scores, decides and groups. */
export function resolve(
  dataset: Dataset,
  { seed = 1, model: given, bands = SHIPPED_BANDS, unique = false }: ResolveOptions = {},
): Resolution {
  const index = indexBlocks(dataset);
  const model = given ?? train(dataset, index, seed);
  const scorer = new PairScorer(dataset, model);
  const gate = new Gate(dataset, scorer.comparer, { bands });
  const finder = new CandidateFinder(dataset, index);
  const pairs: ScoredPair[] = [];
  const least = Math.min(0, bands.review);
  let candidatePairs = 0;
  for (let a = 0; a < dataset.size; a++)
    finder.forEach(a, (b) => {
      candidatePairs += 1;
      const score = scorer.scoreFrom(least, a, b);
      if (score !== undefined) pairs.push({ a, b, score, band: gate.band(score, a, b) });
    });
  const { source, size } = dataset;
  const apart = unique ? (a: number, b: number) => source[a] === source[b] : undefined;
  const score = (a: number, b: number) => scorer.score(a, b);
  // Two who conflict are not brought together by a third either.
  const conflict = (a: number, b: number) => {
    scorer.comparer.compare(a, b);
    return (apart?.(a, b) ?? false) || gate.conflict(a, b) !== undefined;
  };
  return {
    model,
    candidatePairs,
    isCandidate: (a, b) => shareBlock(index, a, b),
    pairs,
    groups: cluster({ size, edges: pairs.filter((pair) => pair.score > LIKELY_GROUP), score, apart, threshold: LIKELY_GROUP }),
    autoGroups: cluster({ size, edges: pairs.filter(({ band }) => band === 'auto'), score, apart: conflict, threshold: 0 }),
  };
}

/** Learns a model of one data set without labels. */
export function trainModel(dataset: Dataset, seed = 1): Model {
  return train(dataset, indexBlocks(dataset), seed);
}

export interface PairExplanation {
  score: number;
  band: Band;
  /** The gate that keeps a good score from merging by itself. */
  objection?: string;
  /** In bits; they add up to the score. */
  contributions: Contribution[];
}

/** Why two records, by their numbers, have the score and the band that they have. */
export function explainPair(
  dataset: Dataset,
  {
    a,
    b,
    seed = 1,
    model = trainModel(dataset, seed),
    bands = SHIPPED_BANDS,
  }: { a: number; b: number; seed?: number; model?: Model; bands?: Bands },
): PairExplanation {
  const scorer = new PairScorer(dataset, model);
  const gate = new Gate(dataset, scorer.comparer, { bands });
  const score = scorer.score(a, b);
  return { score, band: gate.band(score, a, b), objection: gate.objection(a, b), contributions: scorer.explain(a, b) };
}
