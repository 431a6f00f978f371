import { tenantMatchKey } from '#hub/governance';
import { cannotShare, FIRST_PERSON_KEY, pairKey, PERSON_SOURCES, type Node, type PersonEdge } from '#hub/identity';
import { askPeople } from '../identity/ask-people.js';
import { findEdges, formerNeighbours, type Seed } from '../identity/find-edges.js';
import { peopleModel } from '../identity/people-model.js';
import { loadNodes } from '../identity/people-nodes.js';
import { recluster, type Regrouped } from '../identity/recluster.js';
import type { BatchWork, Item } from './batch-work.js';

export interface PeopleAssigned {
  /** A record without an entry leads its own, or stays where it is. */
  clusterOf: ReadonlyMap<string, string>;
  /** Clusters that do not exist yet. */
  born: ReadonlySet<string>;
  /** Arrivals whose joining of others is on record. */
  attached: ReadonlySet<string>;
  /** To be called when the members are stored; answers the clusters that are in question. */
  ask: () => Promise<string[]>;
}

/** Says who each person of the batch is: pairs are scored, the touched components grouped anew, and what is in doubt is put to a person. */
export async function assignPeople(work: BatchWork, arrivals: Item[]): Promise<PeopleAssigned> {
  const changed = work.items.filter(isChangedPerson);
  const scope = { tx: work.tx, secret: await tenantMatchKey(work.tx, work.hub.secrets), model: await peopleModel(work.tx, work.hub) };
  const changedIds = changed.map(({ recordId }) => recordId);
  const neighbours = await formerNeighbours(work.tx, changedIds);
  if (changedIds.length > 0)
    await work.tx.query(`DELETE FROM match_key WHERE record_id = ANY ($1) AND key_kind >= $2`, [changedIds, FIRST_PERSON_KEY]);
  const seeds = [...arrivals, ...changed.filter(({ outcome }) => outcome !== 'deleted')].map((item) => seedOf(work, item));
  const { edges, touched } = await findEdges(scope, { seeds, neighbours });
  for (const id of changedIds) touched.add(id);
  for (const item of arrivals) if (item.clusterId !== undefined) touched.add(item.recordId);
  const regrouped = await recluster(work.tx, {
    touched,
    arrivals: arrivals.filter(({ recordId }) => touched.has(recordId)),
    model: scope.model,
    cause: { cause: 'arrival', causeId: work.batch.id },
  });
  for (const id of regrouped.changed) work.touched.add(id);
  await reviewDoubtful(work, { arrivals, edges, regrouped });
  return {
    clusterOf: regrouped.clusterOf,
    born: regrouped.born,
    attached: regrouped.attached,
    ask: () => askPeople(work.tx, regrouped.looked, regrouped.doubts),
  };
}

/** Its keys, or whether it may be found by them, are no longer what is stored. */
function isChangedPerson(item: Item): boolean {
  if (!item.known) return false;
  if (item.outcome === 'deleted') return item.known.deletedAt === null;
  if (item.outcome !== 'updated' && item.outcome !== 'conflicting') return false;
  return item.known.deletedAt !== null || item.changedFields.some((field) => PERSON_SOURCES.includes(field));
}

function seedOf(work: BatchWork, item: Item): Seed {
  return { recordId: item.recordId, order: orderOf(work, item), values: item.values, known: item.known !== undefined };
}

function nodeOf(work: BatchWork, item: Item): Node {
  const { id: connectionId, systemOfRecord } = work.stream.connection;
  return { recordId: item.recordId, order: orderOf(work, item), connectionId, systemOfRecord, live: true };
}

function orderOf(work: BatchWork, item: Item): string {
  return `${work.stream.streamId}:${item.prepared.raw.externalId}`;
}

const UNCERTAIN = 'it may be the same person as another record, and nothing proves it';

/** An arrival that may be somebody else's record, and is not in their group, is for a person to decide. */
async function reviewDoubtful(
  work: BatchWork,
  { arrivals, edges, regrouped }: { arrivals: Item[]; edges: PersonEdge[]; regrouped: Regrouped },
): Promise<void> {
  const items = new Map(arrivals.map((item) => [item.recordId, item]));
  const others = [...new Set(edges.flatMap(({ a, b }) => [a, b]))].filter((id) => !items.has(id));
  const nodes = new Map<string, Node & { clusterId?: string }>((await loadNodes(work.tx, others)).map((node) => [node.recordId, node]));
  for (const item of arrivals) nodes.set(item.recordId, { ...nodeOf(work, item), clusterId: regrouped.clusterOf.get(item.recordId) });
  for (const edge of edges) {
    const [a, b] = [nodes.get(edge.a), nodes.get(edge.b)];
    if (!a || !b || cannotShare(a, b) || (a.clusterId !== undefined && a.clusterId === b.clusterId)) continue;
    // One doubt, one review: the later of two arrivals in order.
    const asked = items.get((items.has(edge.b) && (!items.has(edge.a) || a.order < b.order) ? b : a).recordId);
    if (asked) askAbout(asked, regrouped.doubts.get(pairKey(edge.a, edge.b)) ?? edge.reason ?? UNCERTAIN);
  }
}

function askAbout(item: Item, message: string): void {
  item.outcome = 'review';
  if (item.failures.some(({ code }) => code === 'AMBIGUOUS_MATCH')) return;
  item.failures.push({ code: 'AMBIGUOUS_MATCH', field: '', pointer: '', message, blocksOnlyField: true });
}
