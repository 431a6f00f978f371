export { createHub, type Hub, type HubOptions, type MappingRegistry } from './hub.js';
export { createActivities, type HubActivities } from './activities.js';
export { advance } from './advance.js';
export { advancePush } from './advance-push.js';
export { advanceReconcile } from './advance-reconcile.js';
export { advanceRetries } from './advance-retries.js';
export { applyBatch } from './apply-batch.js';
export type { Batch } from './batch-work.js';
export { claimSlot } from './slot.js';
export { detachRecords } from './detach-records.js';
export { dispatchAnswer, dispatchRun, type WorkflowStarter } from './dispatch-run.js';
export { expandProvenance, type StoredProvenance } from './provenance.js';
export { loadStreams, type StreamContext, type TenantStreams } from './stream-context.js';
export { matchSchedules } from './match-schedules.js';
export { parkItems, type ErrorStage, type ParkedItem } from './errors/park-items.js';
export { proveItems } from './prove-items.js';
export { pulledRecord, type PulledRecord } from './prepare-records.js';
export { requestRun, type RunAnswer, type RunCause, type RunKind, type RunRequest } from './request-run.js';
export { settleConflict, type Settlement } from './settle-conflict.js';
export type { Slice, SliceLife } from './slice.js';
export { sweepRuns } from './sweep-runs.js';
export { temporalStarter, workflowIdOf, type TemporalOptions } from './temporal-client.js';
export { addTotals, noTotals, READ_OUTCOMES, type Totals } from './totals.js';
export { Refusal, type Actor } from './actions/actor.js';
export { assignItem, editItem, ignoreItem, previewRetry, reopenItem, resolveItem, retryItem, snoozeItem, type RetryMode } from './actions/act-on-item.js';
export {
  cancelRun, changeConnection, createConnection, deleteConnection, pauseConnectionByHand, refetchRecord, releaseBrake, resetStream, resumeConnection, runStreams, settleByHand, testConnection,
  type ConnectionChange, type NewConnection, type StreamChoice, type StreamRun,
} from './actions/connection-actions.js';
export { IllegalTransition } from './errors/item-states.js';
