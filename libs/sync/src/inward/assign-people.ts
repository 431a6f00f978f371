import { tenantMatchKey } from '#hub/governance';
import { FIRST_PERSON_KEY, PERSON_SOURCES } from '#hub/identity';
import { askPeople, type OpenPair } from '../identity/ask-people.js';
import { findEdges, formerNeighbours, loadPeople, type Seed } from '../identity/find-edges.js';
import { peopleModel } from '../identity/people-model.js';
import { recluster } from '../identity/recluster.js';
import type { BatchWork, Item } from './batch-work.js';

export interface PeopleAssigned {
  /** A record without an entry leads its own, or stays where it is. */
  clusterOf: ReadonlyMap<string, string>;
  /** Clusters that do not exist yet. */
  born: ReadonlySet<string>;
  /** Arrivals whose joining of others is on record. */
  attached: ReadonlySet<string>;
  /** Puts what is in doubt to a person, once the members are stored; answers the clusters that are in question. */
  ask: () => Promise<string[]>;
}

const NOBODY: PeopleAssigned = { clusterOf: new Map(), born: new Set(), attached: new Set(), ask: () => Promise.resolve([]) };

/** Says who each person of the batch is: pairs are scored, and the touched components grouped anew. */
export async function assignPeople(work: BatchWork, arrivals: Item[]): Promise<PeopleAssigned> {
  const changed = work.items.filter(isChangedPerson);
  if (arrivals.length + changed.length === 0) return NOBODY;
  const scope = { tx: work.tx, secret: await tenantMatchKey(work.tx, work.hub.secrets), model: await peopleModel(work.tx, work.hub) };
  const changedIds = changed.map(({ recordId }) => recordId);
  const neighbours = await formerNeighbours(work.tx, changedIds);
  if (changedIds.length > 0)
    await work.tx.query(`DELETE FROM match_key WHERE record_id = ANY ($1) AND key_kind >= $2`, [changedIds, FIRST_PERSON_KEY]);
  const seeds = [...arrivals.map((item) => seedOf(work, item)), ...(await loadPeople(work.tx, changedIds))];
  const { touched } = await findEdges(scope, { seeds, neighbours });
  for (const id of changedIds) touched.add(id);
  for (const item of arrivals) if (item.clusterId !== undefined) touched.add(item.recordId);
  const regrouped = await recluster(work.tx, {
    touched,
    arrivals: arrivals.filter(({ recordId }) => touched.has(recordId)),
    model: scope.model,
    cause: { cause: 'arrival', causeId: work.batch.id },
  });
  for (const id of regrouped.changed) work.touched.add(id);
  return {
    clusterOf: regrouped.clusterOf,
    born: regrouped.born,
    attached: regrouped.attached,
    ask: async () => {
      const { clusters, open } = await askPeople(work.tx, regrouped.looked, regrouped.doubts);
      reviewArrivals(arrivals, open);
      return clusters;
    },
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
  return { recordId: item.recordId, order: orderOf(work, item), values: item.values, known: false };
}

function orderOf(work: BatchWork, item: Item): string {
  return `${work.stream.streamId}:${item.prepared.raw.externalId}`;
}

const UNCERTAIN = 'it may be the same person as another record, and nothing proves it';

/** One doubt, one review: of the arrival, and of two arrivals the later one in order. */
function reviewArrivals(arrivals: Item[], open: OpenPair[]): void {
  const items = new Map(arrivals.map((item) => [item.recordId, item]));
  for (const { a, b, reason } of open) {
    const later = items.has(b.recordId) && (!items.has(a.recordId) || a.order < b.order) ? b : a;
    const item = items.get(later.recordId);
    if (item === undefined) continue;
    item.outcome = 'review';
    if (item.failures.some(({ code }) => code === 'AMBIGUOUS_MATCH')) continue;
    item.failures.push({ code: 'AMBIGUOUS_MATCH', field: '', pointer: '', message: reason ?? UNCERTAIN, blocksOnlyField: true });
  }
}
