import { continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { HubActivities } from '../activities.js';
import { addTotals, noTotals, type Totals } from '../runs/totals.js';
import { SLICE } from './slice-options.js';

export interface RunInput {
  tenantId: string;
  runId: string;
  totals?: Totals;
}

const stream = proxyActivities<Pick<HubActivities, 'advance'>>(SLICE);

/** Brings one stream up to date, slice by slice; safe to kill at any line. */
export async function syncStream({ tenantId, runId, totals = noTotals() }: RunInput): Promise<Totals> {
  for (;;) {
    const slice = await stream.advance({ tenantId, runId });
    totals = addTotals(totals, slice.totals);
    if (slice.state === 'done') return totals;
    if (slice.state === 'wait') await sleep(slice.waitMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof syncStream>({ tenantId, runId, totals });
  }
}
