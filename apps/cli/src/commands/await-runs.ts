import { CliFailure } from '../cli-failure.js';
import type { Session } from '../session.js';

export interface RunAnswer {
  stream: string;
  answer: 'accepted' | 'joined' | 'rejected';
  runId?: string;
  code?: string;
  reason?: string;
}
export interface Run {
  id: string;
  kind: string;
  connection: string;
  connectionId: string;
  stream: string | null;
  streamId: string | null;
  state: string;
  totals: Record<string, number> | null;
  requestedAt: string;
  startedAt: string | null;
  endedAt: string | null;
  failureCode: string | null;
  failureDetail: string | null;
  [field: string]: unknown;
}

const EVERY_MS = 500;

/** Waits until every run has ended, however. @throws CliFailure when that takes longer than asked for; the runs go on */
export async function awaitRuns(session: Session, ids: string[], timeoutSeconds: number): Promise<Run[]> {
  const end = Date.now() + timeoutSeconds * 1_000;
  const ended = new Map<string, Run>();
  for (;;) {
    for (const id of new Set(ids)) {
      if (ended.has(id)) continue;
      const run = await session.api.get<Run>(`/runs/${id}`);
      if (!hasEnded(run)) continue;
      ended.set(id, run);
      session.note(`${run.connection} ${run.stream ?? run.kind}: ${run.state}${run.failureDetail ? `, ${run.failureDetail}` : ''}`);
    }
    if (ended.size === new Set(ids).size) return [...ended.values()];
    if (Date.now() > end)
      throw new CliFailure(`not all runs ended within ${timeoutSeconds} s; they go on. Look with: tributary runs --state running`);
    await session.io.sleep(EVERY_MS);
  }
}

function hasEnded(run: Run): boolean {
  return !['queued', 'running'].includes(run.state);
}

export function runIds(answers: RunAnswer[]): string[] {
  return answers.flatMap(({ runId }) => runId ?? []);
}
