import type { Connector } from '../connector.js';
import { CHECKS } from './checks/index.js';
import type { ConformanceHarness, Kit } from './harness.js';
import { startKit } from './start-kit.js';

export interface CheckResult {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed, or does not apply. */
  detail?: string;
}

/** Runs every check that applies against a server of its own, behind a fault proxy. */
export async function runChecks(connector: Connector, harness: ConformanceHarness): Promise<CheckResult[]> {
  const { kit, stop } = await startKit(connector, harness);
  try {
    const results: CheckResult[] = [];
    for (const check of CHECKS) results.push({ name: check.name, ...(await outcomeOf(check, kit)) });
    return results;
  } finally {
    await stop();
  }
}

async function outcomeOf(check: (typeof CHECKS)[number], kit: Kit): Promise<Omit<CheckResult, 'name'>> {
  const why = check.skip?.(kit);
  if (why !== undefined) return { outcome: 'skipped', detail: why };
  try {
    await check.run(kit);
    return { outcome: 'passed' };
  } catch (error) {
    return { outcome: 'failed', detail: (error as Error).message };
  } finally {
    kit.proxy.clear();
  }
}
