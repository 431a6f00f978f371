import type { Dataset } from './dataset.js';
import type { Resolution } from './resolve.js';

/** How well a resolution agrees with the truth. Shares are from 0 to 1; `null` where there was nothing to take a share of. */
export interface Evaluation {
  /** Of pairs that are more likely one person than not. */
  pairF1: number | null;
  precision: number | null;
  recall: number | null;
  /** Of all pairs inside groups. */
  clusteredF1: number | null;
  clusteredPrecision: number | null;
  clusteredRecall: number | null;
  /** Of what is merged without a person, and of that together with what a person is asked about. */
  autoPrecision: number | null;
  autoRecall: number | null;
  reviewRecall: number | null;
  reviewPairs: number;
  candidatePairs: number;
  blockRecall: number | null;
  largestCluster: number;
}

/** Holds a resolution against the truth: `labels[n]` says who the record is that was added as number `n`. Pairs inside one file count only where it may hold duplicates. */
export function evaluate(dataset: Dataset, resolution: Resolution, labels: readonly (string | number)[]): Evaluation {
  const truth = Array.from(dataset.arrivals, (arrival) => labels[arrival]);
  const people = groupsOf(truth);
  const counted = (a: number, b: number) => dataset.within || dataset.source[a] !== dataset.source[b];
  const truePairs = countPairs(people.values(), counted);
  const { pairs, groups, autoGroups, candidatePairs } = resolution;
  const likely = pairs.filter(({ score }) => score >= 0);
  const hits = likely.filter(({ a, b }) => truth[a] === truth[b]).length;
  const clustered = insideOf(groups, { truth, counted });
  const auto = insideOf(autoGroups, { truth, counted });
  const asked = new Set(pairs.filter(({ band }) => band !== 'distinct').map(({ a, b }) => link(autoGroups[a], autoGroups[b])));
  let reached = 0;
  let blocked = 0;
  forEachPair(people.values(), counted, (a, b) => {
    if (autoGroups[a] === autoGroups[b] || asked.has(link(autoGroups[a], autoGroups[b]))) reached += 1;
    if (resolution.isCandidate(a, b)) blocked += 1;
  });
  return {
    pairF1: f1(hits, likely.length, truePairs),
    precision: share(hits, likely.length),
    recall: share(hits, truePairs),
    clusteredF1: f1(clustered.hits, clustered.pairs, truePairs),
    clusteredPrecision: share(clustered.hits, clustered.pairs),
    clusteredRecall: share(clustered.hits, truePairs),
    autoPrecision: share(auto.hits, auto.pairs),
    autoRecall: share(auto.hits, truePairs),
    reviewRecall: share(reached, truePairs),
    reviewPairs: pairs.filter(({ band }) => band === 'review').length,
    candidatePairs,
    blockRecall: share(blocked, truePairs),
    largestCluster: [...groupsOf([...groups]).values()].reduce((most, { length }) => Math.max(most, length), 0),
  };
}

type Counted = (a: number, b: number) => boolean;

function groupsOf(labels: readonly (string | number)[]): Map<string | number, number[]> {
  const groups = new Map<string | number, number[]>();
  labels.forEach((label, at) => {
    const group = groups.get(label);
    if (group) group.push(at);
    else groups.set(label, [at]);
  });
  return groups;
}

function forEachPair(groups: Iterable<number[]>, counted: Counted, visit: (a: number, b: number) => void): void {
  for (const group of groups)
    for (let i = 0; i < group.length; i++)
      for (let j = i + 1; j < group.length; j++) if (counted(group[i], group[j])) visit(group[i], group[j]);
}

function countPairs(groups: Iterable<number[]>, counted: Counted): number {
  let pairs = 0;
  forEachPair(groups, counted, () => (pairs += 1));
  return pairs;
}

function insideOf(
  groups: Int32Array,
  { truth, counted }: { truth: readonly (string | number)[]; counted: Counted },
): { pairs: number; hits: number } {
  let pairs = 0;
  let hits = 0;
  forEachPair(groupsOf([...groups]).values(), counted, (a, b) => {
    pairs += 1;
    if (truth[a] === truth[b]) hits += 1;
  });
  return { pairs, hits };
}

function link(a: number, b: number): number {
  return Math.min(a, b) * 2 ** 26 + Math.max(a, b);
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function f1(hits: number, found: number, wanted: number): number | null {
  return found + wanted === 0 ? null : (2 * hits) / (found + wanted);
}
