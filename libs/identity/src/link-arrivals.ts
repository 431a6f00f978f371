import { areApart, comparePair, partyOf, type Party } from './compare-pair.js';
import type { Arrival, Holder, MatchInput } from './match-types.js';

/** What the keys say about one arrival that has no cluster yet. */
export interface Node {
  arrival: Arrival;
  party: Party;
  /** Arrivals and clusters that are the same; the kinds of the keys that say so. */
  links: Set<Node>;
  clusters: Set<string>;
  kinds: Set<number>;
  /** Where an equal e-mail stands under another name: clusters, and arrivals before this one in order. */
  clashing: { clusters: Set<string>; records: Set<string> };
}
interface Bucket { kind: number; nodes: Node[]; holders: Holder[] }

/** Joins arrivals and holders key by key. Arrivals that share no key with anybody come back without links. */
export function linkArrivals(input: MatchInput): Node[] {
  const open = input.arrivals.filter((arrival) => arrival.cluster === undefined);
  const nodes = open.map(nodeOf);
  for (const bucket of bucketsOf(input, nodes).values()) if (bucket.nodes.length + bucket.holders.length > 1) compareBucket(bucket);
  return nodes;
}

function nodeOf(arrival: Arrival): Node {
  return { arrival, party: partyOf(arrival), links: new Set(), clusters: new Set(), kinds: new Set(), clashing: { clusters: new Set(), records: new Set() } };
}

function bucketsOf(input: MatchInput, nodes: Node[]): Map<bigint, Bucket> {
  const buckets = new Map<bigint, Bucket>();
  for (const node of nodes) {
    for (const { hash, kind } of node.arrival.keys) {
      const bucket = buckets.get(hash);
      if (bucket) bucket.nodes.push(node);
      else buckets.set(hash, { kind, nodes: [node], holders: [] });
    }
  }
  for (const holder of [...input.holders, ...input.arrivals.flatMap(asHolders)]) buckets.get(holder.keyHash)?.holders.push(holder);
  return buckets;
}

/** A record whose cluster is known stands in it like any record that was there before. */
function asHolders(arrival: Arrival): Holder[] {
  const { cluster } = arrival;
  return cluster === undefined ? [] : arrival.keys.map((key) => ({ ...arrival, keyHash: key.hash, keyKind: key.kind, clusterId: cluster }));
}

function compareBucket({ kind, nodes, holders }: Bucket): void {
  const parties = holders.map((holder) => ({ holder, party: partyOf(holder) }));
  nodes.forEach((node, index) => {
    for (const { holder, party } of parties) meetCluster(node, { party, clusterId: holder.clusterId, kind });
    for (let other = index + 1; other < nodes.length; other++) if (!areApart(node.party, nodes[other].party)) meetArrival(node, nodes[other], kind);
  });
}

function meetCluster(node: Node, other: { party: Party; clusterId: string; kind: number }): void {
  const relation = comparePair(node.party, other.party, other.kind);
  if (relation === 'clash') node.clashing.clusters.add(other.clusterId);
  if (relation !== 'link') return;
  node.clusters.add(other.clusterId);
  node.kinds.add(other.kind);
}

/** Of two arrivals that clash, the later in order is the one in question: one doubt, one review. */
function meetArrival(a: Node, b: Node, kind: number): void {
  const relation = comparePair(a.party, b.party, kind);
  if (relation === 'clash') {
    const [earlier, later] = a.arrival.order < b.arrival.order ? [a, b] : [b, a];
    later.clashing.records.add(earlier.arrival.recordId);
  }
  if (relation !== 'link') return;
  a.links.add(b);
  b.links.add(a);
  a.kinds.add(kind);
  b.kinds.add(kind);
}
