import type { Connector } from '../connector.js';
import { CHECKS } from './checks/index.js';
import type { ConformanceHarness } from './harness.js';
import { startKit } from './start-kit.js';

export interface CheckResult {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed, or does not apply. */
  detail?: string;
}

/** Runs every check that applies against a server of its own, behind a fault proxy. */
export async function runChecks(connector: Connector, harness: ConformanceHarness): Promise<CheckResult[]> {
  const started = await startKit(connector, harness);
  try {
    const results: CheckResult[] = [];
    for (const check of CHECKS) results.push({ name: check.name, ...(await outcomeOf(check, started)) });
    return results;
  } finally {
    await started.stop();
  }
}

async function outcomeOf(
  check: (typeof CHECKS)[number],
  { kitFor, clear }: Awaited<ReturnType<typeof startKit>>,
): Promise<Omit<CheckResult, 'name'>> {
  const kit = kitFor(check);
  const why = check.skip?.(kit);
  if (why !== undefined) return { outcome: 'skipped', detail: why };
  try {
    await check.run(kit);
    return { outcome: 'passed' };
  } catch (error) {
    return { outcome: 'failed', detail: (error as Error).message };
  } finally {
    clear();
  }
}
