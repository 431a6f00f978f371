import { Client, Connection, WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowStarter } from './dispatch-run.js';
import type { RunKind } from './request-run.js';

export interface TemporalOptions {
  address: string;
  namespace: string;
  taskQueue: string;
}

const WORKFLOW_OF: Record<RunKind, string> = {
  sync: 'syncStream',
  hints: 'syncStream',
  retries: 'retryErrors',
  push: 'pushChanges',
  reconcile: 'reconcileStream',
};

/** Workflow ids are `run:<runId>` and are never used twice, so a start may be asked for any number of times. */
export function workflowIdOf(runId: string): string {
  return `run:${runId}`;
}

/** The connection is made when first needed: the API accepts webhooks while Temporal is away, and the sweeper dispatches later. */
export function temporalStarter(options: TemporalOptions): WorkflowStarter & { client: () => Client; close: () => Promise<void> } {
  const connection = Connection.lazy({ address: options.address, connectTimeout: '3s' });
  const client = new Client({ connection, namespace: options.namespace });
  return {
    client: () => client,
    start: async ({ tenantId, runId, kind }) => {
      try {
        await connection.withDeadline(Date.now() + 5_000, () =>
          client.workflow.start(WORKFLOW_OF[kind], {
            workflowId: workflowIdOf(runId),
            taskQueue: options.taskQueue,
            args: [{ tenantId, runId }],
            workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
          }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    cancel: async (runId) => {
      await client.workflow
        .getHandle(workflowIdOf(runId))
        .cancel()
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
    },
    describe: async (runId) => {
      try {
        const { status } = await client.workflow.getHandle(workflowIdOf(runId)).describe();
        return status.name === 'RUNNING' ? 'running' : 'ended';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'unknown';
        throw error;
      }
    },
    close: () => connection.close(),
  };
}
