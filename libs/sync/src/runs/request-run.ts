import { randomUUID } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';

export type RunKind = 'sync' | 'hints' | 'retries' | 'push' | 'reconcile';
export type RunCause = 'schedule' | 'person' | 'webhook' | 'dependency' | 'retry' | 'change';

export interface RunRequest {
  kind: RunKind;
  connectionId: string;
  /** Absent for `push` and `retries`, which have one slot per connection. */
  streamId?: string;
  cause: RunCause;
  requestedBy?: string;
  options?: Record<string, unknown>;
}
/** The insert is the answer; nothing is silently ignored. */
export type RunAnswer =
  | { answer: 'accepted'; runId: string }
  | { answer: 'joined'; runId: string }
  | { answer: 'rejected'; code: 'PAUSED' | 'DELETED' | 'STOPPED' | 'NOT_FOUND'; reason: string };

interface Standing {
  connection_status: string;
  connection_reason: string | null;
  stream_status: string | null;
  stream_reason: string | null;
}

/** Asks for a run: a row first, in the caller's transaction. Dispatch it after the commit with `dispatchRun`. */
export async function requestRun(tx: TenantTx, request: RunRequest): Promise<RunAnswer> {
  const refusal = refusalOf(await standingOf(tx, request), request);
  if (refusal) return refusal;
  const subject = request.streamId ?? request.connectionId;
  for (;;) {
    const inserted = await tx.query<{ id: string }>(
      `INSERT INTO run (tenant_id, id, kind, subject_id, connection_id, stream_id, cause, requested_by, options) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (tenant_id, subject_id, kind) WHERE state = 'queued' DO NOTHING RETURNING id`,
      [
        tx.tenantId,
        randomUUID(),
        request.kind,
        subject,
        request.connectionId,
        request.streamId ?? null,
        request.cause,
        request.requestedBy ?? null,
        request.options ?? {},
      ],
    );
    if (inserted.length > 0) return { answer: 'accepted', runId: inserted[0].id };
    const queued = await tx.query<{ id: string }>(`SELECT id FROM run WHERE subject_id = $1 AND kind = $2 AND state = 'queued'`, [
      subject,
      request.kind,
    ]);
    if (queued.length > 0) return { answer: 'joined', runId: queued[0].id };
  }
}

async function standingOf(tx: TenantTx, request: RunRequest): Promise<Standing | undefined> {
  const [standing] = await tx.query<Standing>(
    `SELECT c.status AS connection_status, c.status_reason AS connection_reason, s.status AS stream_status, s.status_reason AS stream_reason
     FROM connection c LEFT JOIN stream s ON s.tenant_id = c.tenant_id AND s.connection_id = c.id AND s.id = $2 WHERE c.id = $1`,
    [request.connectionId, request.streamId ?? null],
  );
  return standing;
}

function refusalOf(standing: Standing | undefined, request: RunRequest): RunAnswer | undefined {
  if (!standing || (request.streamId && standing.stream_status === null))
    return { answer: 'rejected', code: 'NOT_FOUND', reason: 'there is no such connection or stream' };
  if (standing.connection_status === 'deleted') return { answer: 'rejected', code: 'DELETED', reason: 'the connection was deleted' };
  if (standing.connection_status === 'paused')
    return {
      answer: 'rejected',
      code: 'PAUSED',
      reason: `the connection is paused: ${standing.connection_reason ?? 'by a person'}; resume it first`,
    };
  if (standing.stream_status === 'stopped')
    return {
      answer: 'rejected',
      code: 'STOPPED',
      reason: `the stream is stopped: ${standing.stream_reason ?? 'by a fault'}; resume the connection to start it again`,
    };
  if (standing.stream_status === 'paused') return { answer: 'rejected', code: 'PAUSED', reason: 'the stream is paused; resume it first' };
  return undefined;
}

/** What a person's act makes necessary, once per connection. */
export async function requestPersonsRuns(
  tx: TenantTx,
  wanted: Pick<RunRequest, 'kind' | 'connectionId' | 'streamId'>[],
): Promise<{ kind: RunKind; answer: RunAnswer }[]> {
  const runs: { kind: RunKind; answer: RunAnswer }[] = [];
  for (const run of new Map(wanted.map((one) => [`${one.kind}:${one.connectionId}`, one])).values())
    runs.push({ kind: run.kind, answer: await requestRun(tx, { ...run, cause: 'person', requestedBy: undefined }) });
  return runs;
}
