import { areApart } from './are-apart.js';
import { KEY_KINDS } from './match-keys.js';
import type { Arrival, Holder, MatchInput } from './match-types.js';

/** What the keys say about one arrival that shares a key with somebody. */
export interface Node {
  arrival: Arrival;
  /** Arrivals and clusters that are the same; the kinds of the keys that say so. */
  links: Set<Node>;
  clusters: Set<string>;
  kinds: Set<number>;
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
      joinBucket(
        bucket,
        bucket.arrivals.map((arrival) => nodeOf(nodes, arrival)),
      );
  }
  return [...nodes.values()];
}

function nodeOf(nodes: Map<Arrival, Node>, arrival: Arrival): Node {
  const known = nodes.get(arrival);
  if (known) return known;
  const node: Node = { arrival, links: new Set(), clusters: new Set(), kinds: new Set() };
  nodes.set(arrival, node);
  return node;
}

function bucketsOf({ arrivals, holders }: MatchInput): Map<bigint, Bucket> {
  const buckets = new Map<bigint, Bucket>();
  for (const arrival of arrivals) {
    if (arrival.cluster !== undefined) continue;
    for (const { hash, kind } of arrival.keys) {
      // Anybody may answer under any id: it leads to a conversation, never to another record of the same message.
      if (kind === KEY_KINDS.messageId) continue;
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

function joinBucket({ kind, holders }: Bucket, nodes: Node[]): void {
  nodes.forEach((node, index) => {
    for (const holder of holders)
      if (!areApart(node.arrival, holder)) {
        node.clusters.add(holder.clusterId);
        node.kinds.add(kind);
      }
    for (const other of nodes.slice(index + 1))
      if (!areApart(node.arrival, other.arrival)) {
        node.links.add(other);
        other.links.add(node);
        node.kinds.add(kind);
        other.kinds.add(kind);
      }
  });
}
