import type { Database, TenantTx } from '#hub/persistence';

/** Days that rows are kept after they have served; `chunk` bounds what one transaction deletes of each class. */
export interface RetentionPolicy {
  rawDays: number;
  inboxDays: number;
  hintDays: number;
  outboxDays: number;
  runDays: number;
  reconciliationDays: number;
  /** Former golden records: how far back a record can be seen as it was. */
  imageDays: number;
  chunk: number;
}
export const DEFAULT_RETENTION: RetentionPolicy = {
  rawDays: 30,
  inboxDays: 14,
  hintDays: 7,
  outboxDays: 30,
  runDays: 30,
  reconciliationDays: 90,
  imageDays: 730,
  chunk: 5000,
};

const CLASSES = ['raw', 'inbox', 'hint', 'outbox', 'echo', 'batch', 'run', 'reconciliation', 'file', 'image', 'snapshot'] as const;
export type RetentionCounts = Record<(typeof CLASSES)[number], number>;

/** Every statement takes $1 = delete what is older than this and $2 = how many at most. */
interface Sweep {
  days: (policy: RetentionPolicy) => number;
  sql: string;
}

/**
 * A raw row stays while it is the newest of its record, or while a record, a waiting row or an unresolved item would be re-applied from it.
 * Each question is asked by the record's own key, which is indexed; by `raw_id` alone it would read the whole table per row.
 */
const RAW = `
DELETE FROM raw WHERE (tenant_id, id) IN (
  SELECT r.tenant_id, r.id FROM raw r WHERE r.fetched_at < $1
    AND EXISTS (SELECT FROM raw n WHERE n.tenant_id = r.tenant_id AND n.stream_id = r.stream_id AND n.external_id = r.external_id AND n.fetch_seq > r.fetch_seq)
    AND NOT EXISTS (SELECT FROM source_record s WHERE s.tenant_id = r.tenant_id AND s.stream_id = r.stream_id AND s.external_id = r.external_id AND s.raw_id = r.id)
    AND NOT EXISTS (SELECT FROM source_alias a JOIN source_record s ON s.tenant_id = a.tenant_id AND s.id = a.record_id
      WHERE a.tenant_id = r.tenant_id AND a.stream_id = r.stream_id AND a.external_id = r.external_id AND s.raw_id = r.id)
    AND NOT EXISTS (SELECT FROM waiting w WHERE w.tenant_id = r.tenant_id AND w.stream_id = r.stream_id AND w.external_id = r.external_id AND w.raw_id = r.id)
    AND r.id NOT IN (SELECT e.raw_id FROM error_item e WHERE e.raw_id IS NOT NULL AND e.state <> 'resolved')
  LIMIT $2)`;

/**
 * An outward change goes with its echo tokens, unless an unresolved item still points at it. What overwrote a candidate's values stays two years
 * longer: an unmerge gives them back.
 */
const OUTBOX = `
WITH old AS (
  SELECT o.tenant_id, o.id FROM outbox o WHERE o.state IN ('confirmed', 'superseded') AND o.created_at < $1 AND coalesce(o.confirmed_at < $1, true)
    AND NOT (o.created_at > $1::timestamptz - interval '2 years' AND o.overwrote IS NOT NULL AND EXISTS (SELECT FROM cluster c WHERE c.tenant_id = o.tenant_id AND c.id = o.cluster_id AND c.object = 'candidate'))
    AND o.id NOT IN (SELECT e.outbox_id FROM error_item e WHERE e.outbox_id IS NOT NULL AND e.state <> 'resolved')
  LIMIT $2
), echoes AS (DELETE FROM echo e USING old WHERE e.tenant_id = old.tenant_id AND e.outbox_id = old.id RETURNING 1), gone AS (DELETE FROM outbox o USING old WHERE o.tenant_id = old.tenant_id AND o.id = old.id RETURNING 1)
SELECT (SELECT count(*)::int FROM gone) AS outbox, (SELECT count(*)::int FROM echoes) AS echo`;

/** Batches of ended runs only: a repeat after a lost commit acknowledgement reads its batch while the run lives. */
const BATCH = `
DELETE FROM batch WHERE (tenant_id, id) IN (
  SELECT b.tenant_id, b.id FROM batch b WHERE b.created_at < $1 AND NOT EXISTS (SELECT FROM run r WHERE r.tenant_id = b.tenant_id AND r.id = b.run_id AND coalesce(r.ended_at >= $1, true)) LIMIT $2)`;

