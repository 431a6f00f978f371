import type { Connector } from '../connector.js';
import type { ConformanceHarness } from './harness.js';
import { runChecks, type CheckResult } from './run-checks.js';

/** What stands on the other side of a run: answers from files, a simulator that is held against the vendor's own description, or a real server. */
type Evidence = 'fixtures' | 'description' | 'real server';
/** How far a certificate may be believed; `none` while a check fails. */
type Level = 'none' | 'experimental' | 'contract' | 'verified';

export interface NamedHarness extends ConformanceHarness {
  /** Name of the server. */
  on: string;
  evidence: Evidence;
  /** What a machine must have for it; see test/capabilities.ts. */
  needs?: string;
}
interface CertifiedRun {
  stream: string;
  on: string;
  evidence: Evidence;
  passed: number;
  /** Name → why it failed. */
  failed: Record<string, string>;
  /** Name → why it does not apply. */
  skipped: Record<string, string>;
  /** Left out of what is kept beside a connector. */
  seconds?: number;
}
export interface Certificate {
  connector: string;
  level: Level;
  /** Day of the run, as YYYY-MM-DD. */
  on: string;
  checks: number;
  runs: CertifiedRun[];
}

const LEVELS: Record<Evidence, Level> = { fixtures: 'experimental', description: 'contract', 'real server': 'verified' };
const ORDER: Level[] = ['none', 'experimental', 'contract', 'verified'];

/** Runs all checks against every server that there is, and says what was seen. */
export async function certify(connector: Connector, harnesses: readonly NamedHarness[], now = new Date()): Promise<Certificate> {
  const runs: CertifiedRun[] = [];
  for (const harness of harnesses) {
    const started = Date.now();
    const results = await runChecks(connector, harness);
    const { stream, on, evidence } = harness;
    const seconds = Math.round((Date.now() - started) / 100) / 10;
    const named = (outcome: CheckResult['outcome']) =>
      Object.fromEntries(results.filter((one) => one.outcome === outcome).map(({ name, detail = '' }) => [name, detail]));
    const passed = results.filter(({ outcome }) => outcome === 'passed').length;
    runs.push({ stream, on, evidence, passed, failed: named('failed'), skipped: named('skipped'), seconds });
  }
  const checks = runs.reduce((sum, { passed }) => sum + passed, 0);
  return { connector: connector.id, level: levelOf(runs), on: now.toISOString().slice(0, 10), checks, runs };
}

/** The best evidence that there is, once nothing fails. */
function levelOf(runs: CertifiedRun[]): Level {
  if (runs.some(({ failed }) => Object.keys(failed).length > 0)) return 'none';
  const reached = runs.map(({ evidence }) => ORDER.indexOf(LEVELS[evidence]));
  return ORDER[Math.max(0, ...reached)];
}
