import type { TenantTx } from '#hub/persistence';
import { mentionParameters, mentions, type Reach } from './reach-person.js';

/** Rows that are gone, by what they were. */
export type ErasureCounts = Record<string, number>;

interface Places {
  ids: string[];
  clusters: string[];
  /** Aligned with `externalIds`: every vendor id of the records. */
  streams: string[];
  externalIds: string[];
  words: string[];
  patterns: string[];
  /** Records of others that were together with the person's, by mistake, since `since`. */
  companions: string[];
  since: Date | null;
}

/**
 * Deletes every row of the person. What stays are reference numbers, who decided what about which record id, and the audit; none of them
 * holds a value. The caller holds the locks and has stored the suppression.
 */
export async function deletePerson(tx: TenantTx, reach: Reach): Promise<ErasureCounts> {
  const ids = reach.records.map(({ id }) => id);
  const known = [...reach.records, ...reach.aliases];
  const [words, patterns] = mentionParameters(reach.identifiers);
  const unkept = await unkeptNaming(tx, { words, patterns });
  const all = [...known, ...unkept];
  const places: Places = {
    ids,
    clusters: reach.clusters,
    streams: all.map(({ streamId }) => streamId),
    externalIds: all.map(({ externalId }) => externalId),
    words,
    patterns,
    ...(await companionsOf(tx, ids)),
  };
  await redactWords(tx, places);
  const counts: ErasureCounts = {};
  for (const [name, { sql, takes }] of Object.entries(STATEMENTS)) {
    const rows = await tx.query(
      `${sql} RETURNING 1`,
      takes.map((part) => places[part]),
    );
    counts[name] = rows.length;
  }
  await tx.query(
    `INSERT INTO identity_event (tenant_id, id, kind, inputs, outputs, cause) VALUES ($1, gen_random_uuid(), 'erase', $2, $3, 'erasure')`,
    [tx.tenantId, ids, reach.clusters],
  );
  return counts;
}

async function companionsOf(tx: TenantTx, ids: string[]): Promise<Pick<Places, 'companions' | 'since'>> {
  const [row] = await tx.query<Pick<Places, 'companions' | 'since'>>(
    `SELECT coalesce(array_agg(DISTINCT o.record_id), '{}') AS companions, min(greatest(m.valid_from, o.valid_from)) AS since FROM cluster_member m JOIN cluster_member o ON o.cluster_id = m.cluster_id
     WHERE m.record_id = ANY ($1) AND NOT o.record_id = ANY ($1)`,
    [ids],
  );
  return row;
}

/** Payloads that never became a record, because they wait or were refused, and name the person. */
async function unkeptNaming(
  tx: TenantTx,
  { words, patterns }: { words: string[]; patterns: string[] },
): Promise<{ streamId: string; externalId: string }[]> {
  return tx.query(
    `SELECT DISTINCT r.stream_id AS "streamId", r.external_id AS "externalId" FROM raw r WHERE ${mentions('r.payload', 1)}
       AND NOT EXISTS (SELECT FROM source_record s WHERE s.tenant_id = r.tenant_id AND s.stream_id = r.stream_id AND s.external_id = r.external_id)`,
    [words, patterns],
  );
}

const PLACES = `(SELECT * FROM unnest($1::uuid[], $2::text[]) AS place (stream_id, external_id))`;
const here = (table: string): string => `(${table}.stream_id, ${table}.external_id) IN ${PLACES}`;
const streamOf = (table: string): string => `EXISTS (SELECT FROM stream t JOIN ${PLACES} p ON p.stream_id = t.id
  WHERE t.tenant_id = ${table}.tenant_id AND t.connection_id = ${table}.connection_id AND t.name = ${table}.stream AND p.external_id = ${table}.external_id)`;
