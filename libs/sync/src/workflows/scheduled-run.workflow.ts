import { proxyActivities } from '@temporalio/workflow';
import type { HubActivities } from '../activities.js';

const runs = proxyActivities<Pick<HubActivities, 'requestScheduledRun'>>({
  startToCloseTimeout: '20 seconds',
  retry: { maximumInterval: '10s', maximumAttempts: 20 },
});

export interface ScheduledRunInput {
  tenantId: string;
  connectionId: string;
  streamId: string;
  kind: 'sync' | 'reconcile';
}

/** What a Temporal Schedule starts: it asks for a run and ends. */
export async function scheduledRun(input: ScheduledRunInput): Promise<void> {
  await runs.requestScheduledRun(input);
}
