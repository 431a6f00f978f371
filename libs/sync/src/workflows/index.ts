export { syncStream } from './sync-stream.workflow.js';
export { pushChanges } from './push-changes.workflow.js';
export { reconcileStream } from './reconcile-stream.workflow.js';
export { retryErrors } from './retry-errors.workflow.js';
export { scheduledRun } from './scheduled-run.workflow.js';
