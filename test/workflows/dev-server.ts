import { TestWorkflowEnvironment } from '@temporalio/testing';

/** A dev server in memory, on loopback. `continueAfter`: how many events a history may have before it is told to continue as new. */
export function startDevServer(options: { continueAfter?: number } = {}): Promise<TestWorkflowEnvironment> {
  const path = process.env.TEMPORAL_CLI_PATH as string;
  const limit = `limit.historyCount.suggestContinueAsNew=${options.continueAfter ?? 4_096}`;
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      ip: '127.0.0.1',
      log: { format: 'pretty', level: 'never' },
      extraArgs: ['--dynamic-config-value', limit],
    },
  });
}
