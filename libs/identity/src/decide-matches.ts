import { areApart } from './are-apart.js';
import { groupArrivals, type Group } from './group-arrivals.js';
import { linkArrivals, type Node } from './link-arrivals.js';
import { KEY_KINDS } from './match-keys.js';
import type { Arrival, Assignment, MatchInput, Occupant } from './match-types.js';

const RULES = new Map<number, string>([
  [KEY_KINDS.domain, 'domain'],
  [KEY_KINDS.requisitionCode, 'requisition-code'],
  [KEY_KINDS.calendarUid, 'calendar-uid'],
  [KEY_KINDS.message, 'message'],
]);
const REASONS = {
  clusters: 'its keys point at two or more different records that are not merged',
  rivals: 'another record of its own system, or of the system of record, has an equal claim to the same match',
};

/**
 * Says for every arrival, of anything but people, which cluster it joins, leads, or might belong to. A group of arrivals and clusters that keys link is
 * taken whole when it is free of doubt, and goes to review whole when it is not; so no split of the same arrivals into batches,
 * in no order, makes another partition, unless one of them asks for a review.
 */
export function decideMatches(input: MatchInput): Map<string, Assignment> {
  const assignments = new Map<string, Assignment>();
  for (const arrival of input.arrivals) assignments.set(arrival.recordId, withoutKeys(arrival));
  const nodes = linkArrivals(input);
  const occupants = occupantsOf(input);
  for (const group of groupArrivals(nodes))
    for (const [recordId, assignment] of decideGroup(group, occupants)) assignments.set(recordId, assignment);
  return assignments;
}

function withoutKeys({ recordId, cluster }: Arrival): Assignment {
  return cluster === undefined ? { kind: 'new', leader: recordId, rule: 'first' } : { kind: 'attach', clusterId: cluster, rule: 'known' };
}

function decideGroup(group: Group, occupants: Map<string, Occupant[]>): [string, Assignment][] {
  const reason = doubtOf(group, occupants);
  if (reason !== undefined) return reviewGroup(group, reason);
  const [clusterId] = group.clusters;
  if (clusterId !== undefined) return group.nodes.map((node) => [node.arrival.recordId, { kind: 'attach', clusterId, rule: ruleOf(node) }]);
  const leader = leaderOf(group);
  return group.nodes.map((node) => [node.arrival.recordId, { kind: 'new', leader, rule: ruleOf(node) }]);
}

function doubtOf(group: Group, occupants: Map<string, Occupant[]>): string | undefined {
  if (group.clusters.size > 1) return REASONS.clusters;
  return hasRivals(group, occupants) ? REASONS.rivals : undefined;
}

/** Two records that a key never joins, linked by a third: whichever came first would take the place, so neither does. */
function hasRivals({ nodes, clusters }: Group, occupants: Map<string, Occupant[]>): boolean {
  const residents = [...clusters].flatMap((cluster) => occupants.get(cluster) ?? []);
  return nodes.some(
    (node, index) =>
      residents.some((resident) => areApart(node.arrival, resident)) ||
      nodes.some((other, later) => later > index && areApart(node.arrival, other.arrival)),
  );
}

/** Each leads a cluster of its own until somebody decides. */
function reviewGroup({ nodes, clusters }: Group, reason: string): [string, Assignment][] {
  const candidates = [...clusters].sort();
  const records = nodes.map(({ arrival }) => arrival.recordId).sort();
  return nodes.map(({ arrival: { recordId: leader } }) => [leader, { kind: 'review', leader, candidates, records, reason }]);
}

function ruleOf(node: Node): string {
  return node.kinds.size === 0 ? 'first' : (RULES.get(Math.min(...node.kinds)) ?? 'key');
}

function leaderOf({ nodes }: Group): string {
  return nodes.reduce((least, node) => (node.arrival.order < least.arrival.order ? node : least)).arrival.recordId;
}

function occupantsOf({ arrivals, holders, occupants = [] }: MatchInput): Map<string, Occupant[]> {
  const settled = arrivals.flatMap((arrival) => (arrival.cluster === undefined ? [] : [{ ...arrival, clusterId: arrival.cluster }]));
  const known = new Map<string, Map<string, Occupant>>();
  for (const resident of [...occupants, ...holders, ...settled]) {
    const residents = known.get(resident.clusterId) ?? new Map<string, Occupant>();
    known.set(resident.clusterId, residents.set(resident.recordId, resident));
  }
  return new Map([...known].map(([cluster, residents]) => [cluster, [...residents.values()]]));
}
