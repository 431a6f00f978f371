import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { listFiles } from './lib/list-files.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const ROOMS = ['apps', 'libs', 'connectors', 'test'];

/** Compiles all rooms to dist/ and bundles the workflows once; does nothing when the sources are as they were. */
export async function build({ log = () => undefined } = {}) {
  const dist = join(ROOT, 'dist');
  const stamp = join(dist, '.stamp');
  const wanted = sourcesHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;
  log('building');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  compile(dist);
  const { imports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const compiled = Object.fromEntries(Object.entries(imports).map(([name, path]) => [name, path.replace(/\.ts$/, '.js')]));
  writeFileSync(join(dist, 'package.json'), JSON.stringify({ type: 'commonjs', imports: compiled }, undefined, 2));
  await bundleWorkflows(dist);
  writeFileSync(stamp, wanted);
  return true;
}

function compile(dist) {
  const swc = join(ROOT, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
  const rooms = ROOMS.filter((room) => existsSync(join(ROOT, room)));
  const answer = spawnSync(
    process.execPath,
    [swc, ...rooms, '-d', dist, '--quiet', '--copy-files', '--ignore', '**/*spec.ts,**/*.md,**/fixtures/**,**/histories/**'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  if (answer.status !== 0) throw new Error(`the build failed:\n${answer.stderr}${answer.stdout}`);
}

/** Once per build: a worker never bundles at its start. */
async function bundleWorkflows(dist) {
  const { bundleWorkflowCode } = createRequire(import.meta.url)('@temporalio/worker');
  const quiet = {
    trace() {},
    debug() {},
    info() {},
    warn: (message) => process.stderr.write(`${message}\n`),
    error: (message) => process.stderr.write(`${message}\n`),
    log() {},
  };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(dist, 'libs', 'sync', 'src', 'workflows', 'index.js'), logger: quiet });
  writeFileSync(join(dist, 'workflow-bundle.js'), code);
}

function sourcesHash() {
  const hash = createHash('sha256');
  for (const file of listFiles(ROOT, [...ROOMS, 'package.json', '.swcrc', 'scripts/build.mjs']))
    hash.update(file).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ log: (line) => process.stderr.write(`${line}\n`) });
