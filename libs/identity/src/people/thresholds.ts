/** A pair that people decided, and what a model says of it in bits. */
export interface DecidedPair {
  score: number;
  same: boolean;
}
/** 95 %, two-sided. */
const Z = 1.959963984540054;
/** Share of merged pairs that must be right, by the lower bound: with no error at all it takes 3,838 decided pairs to know that. */
const WANTED_PRECISION = 0.999;

/** Lower bound of a share, after Wilson (1927). */
export function wilsonLowerBound(successes: number, trials: number): number {
  if (trials === 0) return 0;
  const share = successes / trials;
  const square = Z ** 2 / trials;
  return (share + square / 2 - Z * Math.sqrt((share * (1 - share) + square / 4) / trials)) / (1 + square);
}

/** The least score above which what people decided proves the wanted precision; the shipped one where it proves none. */
export function autoThreshold(decided: readonly DecidedPair[], shipped: number): { threshold: number; pairs: number; proved: boolean } {
  const sorted = [...decided].sort((a, b) => b.score - a.score);
  let right = 0;
  let found: { threshold: number; pairs: number } | undefined;
  sorted.forEach(({ score, same }, at) => {
    if (same) right += 1;
    const whole = at + 1 === sorted.length || sorted[at + 1].score < score;
    if (whole && wilsonLowerBound(right, at + 1) >= WANTED_PRECISION) found = { threshold: score, pairs: at + 1 };
  });
  return found ? { ...found, proved: true } : { threshold: shipped, pairs: sorted.length, proved: false };
}

export interface ReliabilityBin {
  from: number;
  to: number;
  pairs: number;
  /** Mean probability that the model gave, and the share that people called the same. */
  predicted: number;
  observed: number;
}

/** How often people agreed, per tenth of the model's probability; empty tenths are left out. */
export function reliabilityCurve(decided: readonly DecidedPair[]): ReliabilityBin[] {
  const bins = new Map<number, { pairs: number; predicted: number; same: number }>();
  for (const { score, same } of decided) {
    const probability = probabilityOf(score);
    const bin = Math.min(9, Math.floor(probability * 10));
    const before = bins.get(bin) ?? { pairs: 0, predicted: 0, same: 0 };
    bins.set(bin, { pairs: before.pairs + 1, predicted: before.predicted + probability, same: before.same + Number(same) });
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, { pairs, predicted, same }]) => ({
      from: bin / 10,
      to: (bin + 1) / 10,
      pairs,
      predicted: predicted / pairs,
      observed: same / pairs,
    }));
}

/** Probability by score as people's decisions have it: the least-squares fit that never falls (Ayer et al. 1955, pool adjacent violators). */
export function calibration(decided: readonly DecidedPair[]): { score: number; probability: number }[] {
  const pools: { score: number; sum: number; pairs: number }[] = [];
  for (const { score, same } of [...decided].sort((a, b) => a.score - b.score)) {
    pools.push({ score, sum: Number(same), pairs: 1 });
    while (pools.length > 1) {
      const [before, last] = pools.slice(-2);
      if (before.sum / before.pairs < last.sum / last.pairs) break;
      pools.splice(-2, 2, { score: before.score, sum: before.sum + last.sum, pairs: before.pairs + last.pairs });
    }
  }
  return pools.map(({ score, sum, pairs }) => ({ score, probability: sum / pairs }));
}

/** Probability of log-odds in bits. */
export function probabilityOf(score: number): number {
  return 1 / (1 + 2 ** -score);
}
