import type { Hub } from '../hub.js';
import type { RunAnswer, RunKind } from './request-run.js';

/** Port to Temporal; workflow ids are `run:<runId>`, so asking twice starts once. */
export interface WorkflowStarter {
  /** Resolves also when that workflow was started before. */
  start: (run: { tenantId: string; runId: string; kind: RunKind }) => Promise<void>;
  cancel: (runId: string) => Promise<void>;
  /** What Temporal knows of `run:<runId>`. */
  describe: (runId: string) => Promise<'unknown' | 'running' | 'ended'>;
}

/** Starts the workflow of a run that was accepted, after the commit. A lost dispatch is found by the sweeper, so a failure here is not the caller's. */
export async function dispatchRun(hub: Hub, tenantId: string, run: { runId: string; kind: RunKind }): Promise<void> {
  if (!hub.workflows) return;
  try {
    await hub.workflows.start({ tenantId, ...run });
    await hub.database.inTenant(tenantId, (tx) => tx.query(`UPDATE run SET dispatched_at = now() WHERE id = $1`, [run.runId]));
  } catch {
    return;
  }
}

/** Dispatches an accepted run unless one of its slot is still running: that run's end dispatches the queued one. */
export async function dispatchAnswer(hub: Hub, tenantId: string, input: { answer: RunAnswer; kind: RunKind }): Promise<void> {
  if (input.answer.answer === 'rejected') return;
  const { runId } = input.answer;
  const [free] = await hub.database.inTenant(tenantId, (tx) =>
    tx.query<{ free: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM run o WHERE o.subject_id = r.subject_id AND o.kind = r.kind AND o.state = 'running') AS free FROM run r WHERE r.id = $1 AND r.state = 'queued'`,
      [runId],
    ),
  );
  if (free?.free) await dispatchRun(hub, tenantId, { runId, kind: input.kind });
}
