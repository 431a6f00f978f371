import { continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { HubActivities } from '../activities.js';
import { addTotals, noTotals, type Totals } from '../runs/totals.js';
import { SLICE } from './slice-options.js';
import type { RunInput } from './sync-stream.workflow.js';

const target = proxyActivities<Pick<HubActivities, 'advancePush'>>(SLICE);

/** Sends what one target is owed and reads every write back, until nothing is due. */
export async function pushChanges({ tenantId, runId, totals = noTotals() }: RunInput): Promise<Totals> {
  for (;;) {
    const slice = await target.advancePush({ tenantId, runId });
    totals = addTotals(totals, slice.totals);
    if (slice.state === 'done') return totals;
    if (slice.state === 'wait') await sleep(slice.waitMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof pushChanges>({ tenantId, runId, totals });
  }
}
