import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './ensure-dependencies.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
ensureDependencies();
const { build } = await import('./build.mjs');
await build();

const bin = (...parts) => join(ROOT, 'node_modules', ...parts);
const node =
  (...args) =>
  () =>
    spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });

const STEPS = [
  ['format', node(bin('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.')],
  ['lint', node(bin('eslint', 'bin', 'eslint.js'), '--max-warnings', '0', '.')],
  ['types', node(bin('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'tsconfig.json')],
  [
    'arrows',
    node(bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'connectors'),
  ],
  ['unused code', node(bin('knip', 'bin', 'knip.js'), '--no-progress')],
  ['generated files', node('scripts/generate.mjs', '--check')],
  ['migrations in step', migrationsInStep],
  ['lockfile names no registry', lockfileIsClean],
  ['dependencies are justified', dependenciesAreJustified],
  ['one copy of protobufjs', protobufIsOne],
];

let failed = 0;
for (const [name, step] of STEPS) {
  const started = Date.now();
  const answer = await step();
  const ok = answer.status === 0;
  failed += ok ? 0 : 1;
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1_000).toFixed(1)} s)\n`);
  if (!ok) process.stdout.write(`${(answer.stdout ?? '').slice(-6_000)}${(answer.stderr ?? '').slice(-3_000)}\n`);
}
process.stdout.write(`\n${STEPS.length - failed} passed, ${failed} failed\n`);
process.exit(failed > 0 ? 1 : 0);

/** The entities describe what the migrations made: TypeORM would change nothing. */
async function migrationsInStep() {
  const { startPostgres, removePostgresData } = await import('./lib/embedded-postgres.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'tributary-check-'));
  chmodSync(folder, 0o755);
  const server = await startPostgres({ root: ROOT, dataDir: join(folder, 'pg'), durable: false });
  try {
    await server.createDatabase('drift');
    const { createRequire } = await import('node:module');
    const require = createRequire(join(ROOT, 'package.json'));
    require('reflect-metadata');
    await require('./dist/libs/persistence/src/migrate.js').migrate(server.url('owner', 'drift'), 'tributary_app');
    const drift = await require('./dist/libs/persistence/src/check-drift.js').driftSql(server.url('owner', 'drift'));
    return { status: drift.length === 0 ? 0 : 1, stdout: drift.join('\n') };
  } finally {
    await server.stop();
    removePostgresData(join(folder, 'pg'));
    rmSync(folder, { recursive: true, force: true });
  }
}

function lockfileIsClean() {
  const hosts = readFileSync(join(ROOT, 'package-lock.json'), 'utf8').match(/"resolved": "https?:[^"]*"/g) ?? [];
  return { status: hosts.length === 0 ? 0 : 1, stdout: hosts.slice(0, 5).join('\n') };
}

function dependenciesAreJustified() {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const file = join(ROOT, 'docs', 'adr', 'dependencies.md');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const missing = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !text.includes(`\`${name}\``));
  const loose = Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => /^[\^~]/.test(version))
    .map(([name]) => `${name} is not pinned`);
  return {
    status: missing.length + loose.length === 0 ? 0 : 1,
    stdout: [...missing.map((name) => `docs/adr/dependencies.md does not say why ${name}`), ...loose].join('\n'),
  };
}

/** With several copies, JSON histories do not replay. */
async function protobufIsOne() {
  const { createRequire } = await import('node:module');
  const copies = ['proto', 'common', 'worker'].map((name) => {
    const owner = createRequire(join(ROOT, 'node_modules', '@temporalio', name, 'package.json'));
    return owner.resolve('protobufjs');
  });
  return { status: new Set(copies).size === 1 ? 0 : 1, stdout: `${[...new Set(copies)].length} copies; run npm dedupe` };
}
