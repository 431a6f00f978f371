import { areApart, comparePair, partyOf, type Party } from './compare-pair.js';
import type { Arrival, Holder, MatchInput } from './match-types.js';

/** What the keys say about one arrival that shares a key with somebody. */
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
interface Bucket {
  kind: number;
  arrivals: Arrival[];
  holders: Holder[];
}

/** Joins arrivals and holders key by key. Whoever shares no key, most of a first sync, costs no more than its look-up. */
export function linkArrivals(input: MatchInput): Node[] {
  const nodes = new Map<Arrival, Node>();
  for (const bucket of bucketsOf(input).values()) {
    if (bucket.arrivals.length + bucket.holders.length > 1)
      compareBucket(
        bucket,
        bucket.arrivals.map((arrival) => nodeOf(nodes, arrival)),
      );
  }
  return [...nodes.values()];
}

function nodeOf(nodes: Map<Arrival, Node>, arrival: Arrival): Node {
  const known = nodes.get(arrival);
  if (known) return known;
  const node: Node = {
    arrival,
    party: partyOf(arrival),
    links: new Set(),
    clusters: new Set(),
    kinds: new Set(),
    clashing: { clusters: new Set(), records: new Set() },
  };
  nodes.set(arrival, node);
  return node;
}

function bucketsOf({ arrivals, holders }: MatchInput): Map<bigint, Bucket> {
  const buckets = new Map<bigint, Bucket>();
  for (const arrival of arrivals) {
    if (arrival.cluster !== undefined) continue;
    for (const { hash, kind } of arrival.keys) {
      const bucket = buckets.get(hash);
      if (bucket) bucket.arrivals.push(arrival);
      else buckets.set(hash, { kind, arrivals: [arrival], holders: [] });
    }
  }
  for (const holder of [...holders, ...arrivals.flatMap(asHolders)]) buckets.get(holder.keyHash)?.holders.push(holder);
  return buckets;
}

/** A record whose cluster is known stands in it like any record that was there before. */
function asHolders(arrival: Arrival): Holder[] {
  const { cluster } = arrival;
  return cluster === undefined ? [] : arrival.keys.map((key) => ({ ...arrival, keyHash: key.hash, keyKind: key.kind, clusterId: cluster }));
}

function compareBucket({ kind, holders }: Bucket, nodes: Node[]): void {
  const parties = holders.map((holder) => ({ party: partyOf(holder), clusterId: holder.clusterId, kind }));
  nodes.forEach((node, index) => {
    for (const party of parties) meetCluster(node, party);
    for (let other = index + 1; other < nodes.length; other++)
      if (!areApart(node.party, nodes[other].party)) meetArrival(node, nodes[other], kind);
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
