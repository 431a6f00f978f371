import { cannotShare, pairKey, type Node } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import { clusterNow, isLatest, PERSON_ORDER } from './people-nodes.js';

interface Side extends Node {
  clusterId: string | null;
}
interface Pair {
  a: Side;
  b: Side;
  asked: boolean;
  proposed: boolean;
  reason: string | null;
  /** Somebody has said something of this very pair. */
  decided: boolean;
  /** Two records of their clusters were told apart. */
  apart: boolean;
}
/** A pair that waits for a person. */
export interface OpenPair {
  a: Node;
  b: Node;
  reason: string | null;
}
export interface Asked {
  /** Clusters that are in question. */
  clusters: string[];
  open: OpenPair[];
}

/**
 * Says of every scored pair of these records whether a person is asked: it stands between two clusters and nobody has decided it, nor told
 * the two clusters apart. `proposed`: both are records of one system, or of the system of record, so nothing is held for it.
 */
export async function askPeople(tx: TenantTx, recordIds: string[], doubts: ReadonlyMap<string, string> = new Map()): Promise<Asked> {
  const clusters = new Set<string>();
  const open: OpenPair[] = [];
  const waiting = new Set<string>();
  const changed: unknown[][] = [];
  for (const { a, b, decided, apart, ...before } of await loadPairs(tx, recordIds)) {
    const asked = a.live && b.live && a.clusterId !== b.clusterId && !decided && !apart;
    const proposed = cannotShare(a, b);
    const doubt = doubts.get(pairKey(a.recordId, b.recordId));
    if (asked && !proposed) {
      open.push({ a, b, reason: doubt ?? before.reason });
      for (const { recordId, clusterId } of [a, b]) {
        clusters.add(clusterId as string);
        waiting.add(recordId);
      }
    }
    if (asked !== before.asked || proposed !== before.proposed || doubt !== undefined)
      changed.push([a.recordId, b.recordId, asked, proposed, doubt ?? null]);
  }
  if (changed.length > 0) await storeAnswers(tx, changed);
  const answered = recordIds.filter((id) => !waiting.has(id));
  if (answered.length > 0) await closeAnswered(tx, answered);
  return { clusters: [...clusters], open };
}

const side = (
  record: string,
): string => `(SELECT m.cluster_id, jsonb_build_object('recordId', s.id, 'order', ${PERSON_ORDER}, 'connectionId', s.connection_id, 'systemOfRecord',
    (SELECT system_of_record FROM connection WHERE tenant_id = s.tenant_id AND id = s.connection_id), 'live', s.deleted_at IS NULL, 'clusterId', m.cluster_id) AS node
  FROM source_record s LEFT JOIN LATERAL ${clusterNow('s.tenant_id', 's.id')} m ON true WHERE s.tenant_id = e.tenant_id AND s.id = e.${record} OFFSET 0)`;

/** Of each member of the one cluster, what was said of it, as far as it was of a member of the other. */
const APART = `EXISTS (SELECT FROM cluster_member x CROSS JOIN LATERAL (
    SELECT d.*, d.record_b AS other FROM decision d WHERE d.tenant_id = x.tenant_id AND d.record_a = x.record_id AND d.verdict = 'different'
    UNION ALL SELECT d.*, d.record_a FROM decision d WHERE d.tenant_id = x.tenant_id AND d.record_b = x.record_id AND d.verdict = 'different' OFFSET 0) d
  CROSS JOIN LATERAL ${clusterNow('d.tenant_id', 'd.other')} y WHERE x.tenant_id = e.tenant_id AND x.cluster_id = a.cluster_id AND x.valid_to IS NULL AND y.cluster_id = b.cluster_id AND ${isLatest('d')})`;

async function loadPairs(tx: TenantTx, recordIds: string[]): Promise<Pair[]> {
  if (recordIds.length === 0) return [];
  return tx.query<Pair>(
    `SELECT a.node AS a, b.node AS b, e.asked, e.proposed, e.reason, a.cluster_id <> b.cluster_id AND ${APART} AS apart,
       coalesce((SELECT d.verdict <> 'withdrawn' FROM decision d WHERE d.tenant_id = e.tenant_id AND d.record_a = e.record_a AND d.record_b = e.record_b ORDER BY d.decided_at DESC, d.id LIMIT 1), false) AS decided
     FROM (SELECT * FROM edge WHERE record_a = ANY ($1) UNION ALL SELECT * FROM edge WHERE record_b = ANY ($1) AND NOT record_a = ANY ($1) OFFSET 0) e
     CROSS JOIN LATERAL ${side('record_a')} a CROSS JOIN LATERAL ${side('record_b')} b`,
    [recordIds],
  );
}

async function storeAnswers(tx: TenantTx, changed: unknown[][]): Promise<void> {
  const column = (at: number) => changed.map((row) => row[at]);
  await tx.query(
    `UPDATE edge e SET asked = n.asked, proposed = n.proposed, reason = coalesce(n.reason, e.reason), held_a = CASE WHEN n.asked THEN e.held_a ELSE '{}' END, held_b = CASE WHEN n.asked THEN e.held_b ELSE '{}' END
     FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::boolean[], $5::text[]) AS n (a, b, asked, proposed, reason) WHERE e.record_a = n.a AND e.record_b = n.b`,
    [column(0), column(1), column(2), column(3), column(4)],
  );
}

/** An item that asked about a record is done when no pair of it is open any more. */
async function closeAnswered(tx: TenantTx, recordIds: string[]): Promise<void> {
  await tx.query(
    `UPDATE error_item SET state = 'resolved', resolution = 'decided', resolution_reason = 'every pair of this record is decided', resolved_at = now(), updated_at = now(), version = version + 1
     WHERE state <> 'resolved' AND trace_key = ANY (ARRAY(SELECT ${PERSON_ORDER} || ':AMBIGUOUS_MATCH:' FROM source_record s WHERE s.id = ANY ($1)))`,
    [recordIds],
  );
}
