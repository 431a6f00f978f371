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

interface Row {
  id: string;
  cluster_id: string;
  record_id: string;
  field: string;
  ours: CanonicalValue;
  theirs: CanonicalValue;
  object: string;
}

/**
 * Ends a conflict with the value that a person chose: the record that disagreed is taken to hold `theirs`, the chosen value becomes the latest
 * one, and every system that holds another is written to. False when the conflict was settled before.
 */
export async function settleConflict(tx: TenantTx, hub: Hub, settlement: Settlement): Promise<SettledConflict> {
  const [conflict] = await tx.query<Row>(
    `SELECT x.id, x.cluster_id, x.record_id, x.field, x.ours, x.theirs, c.object FROM conflict x JOIN cluster c ON c.tenant_id = x.tenant_id AND c.id = x.cluster_id WHERE x.id = $1 AND x.settled_at IS NULL FOR UPDATE OF x`,
    [settlement.conflictId],
  );
  if (!conflict) return { settled: false };
  const chosen = settlement.choose === 'value' ? (settlement.value ?? null) : conflict[settlement.choose];
  await lockObject(tx, conflict.object);
  await tx.query(`UPDATE conflict SET settled_at = now(), settled_by = $2, settlement = $3, chosen = $4 WHERE id = $1`, [
    conflict.id,
    settlement.by,
    `${settlement.choose}: ${settlement.reason}`,
    JSON.stringify(chosen),
  ]);
  await takeChoice(tx, conflict, { value: chosen });
  await tx.query(
    `UPDATE error_item SET state = 'awaiting_proof', proof_due_at = now() + interval '1 hour', updated_at = now(), version = version + 1 WHERE conflict_id = $1 AND state NOT IN ('resolved', 'ignored')`,
    [conflict.id],
  );
  const wanted: WantedRun[] = [];
  await remergeClusters(
    {
      tx,
      hub,
      streams: await loadStreams(tx, hub),
      now: hub.now(),
      wanted,
      held: () => undefined,
      chosen: (id) => id === conflict.record_id,
    },
    [conflict.cluster_id],
  );
  const [record] = await tx.query<{ connection_id: string }>(`SELECT connection_id FROM source_record WHERE id = $1`, [conflict.record_id]);
  wanted.push({ kind: 'retries', connectionId: record.connection_id });
  return { settled: true, runs: await requestPersonsRuns(tx, wanted) };
}

/** The disagreeing record says the choice from now on, while its base stays what its system really holds: so the difference is written there. */
export async function takeChoice(
  tx: TenantTx,
  conflict: Pick<Row, 'record_id' | 'cluster_id' | 'field' | 'theirs'>,
  { value, at = new Date() }: { value: CanonicalValue; at?: Date },
): Promise<void> {
  await tx.query(
    `UPDATE source_record SET values = jsonb_set(values, ARRAY[$2::text], $3), field_changed_at = coalesce(field_changed_at, '{}') || jsonb_build_object($2::text, $4::text) WHERE id = $1`,
    [conflict.record_id, conflict.field, JSON.stringify(value), at.toISOString()],
  );
  await tx.query(
    `INSERT INTO base (tenant_id, record_id, field, ours, theirs) VALUES ($1, $2, $3, $4, $4) ON CONFLICT (tenant_id, record_id, field) DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs, at = now()`,
    [tx.tenantId, conflict.record_id, conflict.field, JSON.stringify(conflict.theirs)],
  );
  await tx.query(`UPDATE cluster SET frozen = nullif(array_remove(frozen, $2), '{}') WHERE id = $1`, [conflict.cluster_id, conflict.field]);
}
