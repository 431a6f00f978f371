import type { FailureCode } from '#hub/canonical';
import { sqlState, type TenantTx } from '#hub/persistence';
import { dispatchRun } from './dispatch-run.js';
import type { Hub } from '../hub.js';
import type { RunKind } from './request-run.js';
import { addTotals, noTotals, type Totals } from './totals.js';

export interface RunRow {
  id: string;
  kind: RunKind;
  subjectId: string;
  connectionId: string;
  streamId: string | null;
  state: string;
  options: Record<string, unknown>;
  totals: Partial<Totals>;
}
export interface RunKey {
  tenantId: string;
  runId: string;
}

/** Marks the run as running. `busy`: an earlier run of the slot has not ended yet. `over`: it ended or was cancelled. */
export async function beginRun(hub: Hub, key: RunKey): Promise<RunRow | 'busy' | 'over'> {
  try {
    return await hub.database.inTenant(key.tenantId, async (tx) => {
      const [row] = await tx.query<RunRow>(
        `UPDATE run SET state = 'running', started_at = coalesce(started_at, now()), dispatched_at = coalesce(dispatched_at, now()) WHERE id = $1 AND state IN ('queued', 'running')
         RETURNING id, kind, subject_id AS "subjectId", connection_id AS "connectionId", stream_id AS "streamId", state, options, totals`,
        [key.runId],
      );
      return row ?? 'over';
    });
  } catch (error) {
    if (sqlState(error) === '23505') return 'busy';
    throw error;
  }
}

export interface RunFailure {
  code: FailureCode;
  detail: string;
}

/** Closes the run with the sum of its batches and dispatches the queued one of its slot. */
export async function endRun(hub: Hub, key: RunKey, failure?: RunFailure): Promise<Totals> {
  const { totals, next } = await hub.database.inTenant(key.tenantId, async (tx) => {
    const totals = await totalsOf(tx, key.runId);
    const [row] = await tx.query<{ subject_id: string; kind: RunKind }>(
      `UPDATE run SET state = CASE WHEN state = 'cancelled' THEN state WHEN $3::text IS NULL THEN 'done' ELSE 'failed' END, ended_at = coalesce(ended_at, now()), totals = $2, failure_code = $3, failure_detail = $4
       WHERE id = $1 RETURNING subject_id, kind`,
      [key.runId, totals, failure?.code ?? null, failure?.detail ?? null],
    );
    await tx.query(`UPDATE checkpoint SET lease_until = now() WHERE run_id = $1`, [key.runId]);
    // A person let this one mass deletion through, not the next one.
    if (row?.kind === 'sync' && !failure)
      await tx.query(`UPDATE stream SET status_code = NULL WHERE id = $1 AND status_code = 'BRAKE_RELEASED'`, [row.subject_id]);
    const next = row
      ? await tx.query<{ id: string; kind: RunKind }>(`SELECT id, kind FROM run WHERE subject_id = $1 AND kind = $2 AND state = 'queued'`, [
          row.subject_id,
          row.kind,
        ])
      : [];
    return { totals, next };
  });
  for (const run of next) await dispatchRun(hub, key.tenantId, { runId: run.id, kind: run.kind });
  return totals;
}

/** The truth about a run's counts: its batches, plus what was counted outward. */
async function totalsOf(tx: TenantTx, runId: string): Promise<Totals> {
  const rows = await tx.query<{ totals: Totals }>(`SELECT totals FROM batch WHERE run_id = $1`, [runId]);
  const [run] = await tx.query<{ totals: Partial<Totals> }>(`SELECT totals FROM run WHERE id = $1`, [runId]);
  return rows.reduce((sum, row) => addTotals(sum, row.totals), {
    ...noTotals(),
    pushed: run?.totals.pushed ?? 0,
    confirmed: run?.totals.confirmed ?? 0,
  });
}

/** Access is gone: no run starts on this connection until someone reconnects it. */
export async function pauseConnection(hub: Hub, key: RunKey, input: { connectionId: string; failure: RunFailure }): Promise<void> {
  await hub.database.inTenant(key.tenantId, (tx) =>
    tx.query(
      `UPDATE connection SET status = 'paused', status_code = $2, status_reason = $3, updated_at = now() WHERE id = $1 AND status = 'active'`,
      [input.connectionId, input.failure.code, input.failure.detail],
    ),
  );
}

export async function stopStream(
  hub: Hub,
  key: RunKey,
  input: { streamId: string; failure: RunFailure; status?: 'stopped' | 'paused'; statusCode?: string },
): Promise<void> {
  await hub.database.inTenant(key.tenantId, (tx) =>
    tx.query(`UPDATE stream SET status = $2, status_code = $3, status_reason = $4, updated_at = now() WHERE id = $1`, [
      input.streamId,
      input.status ?? 'stopped',
      input.statusCode ?? input.failure.code,
      input.failure.detail,
    ]),
  );
}
