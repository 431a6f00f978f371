import type { StreamRun } from '#hub/sync';

export interface RunAnswerView { stream: string; answer: 'accepted' | 'joined' | 'rejected'; runId?: string; code?: string; reason?: string }

export function answersOf(runs: StreamRun[]): RunAnswerView[] {
  return runs.map(({ stream, answer }) => ({ stream, ...answer }));
}
