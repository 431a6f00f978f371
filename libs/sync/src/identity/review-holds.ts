import { canonicalEquals } from '#hub/canonical';
import { mergeRecord } from '#hub/identity';
import { clusterNow } from './people-nodes.js';
import { loadGolden, type MergeScope } from '../inward/merge-clusters.js';
import type { GoldenCluster } from '../outward/plan-outward.js';

interface OpenPair {
  record_a: string;
  record_b: string;
  cluster_a: string;
  cluster_b: string;
  held_a: string[];
  held_b: string[];
}
/** A field that waits for a pair of records to be decided; none: only whether there is a second person at all waits for it. */
export interface ReviewHold {
  clusterId: string;
  field?: string;
}

/**
 * The fields of these clusters whose golden value depends on an open question: they would be another if the two were one person. Only these
 * are not written outward. What is held stands on the pair, for people to see.
 */
export async function holdForReviews(scope: MergeScope, clusters: GoldenCluster[]): Promise<ReviewHold[]> {
  const people = clusters.filter(({ object }) => object === 'candidate');
  if (people.length === 0) return [];
  const pairs = await loadOpenPairs(scope, people);
  if (pairs.length === 0) return [];
  const known = new Map(people.map((cluster) => [cluster.id, cluster]));
  const missing = new Set(pairs.flatMap((pair) => [pair.cluster_a, pair.cluster_b]).filter((id) => !known.has(id)));
  for (const cluster of await loadGolden(scope, [...missing])) known.set(cluster.id, cluster);
  const holds: ReviewHold[] = [];
  const changed: { a: string; b: string; held_a: string[]; held_b: string[] }[] = [];
  for (const pair of pairs) {
    const [a, b] = [known.get(pair.cluster_a), known.get(pair.cluster_b)];
    if (!a || !b) continue;
    const together = goldenOf(scope, [a, b]);
    const [heldA, heldB] = [a, b].map((one) => differingFields(one.values, together));
    if (heldA.join() !== pair.held_a.join() || heldB.join() !== pair.held_b.join())
      changed.push({ a: pair.record_a, b: pair.record_b, held_a: heldA, held_b: heldB });
    holds.push({ clusterId: a.id }, { clusterId: b.id });
    holds.push(...heldA.map((field) => ({ clusterId: a.id, field })), ...heldB.map((field) => ({ clusterId: b.id, field })));
  }
  if (changed.length > 0)
    await scope.tx.query(
      `UPDATE edge e SET held_a = n.held_a, held_b = n.held_b FROM jsonb_to_recordset($1::jsonb) AS n (a uuid, b uuid, held_a text[], held_b text[]) WHERE e.record_a = n.a AND e.record_b = n.b`,
      [JSON.stringify(changed)],
    );
  return holds;
}

async function loadOpenPairs({ tx }: MergeScope, clusters: GoldenCluster[]): Promise<OpenPair[]> {
  const open = (side: string) =>
    `SELECT e.record_a, e.record_b, ma.cluster_id AS cluster_a, mb.cluster_id AS cluster_b, e.held_a, e.held_b FROM edge e CROSS JOIN LATERAL ${clusterNow('e.tenant_id', 'e.record_a')} ma
       CROSS JOIN LATERAL ${clusterNow('e.tenant_id', 'e.record_b')} mb WHERE e.asked AND NOT e.proposed AND e.${side} = ANY ($1)`;
  const records = clusters.flatMap(({ members }) => members.map(({ recordId }) => recordId));
  return tx.query<OpenPair>(`${open('record_a')} UNION ${open('record_b')} ORDER BY 1, 2`, [records]);
}

/** What one record of all their members would be. */
function goldenOf({ streams }: MergeScope, clusters: GoldenCluster[]): GoldenCluster['values'] {
  const members = clusters.flatMap((cluster) => cluster.members.filter((member) => !member.deleted));
  const pins = Object.assign({}, ...clusters.map((cluster) => cluster.pins)) as GoldenCluster['pins'];
  return mergeRecord({ object: 'candidate', members, policies: streams.policiesOf('candidate'), pins }).values;
}

export function differingFields(before: GoldenCluster['values'], after: GoldenCluster['values']): string[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return fields.filter((field) => !canonicalEquals('candidate', field, before[field], after[field]));
}
