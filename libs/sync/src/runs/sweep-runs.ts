import { dispatchAnswer, dispatchRun } from './dispatch-run.js';
import type { Hub } from '../hub.js';
import { requestRun, type RunKind } from './request-run.js';
import { endRun } from './run-lifecycle.js';

/**
 * Finds what a crash left behind: queued runs whose dispatch was lost, running runs past their lease whose workflow is unknown (start
 * again) or ended (close), outbox rows, hints and released records that are due without a run. Safe to run in several processes.
 */
export async function sweepRuns(hub: Hub): Promise<void> {
  if (!hub.workflows) return;
  const open = await hub.database.door<{ tenant_id: string; id: string; kind: RunKind; state: string; lease_expired: boolean }>(
    `door_open_runs($1::interval)`,
    ['3 seconds'],
  );
  for (const run of open) {
    const key = { tenantId: run.tenant_id, runId: run.id };
    if (run.state === 'queued') await dispatchAnswer(hub, key.tenantId, { answer: { answer: 'accepted', runId: run.id }, kind: run.kind });
    else if (run.lease_expired) await settleExpired(hub, { ...key, kind: run.kind });
  }
  await requestDue(hub);
}

async function settleExpired(hub: Hub, run: { tenantId: string; runId: string; kind: RunKind }): Promise<void> {
  const known = await hub.workflows?.describe(run.runId);
  if (known === 'unknown') await dispatchRun(hub, run.tenantId, run);
  if (known === 'ended')
    await endRun(hub, run, { code: 'TRANSIENT', detail: 'the workflow ended before the run did; the next run goes on where it stopped' });
}

async function requestDue(hub: Hub): Promise<void> {
  const writes = await hub.database.door<{ tenant_id: string; connection_id: string }>(`door_due_outbox()`);
  for (const due of writes) await requestFor(hub, due.tenant_id, { kind: 'push', connectionId: due.connection_id });
  const released = await hub.database.door<{ tenant_id: string; connection_id: string }>(`door_due_waiting()`);
  for (const due of released) await requestFor(hub, due.tenant_id, { kind: 'retries', connectionId: due.connection_id });
  const hints = await hub.database.door<{ tenant_id: string; stream_id: string }>(`door_due_hints()`);
  for (const due of hints) {
    const [stream] = await hub.database.inTenant(due.tenant_id, (tx) =>
      tx.query<{ connection_id: string }>(`SELECT connection_id FROM stream WHERE id = $1`, [due.stream_id]),
    );
    if (stream) await requestFor(hub, due.tenant_id, { kind: 'hints', connectionId: stream.connection_id, streamId: due.stream_id });
  }
}

async function requestFor(hub: Hub, tenantId: string, run: { kind: RunKind; connectionId: string; streamId?: string }): Promise<void> {
  const answer = await hub.database.inTenant(tenantId, async (tx) => {
    const [busy] = await tx.query(`SELECT 1 FROM run WHERE subject_id = $1 AND kind = $2 AND state IN ('queued', 'running')`, [
      run.streamId ?? run.connectionId,
      run.kind,
    ]);
    return busy ? undefined : requestRun(tx, { ...run, cause: 'dependency' });
  });
  if (answer) await dispatchAnswer(hub, tenantId, { answer, kind: run.kind });
}
