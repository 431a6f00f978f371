import type { ActivityOptions } from '@temporalio/workflow';

/** A slice lasts about 30 s; a silent worker is noticed after 6 s. Without end: what gives up is decided per failure code, not by a count. */
export const SLICE: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '6 seconds',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '5s' },
};
