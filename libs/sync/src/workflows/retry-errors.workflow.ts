import { continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { HubActivities } from '../activities.js';
import { addTotals, noTotals, type Totals } from '../runs/totals.js';
import { SLICE } from './slice-options.js';
import type { RunInput } from './sync-stream.workflow.js';

const errors = proxyActivities<Pick<HubActivities, 'advanceRetries' | 'proveItems'>>(SLICE);

interface RetryInput extends RunInput {
  retried?: boolean;
}

/** Tries records again, then, by another activity, proves with fresh reads that what waits for proof agrees. */
export async function retryErrors({ tenantId, runId, retried = false, totals = noTotals() }: RetryInput): Promise<Totals> {
  for (;;) {
    const slice = retried ? await errors.proveItems({ tenantId, runId }) : await errors.advanceRetries({ tenantId, runId });
    totals = addTotals(totals, slice.totals);
    if (slice.state === 'done' && retried) return totals;
    retried = retried || slice.state === 'done';
    if (slice.state === 'wait') await sleep(slice.waitMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof retryErrors>({ tenantId, runId, retried, totals });
  }
}
