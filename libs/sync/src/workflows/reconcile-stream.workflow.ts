import { continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { HubActivities } from '../activities.js';
import { addTotals, noTotals, type Totals } from '../runs/totals.js';
import { SLICE } from './slice-options.js';
import type { RunInput } from './sync-stream.workflow.js';

const stream = proxyActivities<Pick<HubActivities, 'compareWithSource'>>(SLICE);

/** Compares one stream with fresh reads of its source; what differs is looked at again before anyone is told. */
export async function reconcileStream({ tenantId, runId, totals = noTotals() }: RunInput): Promise<Totals> {
  for (;;) {
    const slice = await stream.compareWithSource({ tenantId, runId });
    totals = addTotals(totals, slice.totals);
    if (slice.state === 'done') return totals;
    if (slice.state === 'wait') await sleep(slice.waitMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof reconcileStream>({ tenantId, runId, totals });
  }
}
