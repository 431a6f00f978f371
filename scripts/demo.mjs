import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './ensure-dependencies.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const USAGE = 'usage: npm run demo [-- --json] [-- --once] [-- --reset]';
const flags = new Set(process.argv.slice(2));
for (const flag of flags) {
  if (['--json', '--once', '--reset'].includes(flag)) continue;
  process.stderr.write(`unknown option ${flag}\n${USAGE}\n`);
  process.exit(2);
}
const json = flags.has('--json');
const log = (line) => process.stderr.write(`${line}\n`);

const started = Date.now();
let downloads = ensureDependencies({ quiet: false });
const { build } = await import('./build.mjs');
const { startStack } = await import('./lib/hub-stack.mjs');
const { tellStory, tableText } = await import('./lib/demo-story.mjs');
const { removePostgresData } = await import('./lib/embedded-postgres.mjs');
const { findProgram, PROGRAMS } = await import('./lib/temporal.mjs');
const { findServer, installServer, RADICALE } = await import('./lib/python-server.mjs');

const dir = resolve(process.env.TRIBUTARY_DEMO_DIR ?? join(ROOT, '.demo'));
let stack;
let stopping;
process.on('SIGINT', () => void end(130));
process.on('SIGTERM', () => void end(143));
process.on('exit', () => release());

try {
  claim();
  if (flags.has('--reset')) reset();
  await getPrograms();
  await build({ log });
  stack = await startStack({ root: ROOT, dir, log });
  const story = await tellStory({ stack, log });
  const seconds = (Date.now() - started) / 1_000;
  report(story, seconds);
  if (flags.has('--once')) await end(story.reconciliation.unexplained === 0 ? 0 : 1);
} catch (error) {
  log(`\nthe demo could not start: ${error.message}`);
  await end(1);
}

/** Another demo of this folder would share its data; a folder of its own does not. */
function claim() {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'pid');
  const other = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (other && other !== process.pid && isDemo(other))
    throw new Error(
      `a demo of this folder is running already (process ${other}). Stop it, or set TRIBUTARY_DEMO_DIR to another folder to run a second one`,
    );
  writeFileSync(file, String(process.pid));
}

function isDemo(pid) {
  try {
    return /demo\.mjs/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

function release() {
  const file = join(dir, 'pid');
  if (existsSync(file) && readFileSync(file, 'utf8') === String(process.pid)) rmSync(file);
}

function reset() {
  if (process.env.DATABASE_URL)
    throw new Error('--reset is refused: the database of DATABASE_URL was not made by this demo. Empty it yourself, or unset DATABASE_URL');
  log('starting afresh');
  removePostgresData(join(dir, 'postgres'));
  for (const name of ['temporal.db', 'temporal.db-wal', 'temporal.db-shm', 'radicale', 'sandbox.json', 'key.json', 'ports.json', 'logs'])
    rmSync(join(dir, name), { recursive: true, force: true });
}

/** Downloads are timed apart: they are the network's, not ours. */
async function getPrograms() {
  const from = Date.now();
  let asked = false;
  const note = (line) => ((asked = true), log(line));
  if (!process.env.TEMPORAL_ADDRESS) findProgram(PROGRAMS.server, { root: ROOT, download: true, log: note });
  const cacheDir = join(ROOT, '.cache');
  if (!findServer(RADICALE, cacheDir)) {
    note('installing Radicale by pip into .cache');
    installServer(RADICALE, cacheDir);
  }
  if (asked) downloads += (Date.now() - from) / 1_000;
}

function report({ table, reconciliation, open, ref }, seconds) {
  const own = seconds - downloads;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ ready: true, api: stack.api, key: stack.key, caldav: stack.caldav, sandbox: stack.sandbox, temporal: stack.temporal, seconds: Number(own.toFixed(1)), downloads: Number(downloads.toFixed(1)) })}\n`,
    );
    return;
  }
  const command = (rest) => `  TRIBUTARY_API=${stack.api} TRIBUTARY_KEY=${stack.key} npm run -s tributary -- ${rest}`;
  log(`
${tableText(table)}

reconciliation: parity ${(reconciliation.parity * 100).toFixed(1)} %, ${reconciliation.explained} differences explained by open items, ${reconciliation.unexplained} unexplained; ${open} items wait for someone

API       ${stack.api}/docs
key       ${stack.key}
calendar  ${new URL('hub/interviews/', stack.caldav)}  (CalDAV; name hub, any password)
sandbox   ${stack.sandbox}/sandbox/truth
Temporal  ${stack.temporal}

ready after ${own.toFixed(1)} s and ${downloads.toFixed(1)} s of downloads

try next:
${command('errors --state open')}
${command(`record ${ref}`)}
${command('reconcile --assert')}

Ctrl-C stops everything; the next run goes on with the same data.`);
}

function end(code) {
  stopping ??= (async () => {
    if (stack) log('stopping');
    await stack?.stop();
    release();
    process.exit(code);
  })();
  return stopping;
}
