import { cannotShare, pairKey, type Node } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import { loadCompanions, loadDecisions, loadNodes } from './people-nodes.js';

interface Pair {
  a: string;
  b: string;
  asked: boolean;
  proposed: boolean;
}
type Placed = Node & { clusterId?: string };

/**
 * Says of every scored pair of these records whether a person is asked: it stands between two clusters and nobody has decided it, nor told
 * the two clusters apart. `proposed`: both are records of one system, or of the system of record, so nothing is held for it. Answers the
 * clusters that are in question.
 */
export async function askPeople(tx: TenantTx, recordIds: string[], doubts: ReadonlyMap<string, string> = new Map()): Promise<string[]> {
  if (recordIds.length === 0) return [];
  const pairs = await tx.query<Pair>(
    `SELECT record_a AS a, record_b AS b, asked, proposed FROM edge WHERE record_a = ANY ($1) UNION SELECT record_a, record_b, asked, proposed FROM edge WHERE record_b = ANY ($1)`,
    [recordIds],
  );
  const known = await loadNodes(tx, [...new Set([...recordIds, ...pairs.flatMap(({ a, b }) => [a, b])])]);
  const nodes = new Map(known.map((node) => [node.recordId, node]));
  const told = await toldApart(
    tx,
    pairs.flatMap(({ a, b }) => [nodes.get(a) ?? [], nodes.get(b) ?? []].flat()),
  );
  const inQuestion = new Set<string>();
  const waiting = new Set<string>();
  const changed: unknown[][] = [];
  for (const { a, b, ...before } of pairs) {
    const [x, y] = [nodes.get(a), nodes.get(b)];
    if (!x || !y) continue;
    const asked = x.live && y.live && x.clusterId !== y.clusterId && !told.decided.has(pairKey(a, b)) && !told.apart.has(clusterPair(x, y));
    const proposed = cannotShare(x, y);
    if (asked && !proposed)
      for (const { recordId, clusterId } of [x, y]) {
        inQuestion.add(clusterId as string);
        waiting.add(recordId);
      }
    const doubt = doubts.get(pairKey(a, b));
    if (asked !== before.asked || proposed !== before.proposed || doubt !== undefined) changed.push([a, b, asked, proposed, doubt ?? null]);
  }
  if (changed.length > 0) await storeAnswers(tx, changed);
  await closeAnswered(
    tx,
    recordIds.flatMap((id) => (waiting.has(id) ? [] : (nodes.get(id)?.order ?? []))),
  );
  return [...inQuestion];
}

async function storeAnswers(tx: TenantTx, changed: unknown[][]): Promise<void> {
  const column = (at: number) => changed.map((row) => row[at]);
  await tx.query(
    `UPDATE edge e SET asked = n.asked, proposed = n.proposed, reason = coalesce(n.reason, e.reason), held_a = CASE WHEN n.asked THEN e.held_a ELSE '{}' END, held_b = CASE WHEN n.asked THEN e.held_b ELSE '{}' END
     FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::boolean[], $5::text[]) AS n (a, b, asked, proposed, reason) WHERE e.record_a = n.a AND e.record_b = n.b`,
    [column(0), column(1), column(2), column(3), column(4)],
  );
}

/** Pairs that somebody decided, and pairs of clusters of which some two records were told apart. */
async function toldApart(tx: TenantTx, nodes: Placed[]): Promise<{ decided: Set<string>; apart: Set<string> }> {
  const clusters = nodes.flatMap(({ clusterId }) => clusterId ?? []);
  const companions = await loadCompanions(tx, clusters);
  const decisions = await loadDecisions(tx, [...companions.keys()]);
  const apart = decisions.flatMap(({ a, b, verdict }) => {
    const [x, y] = [companions.get(a), companions.get(b)];
    return verdict === 'different' && x !== undefined && y !== undefined ? [pairKey(x, y)] : [];
  });
  return {
    decided: new Set(decisions.filter(({ verdict }) => verdict !== 'withdrawn').map(({ a, b }) => pairKey(a, b))),
    apart: new Set(apart),
  };
}

function clusterPair(a: Placed, b: Placed): string {
  return pairKey(a.clusterId ?? '', b.clusterId ?? '');
}

/** An item that asked about a record is done when no pair of it is open any more. */
async function closeAnswered(tx: TenantTx, orders: string[]): Promise<void> {
  await tx.query(
    `UPDATE error_item SET state = 'resolved', resolution = 'decided', resolution_reason = 'every pair of this record is decided', resolved_at = now(), updated_at = now(), version = version + 1
     WHERE trace_key = ANY ($1) AND state <> 'resolved'`,
    [orders.map((order) => `${order}:AMBIGUOUS_MATCH:`)],
  );
}
