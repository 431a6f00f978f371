import { PairComparer, type Comparison } from './comparisons.js';
import { MISSING, type Dataset } from './dataset.js';
import type { Model } from './model.js';

// Looked up once: a global is slow to reach from inside a sandbox, such as a test's.
const { log2, max } = Math;

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
/** Bits by which the order of a sum may change it, and more. */
const ROUNDING = 1e-6;

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
  /** The most that each field can weigh while all that is known is that it is not plain; see `comparePlain`. */
  private readonly ceilings: Float64Array;
  /** Fields that no other stands in for: those first whose difference takes most of what they could give. */
  private readonly fixed: number[];
  /** Comparisons of the others, with their orders. */
  private readonly swapping: number[];
  /** Of the pair at hand, the fields that are not compared yet. */
  private readonly left: Int32Array;

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
    const { columns } = dataset;
    const { swappable, fixed } = this.comparer;
    this.ceilings = Float64Array.from(columns, ({ slots }, at) => this.mostOf(at, this.equalLevel[at] - (slots.length > 1 ? 0 : 1)));
    const lost = (at: number) => this.ceilings[at] - this.weights[at][1];
    this.fixed = [...fixed].sort((one, other) => lost(other) - lost(one) || one - other);
    this.swapping = [...swappable, ...[...this.weights.keys()].slice(columns.length)];
    this.left = new Int32Array(fixed.length);
  }

  /** The most that a comparison can weigh up to a level, whatever the value. */
  private mostOf(at: number, highest: number): number {
    const rarest = this.terms[at]?.reduce((most, term) => max(most, term), 0) ?? 0;
    let most = 0;
    for (let level = 1; level <= highest; level++)
      most = max(most, this.weights[at][level] + (level < FIRST_NEAR_LEVEL ? 0 : rarest * max(this.near, this.equal)));
    return most;
  }

  /** Log-odds, base 2, that two records are one person. What was compared stays readable in `comparer`. */
  score(a: number, b: number): number {
    this.comparer.compare(a, b);
    return this.scoreOfLevels();
  }

  /** As `score`; `undefined` as soon as nothing that is left to compare could lift the pair to `least`: most candidates are strangers. */
  scoreFrom(least: number, a: number, b: number): number | undefined {
    const { comparer, fixed, left, ceilings } = this;
    for (const at of comparer.swappable) comparer.compareField(at, a, b);
    comparer.compareOrders(a, b);
    let hope = this.odds;
    for (const at of this.swapping) hope += this.weightOf(at);
    let remaining = 0;
    for (const at of fixed)
      if (comparer.comparePlain(at, a, b)) hope += this.weightOf(at);
      else {
        hope += ceilings[at];
        left[remaining++] = at;
      }
    for (let place = 0; place < remaining; place++) {
      if (hope < least - ROUNDING) return undefined;
      const at = left[place];
      comparer.compareField(at, a, b);
      hope += this.weightOf(at) - ceilings[at];
    }
    const score = this.scoreOfLevels();
    return score < least ? undefined : score;
  }

  private weightOf(at: number): number {
    const level = this.comparer.levels[at];
    return level === 0 ? 0 : this.weights[at][level] + this.term(at, level, this.comparer.values[at]);
  }

  private scoreOfLevels(): number {
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
