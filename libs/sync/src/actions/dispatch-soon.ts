import { dispatchAnswer } from '../runs/dispatch-run.js';
import type { Hub } from '../hub.js';
import type { RunAnswer, RunKind } from '../runs/request-run.js';

const PATIENCE_MS = 1_000;

/** Starts what was accepted, in order. Nobody waits long for Temporal: what it could not start by now goes on behind, or a sweeper starts it. */
export async function dispatchSoon(hub: Hub, tenantId: string, runs: { answer: RunAnswer; kind: RunKind }[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([inOrder(hub, tenantId, runs).catch(() => undefined), patience]);
  clearTimeout(timer);
}

async function inOrder(hub: Hub, tenantId: string, runs: { answer: RunAnswer; kind: RunKind }[]): Promise<void> {
  for (const run of runs) await dispatchAnswer(hub, tenantId, run);
}
