import type { CanonicalValue } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import type { WantedRun } from '../inward/batch-work.js';
import type { Hub } from '../hub.js';
import { lockObject } from '../inward/apply-batch.js';
import { remergeClusters } from '../inward/merge-clusters.js';
import { requestPersonsRuns, type RunAnswer, type RunKind } from '../runs/request-run.js';
import { loadStreams } from '../stream-context.js';

export interface Settlement {
  conflictId: string;
  choose: 'ours' | 'theirs' | 'value';
  value?: CanonicalValue;
  by: string;
  reason: string;
}
export type SettledConflict = { settled: false } | { settled: true; runs: { kind: RunKind; answer: RunAnswer }[] };

export interface OpenConflict {
  id: string;
  cluster_id: string;
  record_id: string;
  field: string;
  ours: CanonicalValue;
  theirs: CanonicalValue;
}

/**
 * Ends a conflict with the value that a person chose, and with it every other conflict of that field of the same thing: each record that
 * disagreed is taken to hold the choice, which becomes the latest value, and every system that holds another is written to. False when the
 * conflict was settled before.
 */
export async function settleConflict(tx: TenantTx, hub: Hub, settlement: Settlement): Promise<SettledConflict> {
  const [about] = await tx.query<{ object: string }>(
    `SELECT c.object FROM conflict x JOIN cluster c ON c.tenant_id = x.tenant_id AND c.id = x.cluster_id WHERE x.id = $1 AND x.settled_at IS NULL`,
    [settlement.conflictId],
  );
  if (!about) return { settled: false };
  await lockObject(tx, about.object);
  const open = await tx.query<OpenConflict>(
    `SELECT x.id, x.cluster_id, x.record_id, x.field, x.ours, x.theirs FROM conflict x JOIN conflict asked ON asked.cluster_id = x.cluster_id AND asked.field = x.field
     WHERE asked.id = $1 AND asked.settled_at IS NULL AND x.settled_at IS NULL ORDER BY x.opened_at, x.id FOR UPDATE`,
    [settlement.conflictId],
  );
  const conflict = open.find(({ id }) => id === settlement.conflictId);
  if (!conflict) return { settled: false };
  const chosen = settlement.choose === 'value' ? (settlement.value ?? null) : conflict[settlement.choose];
  await endConflicts(tx, {
    ended: open.map((one) => ({ ...one, chosen })),
    by: settlement.by,
    settlement: `${settlement.choose}: ${settlement.reason}`,
  });
  const wanted: WantedRun[] = [];
  await remergeClusters(
    {
      tx,
      hub,
      streams: await loadStreams(tx, hub),
      now: hub.now(),
      wanted,
      held: () => undefined,
      chosen: (id, field) => field === conflict.field && open.some(({ record_id: record }) => record === id),
    },
    [conflict.cluster_id],
  );
  const connections = await tx.query<{ connection_id: string }>(`SELECT DISTINCT connection_id FROM source_record WHERE id = ANY ($1)`, [
    open.map(({ record_id: record }) => record),
  ]);
  for (const { connection_id: connectionId } of connections) wanted.push({ kind: 'retries', connectionId });
  return { settled: true, runs: await requestPersonsRuns(tx, wanted) };
}

interface Ending {
  /** `at`: since when the record says what was chosen; default: now. */
  ended: (OpenConflict & { chosen: CanonicalValue; at?: Date })[];
  by: string;
  settlement: string;
}

/** Ends conflicts, thaws their fields and leaves the proof to the next fresh read. Every record says its choice from now on. */
export async function endConflicts(tx: TenantTx, { ended, by, settlement }: Ending): Promise<void> {
  for (const conflict of ended) await takeChoice(tx, conflict);
  await closeConflicts(tx, { ended, by, settlement });
}

/** The same where the records need no word: what they say settled it. */
export async function closeConflicts(tx: TenantTx, { ended, by, settlement }: Ending): Promise<void> {
  if (ended.length === 0) return;
  const ids = ended.map(({ id }) => id);
  await tx.query(
    `UPDATE conflict x SET settled_at = now(), settled_by = $3, settlement = $4, chosen = e.chosen FROM unnest($1::uuid[], $2::jsonb[]) AS e (id, chosen) WHERE x.id = e.id`,
    [ids, ended.map(({ chosen }) => JSON.stringify(chosen ?? null)), by, settlement],
  );
  await tx.query(
    `UPDATE error_item SET state = 'awaiting_proof', proof_due_at = now() + interval '1 hour', updated_at = now(), version = version + 1
     WHERE (conflict_id = ANY ($1) OR (code = 'CONFLICT' AND (record_id, field) IN (SELECT * FROM unnest($2::uuid[], $3::text[])))) AND state NOT IN ('resolved', 'ignored')`,
    [ids, ended.map(({ record_id: record }) => record), ended.map(({ field }) => field)],
  );
  await freezeDisputed(tx, [...new Set(ended.map(({ cluster_id: cluster }) => cluster))]);
}

/** A field is frozen as long as somebody disagrees about it. */
export async function freezeDisputed(tx: TenantTx, clusterIds: string[]): Promise<void> {
  await tx.query(
    `UPDATE cluster c SET frozen = (SELECT array_agg(DISTINCT x.field ORDER BY x.field) FROM conflict x WHERE x.tenant_id = c.tenant_id AND x.cluster_id = c.id AND x.settled_at IS NULL) WHERE c.id = ANY ($1)`,
    [clusterIds],
  );
}

/** The disagreeing record says the choice from now on, while its base stays what its system really holds: so the difference is written there. */
async function takeChoice(
  tx: TenantTx,
  { record_id: recordId, field, theirs, chosen, at = new Date() }: Ending['ended'][number],
): Promise<void> {
  await tx.query(
    `UPDATE source_record SET values = jsonb_set(values, ARRAY[$2::text], $3), field_changed_at = coalesce(field_changed_at, '{}') || jsonb_build_object($2::text, $4::text) WHERE id = $1`,
    [recordId, field, JSON.stringify(chosen), at.toISOString()],
  );
  await tx.query(
    `INSERT INTO base (tenant_id, record_id, field, ours, theirs) VALUES ($1, $2, $3, $4, $4) ON CONFLICT (tenant_id, record_id, field) DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs, at = now()`,
    [tx.tenantId, recordId, field, JSON.stringify(theirs)],
  );
}
