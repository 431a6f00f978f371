import type { TenantTx } from '#hub/persistence';

/**
 * Says of every scored pair of these records whether a person is asked: it stands between two clusters and nobody has decided it.
 * `proposed`: both are records of one system, or of the system of record, so nothing is held for it. Answers the clusters that are in question.
 */
export async function askPeople(tx: TenantTx, recordIds: string[], doubts: ReadonlyMap<string, string> = new Map()): Promise<string[]> {
  if (recordIds.length === 0) return [];
  const rows = await tx.query<{ clusters: string[] }>(
    `WITH near AS (SELECT record_a, record_b FROM edge WHERE record_a = ANY ($1) UNION SELECT record_a, record_b FROM edge WHERE record_b = ANY ($1)),
     said AS (SELECT n.record_a, n.record_b, ma.cluster_id <> mb.cluster_id AND a.deleted_at IS NULL AND b.deleted_at IS NULL AND coalesce(d.verdict, 'withdrawn') = 'withdrawn'
           AND NOT EXISTS (SELECT FROM cluster_member x JOIN cluster_member y ON y.cluster_id = mb.cluster_id AND y.valid_to IS NULL CROSS JOIN LATERAL
             (SELECT verdict FROM decision WHERE record_a = least(x.record_id, y.record_id) AND record_b = greatest(x.record_id, y.record_id) ORDER BY decided_at DESC, id LIMIT 1) told
             WHERE x.cluster_id = ma.cluster_id AND x.valid_to IS NULL AND told.verdict = 'different') AS asked,
         a.connection_id = b.connection_id OR (ca.system_of_record AND cb.system_of_record) AS proposed, array[ma.cluster_id, mb.cluster_id] AS clusters
       FROM near n JOIN source_record a ON a.id = n.record_a JOIN source_record b ON b.id = n.record_b
       JOIN connection ca ON ca.id = a.connection_id JOIN connection cb ON cb.id = b.connection_id
       JOIN cluster_member ma ON ma.record_id = a.id AND ma.valid_to IS NULL JOIN cluster_member mb ON mb.record_id = b.id AND mb.valid_to IS NULL
       LEFT JOIN LATERAL (SELECT verdict FROM decision WHERE record_a = n.record_a AND record_b = n.record_b ORDER BY decided_at DESC, id LIMIT 1) d ON true)
     UPDATE edge e SET asked = said.asked, proposed = said.proposed, reason = coalesce(doubt.reason, e.reason),
       held_a = CASE WHEN said.asked THEN e.held_a ELSE '{}' END, held_b = CASE WHEN said.asked THEN e.held_b ELSE '{}' END
     FROM said LEFT JOIN unnest($2::text[], $3::text[]) AS doubt (pair, reason) ON doubt.pair = said.record_a || ':' || said.record_b
     WHERE e.record_a = said.record_a AND e.record_b = said.record_b RETURNING CASE WHEN said.asked AND NOT said.proposed THEN said.clusters ELSE '{}' END AS clusters`,
    [recordIds, [...doubts.keys()], [...doubts.values()]],
  );
  await closeAnswered(tx, recordIds);
  return rows.flatMap((row) => row.clusters);
}

/** An item that asked about a record is done when no pair of it is open any more. */
async function closeAnswered(tx: TenantTx, recordIds: string[]): Promise<void> {
  await tx.query(
    `UPDATE error_item i SET state = 'resolved', resolution = 'decided', resolution_reason = 'every pair of this record is decided', resolved_at = now(), updated_at = now(), version = i.version + 1
     WHERE i.code = 'AMBIGUOUS_MATCH' AND i.state <> 'resolved' AND i.record_id = ANY ($1)
       AND NOT EXISTS (SELECT FROM edge e WHERE e.record_a = i.record_id AND e.asked AND NOT e.proposed) AND NOT EXISTS (SELECT FROM edge e WHERE e.record_b = i.record_id AND e.asked AND NOT e.proposed)`,
    [recordIds],
  );
}
