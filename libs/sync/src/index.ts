export { createHub, type Hub, type HubOptions, type MappingRegistry } from './hub.js';
export { createActivities, type HubActivities } from './activities.js';
export { advance } from './inward/advance.js';
export { advancePush } from './outward/advance-push.js';
export { advanceReconcile } from './reconcile/advance-reconcile.js';
export { advanceRetries } from './errors/advance-retries.js';
export { advanceRematch } from './identity/rematch.js';
export {
  activateVersion,
  draftRules,
  simulateVersion,
  trainPeople,
  type TrainingReport,
  type VersionKind,
} from './actions/identity-versions.js';
export type { Simulation, SimulationSample } from './identity/simulate-people.js';
export { applyBatch } from './inward/apply-batch.js';
export type { Batch } from './inward/batch-work.js';
export { claimSlot } from './runs/slot.js';
export { detachRecords } from './inward/detach-records.js';
export { dispatchAnswer, dispatchRun, type WorkflowStarter } from './runs/dispatch-run.js';
export { expandProvenance, type StoredProvenance } from './inward/provenance.js';
export { loadStreams, type StreamContext, type TenantStreams } from './stream-context.js';
export { activateMappings, draftMapping, dropDraft, parseOrRefuse } from './mappings/draft-mapping.js';
export { diffMappings, explainMapping, previewMapping, suggestFor, type MappingChoice } from './mappings/mapping-insight.js';
export { endPins, pinField, pinsOf, releasePin, type PinState } from './actions/pin-field.js';
export { patchForGroup } from './mappings/patch-group.js';
export { replayMapping, type Replay } from './mappings/replay-mapping.js';
export { compiled, findVersion, loadTenantMappings, type TenantMappings } from './mappings/tenant-mappings.js';
export { confirmSubscription, matchSubscriptions } from './runs/match-subscriptions.js';
export { matchSchedules } from './runs/match-schedules.js';
export { parkItems, type ErrorStage, type ParkedItem } from './errors/park-items.js';
export { proveItems } from './errors/prove-items.js';
export { pulledRecord, type PulledRecord } from './inward/map-record.js';
export { requestRun, type RunAnswer, type RunCause, type RunKind, type RunRequest } from './runs/request-run.js';
export { settleConflict, type Settlement } from './errors/settle-conflict.js';
export type { Slice, SliceLife } from './runs/slice.js';
export { watchStreams } from './runs/watch-streams.js';
export { sweepRuns } from './runs/sweep-runs.js';
export { temporalStarter, workflowIdOf, type TemporalOptions } from './runs/temporal-client.js';
export { addTotals, noTotals, READ_OUTCOMES, type Totals } from './runs/totals.js';
export { Refusal, type Actor } from './actions/actor.js';
export { assignGroup, ignoreGroup, type GroupAnswer } from './actions/act-on-group.js';
export { cancelRun } from './actions/cancel-run.js';
export { changeConnection, type ConnectionChange } from './actions/change-connection.js';
export type { StreamChoice } from './actions/check-connection-input.js';
export { createConnection, type NewConnection } from './actions/create-connection.js';
export { deleteConnection } from './actions/delete-connection.js';
export { erasePerson, liftErasure, type ErasureOutcome } from './actions/erase-person.js';
export { keepErasureLog } from './erasure/erasure-log.js';
export { editItem, revealPayload } from './actions/edit-item.js';
export { assignItem, ignoreItem, reopenItem, resolveItem, snoozeItem } from './actions/move-items.js';
export { pauseConnectionByHand, resumeConnection } from './actions/pause-connection.js';
export { previewRetry, type RetryPreview } from './actions/preview-retry.js';
export { retryItem, type RetryMode } from './actions/retry-item.js';
export { runStreams, type StreamRun } from './actions/run-streams.js';
export { settingsSchema, type SettingsSchema } from './actions/settings-schema.js';
export { beginSignIn, finishSignIn } from './actions/sign-in.js';
export { settleByHand } from './actions/settle-by-hand.js';
export { refetchRecord, releaseBrake, resetStream } from './actions/steer-stream.js';
export { testConnection } from './actions/test-connection.js';
export { reopenDue } from './errors/reopen-due.js';
export { IllegalTransition, ITEM_STATES, type ItemState } from './errors/item-states.js';
export { decideAlike, decidePairs, mergePeople, undoPeople, unmergePeople } from './actions/merge-people.js';
export type { ClusterOutcome, PeopleOutcome, PlannedWrite } from './actions/operate-people.js';
export { recreateRecord } from './actions/recreate-record.js';
export { approveVendorMerge, proposeVendorMerge, withdrawVendorMerge } from './actions/vendor-merges.js';
export type { SnapshotChild } from './vendor-merges/vendor-merge.js';