/** In an order in which nothing is left pointing at what is gone. */
const STATEMENTS: Record<string, { sql: string; takes: (keyof Places)[] }> = {
  edges: { sql: `DELETE FROM edge WHERE record_a = ANY ($1) OR record_b = ANY ($1)`, takes: ['ids'] },
  matchKeys: { sql: `DELETE FROM match_key WHERE record_id = ANY ($1)`, takes: ['ids'] },
  bases: { sql: `DELETE FROM base WHERE record_id = ANY ($1)`, takes: ['ids'] },
  pins: { sql: `DELETE FROM pin WHERE record_id = ANY ($1)`, takes: ['ids'] },
  restoredClaims: {
    // One that holds still says what to give back to somebody else's system.
    sql: `DELETE FROM restored_claim WHERE record_id = ANY ($1) OR (record_id = ANY ($2) AND released_at IS NOT NULL AND created_at >= $3)`,
    takes: ['ids', 'companions', 'since'],
  },
  transitions: { sql: `DELETE FROM stage_transition WHERE application_id = ANY ($1)`, takes: ['ids'] },
  parents: { sql: `DELETE FROM record_parent WHERE record_id = ANY ($1) OR parent_id = ANY ($1)`, takes: ['ids'] },
  goldenImages: {
    sql: `DELETE FROM golden_image g WHERE g.cluster_id = ANY ($1)
      OR EXISTS (SELECT FROM cluster_member m WHERE m.record_id = ANY ($2) AND m.cluster_id = g.cluster_id AND m.valid_from < g.valid_to AND coalesce(m.valid_to > g.valid_from, true))`,
    takes: ['clusters', 'ids'],
  },
  echoes: {
    sql: `DELETE FROM echo e USING outbox o WHERE o.tenant_id = e.tenant_id AND o.id = e.outbox_id AND (o.cluster_id = ANY ($1) OR o.record_id = ANY ($2))`,
    takes: ['clusters', 'ids'],
  },
  writes: {
    // What was written to others since they were together, and what that overwrote, may be the person's.
    sql: `DELETE FROM outbox WHERE cluster_id = ANY ($1) OR record_id = ANY ($2) OR (record_id = ANY ($3) AND state IN ('confirmed', 'superseded') AND created_at >= $4)`,
    takes: ['clusters', 'ids', 'companions', 'since'],
  },
  writeIdentities: { sql: `DELETE FROM write_identity WHERE cluster_id = ANY ($1)`, takes: ['clusters'] },
  conflicts: { sql: `DELETE FROM conflict WHERE cluster_id = ANY ($1) OR record_id = ANY ($2)`, takes: ['clusters', 'ids'] },
  errorItems: {
    sql: `DELETE FROM error_item e WHERE ${here('e')} OR e.record_id = ANY ($3) OR e.cluster_id = ANY ($4)`,
    takes: ['streams', 'externalIds', 'ids', 'clusters'],
  },
  hints: { sql: `DELETE FROM hint h WHERE ${here('h')}`, takes: ['streams', 'externalIds'] },
  waiting: {
    sql: `DELETE FROM waiting w WHERE ${here('w')} OR (w.parent_stream_id, w.parent_external_id) IN ${PLACES}
      OR w.parent_ref IN (SELECT ref FROM cluster WHERE id = ANY ($3))`,
    takes: ['streams', 'externalIds', 'clusters'],
  },
  payloads: {
    // A former payload of somebody else's record that names the person goes as well; the one that the record was mapped from stays with it.
    sql: `DELETE FROM raw r WHERE ${here('r')} OR (${mentions('r.payload', 3)}
      AND NOT EXISTS (SELECT FROM source_record s WHERE s.tenant_id = r.tenant_id AND s.stream_id = r.stream_id AND s.external_id = r.external_id AND s.raw_id = r.id))`,
    takes: ['streams', 'externalIds', 'words', 'patterns'],
  },
  received: {
    sql: `DELETE FROM received_record v WHERE ${streamOf('v')} OR ${mentions('v.payload', 3)}`,
    takes: ['streams', 'externalIds', 'words', 'patterns'],
  },
  deliveries: {
    // The message id stays: the same delivery is not taken twice.
    sql: `UPDATE inbox SET body = '', headers = '{}' WHERE ${mentions(`encode(inbox.body, 'escape')`, 1)} OR ${mentions('inbox.headers::text', 1)}
      OR (body <> '' AND EXISTS (SELECT FROM unnest($3::text[]) AS external (id) WHERE position('"' || id || '"' IN encode(inbox.body, 'escape')) > 0))`,
    takes: ['words', 'patterns', 'externalIds'],
  },
  files: { sql: `DELETE FROM record_file f WHERE ${streamOf('f')}`, takes: ['streams', 'externalIds'] },
  snapshots: {
    sql: `DELETE FROM record_snapshot s WHERE ${mentions('s.payload', 2)} OR s.merge_id IN (SELECT id FROM vendor_merge WHERE kept_record = ANY ($1) OR dropped_record = ANY ($1) OR recreated_record = ANY ($1))`,
    takes: ['ids', 'words', 'patterns'],
  },
  vendorMerges: {
    sql: `DELETE FROM vendor_merge m WHERE (kept_record = ANY ($1) OR dropped_record = ANY ($1) OR recreated_record = ANY ($1)) AND NOT EXISTS (SELECT FROM record_snapshot s WHERE s.tenant_id = m.tenant_id AND s.merge_id = m.id)`,
    takes: ['ids'],
  },
  aliases: { sql: `DELETE FROM source_alias WHERE record_id = ANY ($1)`, takes: ['ids'] },
  memberships: { sql: `DELETE FROM cluster_member WHERE record_id = ANY ($1)`, takes: ['ids'] },
  records: { sql: `DELETE FROM source_record WHERE id = ANY ($1)`, takes: ['ids'] },
  golden: {
    sql: `UPDATE cluster SET values = '{}', provenance = '{}', frozen = NULL, version = version + 1, updated_at = clock_timestamp(), deleted_at = coalesce(deleted_at, now()), erased_at = now() WHERE id = ANY ($1)`,
    takes: ['clusters'],
  },
  fileContents: {
    sql: `DELETE FROM file_content c WHERE NOT EXISTS (SELECT FROM record_file r WHERE r.tenant_id = c.tenant_id AND r.sha256 = c.sha256)`,
    takes: [],
  },
};

