import { areApart } from '../are-apart.js';
import { cluster, type Edge } from '../linkage/cluster.js';

/** A source record as far as grouping goes. */
export interface Node {
  recordId: string;
  /** Stable and unique, whatever the order of arrival. */
  order: string;
  connectionId: string;
  systemOfRecord: boolean;
  /** Deleted records stay where they are, and take nobody's place. */
  live: boolean;
}
export type Verdict = 'same' | 'different' | 'unsure' | 'withdrawn';
/** What holds for a pair now: the decision that no later one of the same pair has replaced. */
export interface PairDecision {
  a: string;
  b: string;
  verdict: Verdict;
}
export interface PairLink {
  a: string;
  b: string;
  auto: boolean;
  score: number;
}
export interface PartitionInput {
  nodes: readonly Node[];
  /** Scored pairs of these nodes. */
  links: readonly PairLink[];
  decisions: readonly PairDecision[];
  score: (a: string, b: string) => number;
}
export interface Partition {
  /** Record ids by group; groups and records in their canonical order. */
  groups: string[][];
  /** Auto links that did not hold, as `pairKey`, and why a person is asked instead. */
  doubts: Map<string, string>;
}

const RIVALS = 'another record of its own system, or of the system of record, has an equal claim to the same match';
const TOLD_APART = 'it links two records that were told apart';
const FAR_FROM_OTHERS = 'it is too far from the other records of that group';

/** A human `same` outweighs whatever a model says. */
const CERTAIN = 1e6;
/** As many records as a group is given without a person. */
const LARGEST_GROUP = 50;

export function pairKey(a: string, b: string): string {
  return a < b ? `${a}:${b}` : `${b}:${a}`;
}

/**
 * Groups records: a pure function of records, decisions, rules and model, so no order of arrival makes another partition. Decisions hold
 * first; then what a model links, unless that would bring together two records that are apart: such a component is put to a person whole,
 * for whichever came first would take the place.
 */
export function partition({ nodes, links, decisions, score }: PartitionInput): Partition {
  const sorted = [...nodes].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  const at = new Map(sorted.map(({ recordId }, index) => [recordId, index]));
  const decided = new Map(decisions.map(({ a, b, verdict }) => [pairKey(a, b), verdict]));
  const place = (id: string) => at.get(id) as number;
  const known = ({ a, b }: { a: string; b: string }) => at.has(a) && at.has(b);
  const different = (a: number, b: number) => decided.get(pairKey(sorted[a].recordId, sorted[b].recordId)) === 'different';
  const same = groupOf(
    sorted.length,
    decisions.filter((one) => one.verdict === 'same' && known(one)).map(({ a, b }) => inOrder(place(a), place(b))),
    different,
  );
  const apart = (a: number, b: number) => different(a, b) || (same(a) !== same(b) && cannotShare(sorted[a], sorted[b]));
  const auto = links.filter((one) => one.auto && known(one) && !(decided.get(pairKey(one.a, one.b)) === 'different'));
  const doubts = new Map<string, string>();
  const sound: Edge[] = [];
  for (const component of componentsOf(sorted.length, auto, { place, same })) {
    const reason = doubtOf(component.members, { apart, different });
    for (const { a, b, score: bits } of component.links) {
      if (reason !== undefined && same(place(a)) !== same(place(b))) doubts.set(pairKey(a, b), reason);
      else sound.push({ ...edgeOf(place(a), place(b)), score: bits });
    }
  }
  const pairScore = (a: number, b: number) => (same(a) === same(b) ? CERTAIN : score(sorted[a].recordId, sorted[b].recordId));
  const certain = sorted.flatMap((_, b) => (same(b) < b ? [{ ...edgeOf(same(b), b), score: CERTAIN }] : []));
  const roots = cluster({
    size: sorted.length,
    edges: [...sound.filter(({ a, b }) => same(a) !== same(b)), ...certain],
    score: pairScore,
    apart,
    threshold: 0,
  });
  for (const { a, b } of sound) if (roots[a] !== roots[b]) doubts.set(pairKey(sorted[a].recordId, sorted[b].recordId), FAR_FROM_OTHERS);
  const groups = new Map<number, string[]>();
  sorted.forEach(({ recordId }, index) => groups.set(roots[index], [...(groups.get(roots[index]) ?? []), recordId]));
  return { groups: [...groups.values()], doubts };
}

/** Only a person brings two such records together. */
export function cannotShare(a: Node, b: Node): boolean {
  return a.live && b.live && areApart(a, b);
}

/** The lowest record of each record's group under `same`; a `different` between two groups keeps them apart, whatever links them. */
function groupOf(size: number, pairs: [number, number][], different: (a: number, b: number) => boolean): (at: number) => number {
  const root = Array.from({ length: size }, (_, at) => at);
  const members = root.map((at) => [at]);
  for (const [a, b] of [...pairs].sort((x, y) => x[0] - y[0] || x[1] - y[1])) {
    const [into, from] = inOrder(root[a], root[b]);
    if (into === from || members[into].some((x) => members[from].some((y) => different(x, y)))) continue;
    for (const member of members[from]) root[member] = into;
    members[into].push(...members[from]);
    members[from] = [];
  }
  return (at) => root[at];
}

interface Component {
  members: number[];
  links: PairLink[];
}

function componentsOf(
  size: number,
  links: PairLink[],
  { place, same }: { place: (id: string) => number; same: (at: number) => number },
): Component[] {
  const joined = groupOf(
    size,
    [
      ...links.map(({ a, b }) => inOrder(place(a), place(b))),
      ...Array.from({ length: size }, (_, at): [number, number] => [same(at), at]).filter(([a, b]) => a !== b),
    ],
    () => false,
  );
  const components = new Map<number, Component>();
  for (const link of links) {
    const root = joined(place(link.a));
    const component = components.get(root) ?? { members: [], links: [] };
    component.links.push(link);
    components.set(root, component);
  }
  for (let at = 0; at < size; at++) components.get(joined(at))?.members.push(at);
  return [...components.values()];
}

interface Constraints {
  apart: (a: number, b: number) => boolean;
  different: (a: number, b: number) => boolean;
}

function doubtOf(members: number[], { apart, different }: Constraints): string | undefined {
  if (members.length > LARGEST_GROUP) return `more than ${LARGEST_GROUP} records would become one`;
  let reason: string | undefined;
  for (const [index, a] of members.entries())
    for (const b of members.slice(index + 1)) {
      if (different(a, b)) return TOLD_APART;
      if (apart(a, b)) reason = RIVALS;
    }
  return reason;
}

function inOrder(a: number, b: number): [number, number] {
  return a < b ? [a, b] : [b, a];
}

function edgeOf(x: number, y: number): { a: number; b: number } {
  const [a, b] = inOrder(x, y);
  return { a, b };
}
