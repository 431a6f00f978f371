import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './ensure-dependencies.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const PROJECTS = {
  unit: 'jest.config.js',
  int: 'jest.int.config.js',
  workflow: 'jest.workflow.config.js',
  replay: 'jest.replay.config.js',
  e2e: 'jest.e2e.config.js',
};

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
ensureDependencies();
const capabilities = await prepare();
const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
for (const [name, config] of Object.entries(PROJECTS)) if (!only || only === name) run(name, config);
if (skipped.length > 0) process.stdout.write(`\nskipped:\n${skipped.map((line) => `  - ${line}`).join('\n')}\n`);
const waived = (process.env.TRIBUTARY_WITHOUT ?? '').split(/\s+/);
const missing =
  process.env.TRIBUTARY_REQUIRE_ALL === '1' ? Object.entries(capabilities).filter(([name, has]) => !has && !waived.includes(name)) : [];
for (const [name] of missing) {
  process.stdout.write(`missing: ${name}, and TRIBUTARY_REQUIRE_ALL=1 allows no such gap\n`);
  counts.failed += 1;
}
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

/** Gets what tests need without apt, builds, and says by environment what could not be had. */
async function prepare() {
  const { build } = await import('./build.mjs');
  const { findCapabilities } = await import('./lib/capabilities.mjs');
  await build({ log: (line) => process.stderr.write(`${line}\n`) });
  return findCapabilities(ROOT);
}

function run(name, config) {
  const report = join(ROOT, '.cache', `jest-${name}.json`);
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  rmSync(report, { force: true });
  process.stdout.write(`\n== ${name} tests\n`);
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const extra = process.argv.includes('--') ? process.argv.slice(process.argv.indexOf('--') + 1) : [];
  const answer = spawnSync(
    process.execPath,
    ['--no-warnings', jest, '-c', config, '--json', '--outputFile', report, '--passWithNoTests', ...extra],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (!existsSync(report)) {
    process.stdout.write(`${name}: jest ended without a report (status ${answer.status})\n`);
    counts.failed += 1;
    return;
  }
  const result = JSON.parse(readFileSync(report, 'utf8'));
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  counts.skipped += result.numPendingTests;
  for (const suite of result.testResults)
    for (const test of suite.assertionResults) if (test.status === 'pending') skipped.push(`${name}: ${test.fullName}`);
}
