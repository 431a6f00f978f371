import { PairComparer, type Comparison } from './comparisons.js';
import { MISSING, type Dataset } from './dataset.js';
import type { Model } from './model.js';

// Looked up once: a global is slow to reach from inside a sandbox, such as a test's.
const { log2 } = Math;

/** One step of a waterfall; weights are in bits and add up to the score. */
export interface Contribution {
  name: string;
  level?: string;
  weight: number;
  /** The part of `weight` that comes from how common the value is. */
  termFrequency?: number;
}

/** Level from which a value's own frequency counts: two values that merely resemble each other far off share no value. */
const FIRST_NEAR_LEVEL = 3;

/** A model as bits: per comparison and level, for `one person` and for `two related people`, against `two strangers`. */
export interface LevelWeights {
  weights: Float64Array[];
  relatedWeights: Float64Array[];
  odds: number;
  relatedOdds: number;
}

export function levelWeights({ prior, related, comparisons }: Model): LevelWeights {
  const strangers = 1 - prior - related;
  return {
    odds: log2(prior / strangers),
    relatedOdds: log2(related / strangers),
    weights: comparisons.map(({ levels }) => Float64Array.from([0, ...levels.map(({ m, u }) => log2(m / u))])),
    relatedWeights: comparisons.map(({ levels }) => Float64Array.from([0, ...levels.map(({ r, u }) => log2(r / u))])),
  };
}

/** The model's comparisons as this data set has them: one that the model does not know weighs nothing. */
function aligned(model: Model, comparisons: Comparison[]): Model {
  const known = new Map(model.comparisons.map((comparison) => [comparison.name, comparison]));
  return {
    ...model,
    comparisons: comparisons.map(
      ({ name, levels }) => known.get(name) ?? { name, levels: levels.map((level) => ({ level, m: 1, u: 1, r: 1 })) },
    ),
  };
}

/** Scores pairs of one data set under one model. */
export class PairScorer {
  readonly comparer: PairComparer;
  private readonly weights: Float64Array[];
  private readonly relatedWeights: Float64Array[];
  private readonly odds: number;
  private readonly relatedOdds: number;
  private readonly equalLevel: number[];
  private readonly terms: (Float32Array | undefined)[];
  private readonly related: boolean;
  private readonly near: number;
  private readonly equal: number;

  constructor(dataset: Dataset, given: Model) {
    this.comparer = new PairComparer(dataset);
    const model = aligned(given, this.comparer.comparisons);
    this.related = model.related > 0;
    const { weights, relatedWeights, odds, relatedOdds } = levelWeights(model);
    this.weights = weights;
    this.relatedWeights = relatedWeights;
    this.odds = odds;
    this.relatedOdds = relatedOdds;
    this.equalLevel = model.comparisons.map(({ levels }) => levels.length);
    this.terms = model.comparisons.map((_, at) => termsOf(this.comparer.comparisons[at].column, model.comparisons[at]));
    this.near = model.termFrequency.near;
    this.equal = model.termFrequency.equal;
  }

  /** Log-odds, base 2, that two records are one person. What was compared stays readable in `comparer`. */
  score(a: number, b: number): number {
    this.comparer.compare(a, b);
    const { levels, values } = this.comparer;
    let same = this.odds;
    let related = this.relatedOdds;
    for (let at = 0; at < levels.length; at++) {
      const level = levels[at];
      if (level === 0) continue;
      const term = this.term(at, level, values[at]);
      same += this.weights[at][level] + term;
      related += this.relatedWeights[at][level] + term;
    }
    return same - softBits(related);
  }

  /** Bits by which this value tells more, or less, than the average value of its field. */
  term(at: number, level: number, value: number): number {
    const terms = this.terms[at];
    if (terms === undefined || value === MISSING || level < FIRST_NEAR_LEVEL) return 0;
    return terms[value] * (level === this.equalLevel[at] ? this.equal : this.near);
  }

  /** Why the score is what it is: the sum of all weights is the score. */
  explain(a: number, b: number): Contribution[] {
    this.comparer.compare(a, b);
    const { levels, values, comparisons } = this.comparer;
    const steps: Contribution[] = [{ name: 'prior', weight: this.odds }];
    let related = this.relatedOdds;
    comparisons.forEach(({ name, levels: names }, at) => {
      const level = levels[at];
      if (level === 0) return;
      const termFrequency = this.term(at, level, values[at]);
      related += this.relatedWeights[at][level] + termFrequency;
      steps.push({ name, level: names[level - 1], weight: this.weights[at][level] + termFrequency, termFrequency });
    });
    if (this.related) steps.push({ name: 'related people', weight: -softBits(related) });
    return steps;
  }
}

/** `log2(1 + 2^bits)` without overflow. */
function softBits(bits: number): number {
  return bits > 40 ? bits : bits < -40 ? 0 : log2(1 + 2 ** bits);
}

function termsOf(column: Comparison['column'], { levels }: Model['comparisons'][number]): Float32Array | undefined {
  if (column === undefined) return undefined;
  const { u } = levels[levels.length - 1];
  if (u === 1) return undefined;
  return Float32Array.from(column.counts, (count) => (count === 0 ? 0 : log2((u * column.filled) / count)));
}
