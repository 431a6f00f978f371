import { cannotShare, matchEverybody, mergeRecord, type FieldPolicy } from '#hub/identity';
import type { Hub } from '../hub.js';
import { loadGolden } from '../inward/merge-clusters.js';
import type { GoldenCluster, GoldenMember } from '../outward/plan-outward.js';
import { loadStreams } from '../stream-context.js';
import { differingFields } from './review-holds.js';
import { loadEverybody, loadEveryDecision, type Somebody } from './everybody.js';
import type { PeopleModel } from './people-model.js';

/** What a change of model or rules would do, were it active. */
export interface Simulation {
  records: number;
  clustersBefore: number;
  clustersAfter: number;
  /** Clusters that would become part of another, and clusters that would come apart. */
  merged: number;
  split: number;
  /** Open questions afterwards: pairs of different systems, and pairs that are left to their system. */
  review: number;
  proposed: number;
  /** Golden values that would change, in all and by field. */
  altered: number;
  alteredFields: Record<string, number>;
  samples: SimulationSample[];
}
export interface SimulationSample {
  kind: 'merge' | 'split' | 'alter';
  clusters: string[];
  records: string[];
  fields: string[];
}
export interface SimulatedChange {
  model: PeopleModel;
  /** Survivorship in the place of the mappings' and rules' of now. */
  policies?: Record<string, FieldPolicy>;
}
const SAMPLES = 20;
/** Clusters that are looked at together. */
const CHUNK = 2_000;

/** Matches everybody anew in memory and compares with what is. Nothing is written, and no sync waits. */
export async function simulatePeople(hub: Hub, tenantId: string, { model, policies }: SimulatedChange): Promise<Simulation> {
  const { people, decisions, streams } = await hub.database.inTenant(tenantId, async (tx) => ({
    people: await loadEverybody(tx),
    decisions: await loadEveryDecision(tx),
    streams: await loadStreams(tx, hub),
  }));
  const matched = matchEverybody({ people, decisions, ...model });
  const byId = new Map(people.map((person) => [person.recordId, person]));
  const groups = matched.groups.map((ids) => ids.map((id) => byId.get(id) as Somebody));
  const simulation = comparePartitions(groups);
  const groupOf = new Map(matched.groups.flatMap((ids, at) => ids.map((id) => [id, at] as const)));
  const decided = new Map(decisions.map(({ a, b, verdict }) => [`${a}:${b}`, verdict]));
  for (const { a, b } of matched.edges) {
    if (groupOf.get(a) === groupOf.get(b) || (decided.get(`${a}:${b}`) ?? 'withdrawn') !== 'withdrawn') continue;
    const [x, y] = [byId.get(a) as Somebody, byId.get(b) as Somebody];
    if (cannotShare(x, y)) simulation.proposed += 1;
    else simulation.review += 1;
  }
  const sizes = sizesOf(groups);
  const changed = policies === undefined ? groups.filter((group) => isNew(group, sizes)) : groups;
  for (let from = 0; from < changed.length; from += CHUNK) {
    const chunk = changed.slice(from, from + CHUNK);
    await hub.database.inTenant(tenantId, async (tx) => {
      const golden = await loadGolden({ tx, streams }, [...new Set(chunk.flatMap((group) => group.map(({ clusterId }) => clusterId)))]);
      for (const group of chunk) countAltered(simulation, { group, golden, policies: policies ?? streams.policiesOf('candidate') });
    });
  }
  return simulation;
}

function comparePartitions(groups: Somebody[][]): Simulation {
  const targets = new Map<string, Set<number>>();
  let merged = 0;
  const samples: SimulationSample[] = [];
  groups.forEach((group, at) => {
    const clusters = new Set(group.map(({ clusterId }) => clusterId));
    merged += clusters.size - 1;
    if (clusters.size > 1 && samples.length < SAMPLES)
      samples.push({ kind: 'merge', clusters: [...clusters], records: group.map(({ recordId }) => recordId), fields: [] });
    for (const cluster of clusters) targets.set(cluster, (targets.get(cluster) ?? new Set()).add(at));
  });
  const split = [...targets].filter(([, places]) => places.size > 1);
  for (const [cluster, places] of split.slice(0, SAMPLES))
    samples.push({
      kind: 'split',
      clusters: [cluster],
      records: [...places].flatMap((at) => groups[at].map(({ recordId }) => recordId)),
      fields: [],
    });
  return {
    records: groups.reduce((sum, group) => sum + group.length, 0),
    clustersBefore: targets.size,
    clustersAfter: groups.length,
    merged,
    split: split.length,
    review: 0,
    proposed: 0,
    altered: 0,
    alteredFields: {},
    samples,
  };
}

/** Whether the group is no cluster of now. */
function isNew(group: Somebody[], sizes: Map<string, number>): boolean {
  const [{ clusterId }] = group;
  if (group.some((one) => one.clusterId !== clusterId)) return true;
  return sizes.get(clusterId) !== group.length;
}

/** Records of each cluster of now. */
function sizesOf(groups: Somebody[][]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const group of groups) for (const { clusterId } of group) counted.set(clusterId, (counted.get(clusterId) ?? 0) + 1);
  return counted;
}

/** Every record's golden value before against what its new group would make of it. */
function countAltered(
  simulation: Simulation,
  { group, golden, policies }: { group: Somebody[]; golden: GoldenCluster[]; policies: Record<string, FieldPolicy> },
): void {
  const clusters = golden.filter(({ id }) => group.some(({ clusterId }) => clusterId === id));
  const members = new Map<string, GoldenMember>(
    clusters.flatMap((cluster) => cluster.members.map((member) => [member.recordId, member] as const)),
  );
  const live = group.flatMap(({ recordId }) => members.get(recordId) ?? []).filter((member) => !member.deleted);
  if (live.length === 0) return;
  const [pins, frozen] = [
    Object.assign({}, ...clusters.map((cluster) => cluster.pins)) as GoldenCluster['pins'],
    clusters.flatMap((one) => one.frozen),
  ];
  const after = mergeRecord({ object: 'candidate', members: live, policies, before: clusters[0].values, frozen, pins }).values;
  const fields = new Set<string>();
  for (const { values } of clusters) for (const field of differingFields(values, after)) fields.add(field);
  if (fields.size === 0) return;
  simulation.altered += fields.size;
  for (const field of fields) simulation.alteredFields[field] = (simulation.alteredFields[field] ?? 0) + 1;
  if (simulation.samples.length < 3 * SAMPLES)
    simulation.samples.push({
      kind: 'alter',
      clusters: clusters.map(({ id }) => id),
      records: group.map(({ recordId }) => recordId),
      fields: [...fields],
    });
}