/** What people wrote about their decisions and acts may say anything: who did what to which record, and when, is all that stays. */
async function redactWords(tx: TenantTx, { ids, clusters, words, patterns }: Places): Promise<void> {
  const operations = `SELECT event_id FROM decision WHERE record_a = ANY ($1) OR record_b = ANY ($1)`;
  await tx.query(`SELECT set_config('app.erasing', 'on', true)`);
  await tx.query(
    `UPDATE audit SET before = NULL, after = NULL WHERE ${mentions('concat(audit.before, audit.after)', 3)} OR subject_id IN (
       SELECT unnest($1::uuid[])::text UNION SELECT unnest($2::uuid[])::text UNION SELECT ref FROM cluster WHERE id = ANY ($2) UNION SELECT event_id::text FROM (${operations}) o
       UNION SELECT id::text FROM conflict WHERE cluster_id = ANY ($2) UNION SELECT id::text FROM error_item WHERE cluster_id = ANY ($2) OR record_id = ANY ($1))`,
    [ids, clusters, words, patterns],
  );
  await tx.query(
    `UPDATE identity_event SET reason = 'erased' WHERE reason IS NOT NULL AND (inputs && $2 OR outputs && $2 OR cause_id IN (${operations}))`,
    [ids, clusters],
  );
  await tx.query(
    `UPDATE decision SET reason = 'erased', evidence = '{}' WHERE record_a = ANY ($1) OR record_b = ANY ($1) OR event_id IN (${operations})`,
    [ids],
  );
  await tx.query(`SELECT set_config('app.erasing', 'off', true)`);
}