const RUN = `
DELETE FROM run WHERE (tenant_id, id) IN (
  SELECT r.tenant_id, r.id FROM run r WHERE r.ended_at < $1 AND NOT EXISTS (SELECT FROM batch b WHERE b.tenant_id = r.tenant_id AND b.run_id = r.id) LIMIT $2)`;

const RECONCILIATION = `
DELETE FROM reconciliation WHERE id IN (
  SELECT o.id FROM reconciliation o WHERE o.completed_at < $1
    AND EXISTS (SELECT FROM reconciliation n WHERE n.tenant_id = o.tenant_id AND n.stream_id = o.stream_id AND (n.completed_at, n.id) > (o.completed_at, o.id))
  LIMIT $2)`;

/** Content that no record has any more: its vendor replaced it. */
const FILE = `
DELETE FROM file_content WHERE (tenant_id, sha256) IN (
  SELECT c.tenant_id, c.sha256 FROM file_content c WHERE c.created_at < $1 AND NOT EXISTS (SELECT FROM record_file r WHERE r.tenant_id = c.tenant_id AND r.sha256 = c.sha256) LIMIT $2)`;

/** What records were before their system merged them; of a merge that is still to come it stays. */
const SNAPSHOT = `
DELETE FROM record_snapshot WHERE (tenant_id, merge_id, record_id) IN (
  SELECT s.tenant_id, s.merge_id, s.record_id FROM record_snapshot s JOIN vendor_merge m ON m.tenant_id = s.tenant_id AND m.id = s.merge_id
  WHERE m.state IN ('merged', 'withdrawn') AND coalesce(m.merged_at, m.proposed_at) < $1 LIMIT $2)`;

const SWEEPS: Record<Exclude<keyof RetentionCounts, 'outbox' | 'echo'>, Sweep> = {
  raw: { days: (policy) => policy.rawDays, sql: RAW },
  inbox: {
    days: (policy) => policy.inboxDays,
    sql: 'DELETE FROM inbox WHERE (endpoint_id, message_id) IN (SELECT endpoint_id, message_id FROM inbox WHERE received_at < $1 LIMIT $2)',
  },
  hint: { days: (policy) => policy.hintDays, sql: 'DELETE FROM hint WHERE id IN (SELECT id FROM hint WHERE done_at < $1 LIMIT $2)' },
  batch: { days: (policy) => policy.runDays, sql: BATCH },
  run: { days: (policy) => policy.runDays, sql: RUN },
  reconciliation: { days: (policy) => policy.reconciliationDays, sql: RECONCILIATION },
  file: { days: (policy) => policy.rawDays, sql: FILE },
  image: {
    days: (policy) => policy.imageDays,
    sql: 'DELETE FROM golden_image WHERE (tenant_id, cluster_id, version) IN (SELECT tenant_id, cluster_id, version FROM golden_image WHERE valid_to < $1 LIMIT $2)',
  },
  snapshot: { days: (policy) => policy.imageDays, sql: SNAPSHOT },
};

/** Deletes at most one chunk of each class. Counts equal to `chunk` mean that there may be more: call again in a new transaction. */
export async function sweepRetention(tx: TenantTx, policy: RetentionPolicy, now: Date): Promise<RetentionCounts> {
  const counts = emptyCounts();
  Object.assign(counts, (await tx.query<{ outbox: number; echo: number }>(OUTBOX, [daysBefore(now, policy.outboxDays), policy.chunk]))[0]);
  for (const [name, { days, sql }] of Object.entries(SWEEPS)) {
    counts[name as keyof RetentionCounts] = (await tx.query(`${sql} RETURNING 1`, [daysBefore(now, days(policy)), policy.chunk])).length;
  }
  return counts;
}

/** Sweeps one tenant to the end, a transaction per chunk. */
export async function sweepTenantRetention(
  database: Database,
  tenantId: string,
  input: { policy: RetentionPolicy; now: Date },
): Promise<RetentionCounts> {
  const totals = emptyCounts();
  for (;;) {
    const counts = await database.inTenant(tenantId, (tx) => sweepRetention(tx, input.policy, input.now));
    for (const name of CLASSES) totals[name] += counts[name];
    if (CLASSES.every((name) => name === 'echo' || counts[name] < input.policy.chunk)) return totals;
  }
}

function emptyCounts(): RetentionCounts {
  return { raw: 0, inbox: 0, hint: 0, outbox: 0, echo: 0, batch: 0, run: 0, reconciliation: 0, file: 0, image: 0, snapshot: 0 };
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * 86_400_000);
}
