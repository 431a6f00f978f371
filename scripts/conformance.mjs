import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './ensure-dependencies.mjs';

// Holds connectors against the conformance kit and prints a certificate for each; --write keeps it beside the connector, where docs and API read it.
const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const USAGE = 'usage: npm run conformance -- <connector>|--all [--json] [--write]';
const log = (line) => process.stderr.write(`${line}\n`);

const asked = read();
process.chdir(ROOT);
ensureDependencies();
const { build } = await import('./build.mjs');
await build({ log });
const { findCapabilities } = await import('./lib/capabilities.mjs');
const has = findCapabilities(ROOT);
const require = createRequire(join(ROOT, 'package.json'));
require('reflect-metadata');
const { connectors } = require('./dist/connectors/index.js');
const { certify } = require('./dist/libs/connector-sdk/src/conformance/index.js');

const wanted = asked.all ? connectors : connectors.filter(({ id }) => id === asked.connector);
if (wanted.length === 0) fail(`there is no connector "${asked.connector}"; choose one of ${connectors.map(({ id }) => id).join(', ')}`);
let failures = 0;
for (const connector of wanted) {
  const file = join(ROOT, 'dist', 'connectors', connector.id, 'conformance.js');
  if (!existsSync(file)) fail(`connectors/${connector.id}/conformance.ts is missing: it says what the checks run against`);
  const harnesses = require(file).harnesses.filter(({ on, needs }) => {
    if (!needs || has[needs]) return true;
    log(`${connector.id}: not run on ${on}, which this machine does not have`);
    return false;
  });
  if (harnesses.length === 0) continue;
  const certificate = await certify(connector, harnesses);
  failures += certificate.runs.reduce((sum, { failed }) => sum + Object.keys(failed).length, 0);
  process.stdout.write(asked.json ? `${JSON.stringify(certificate)}\n` : textOf(certificate));
  if (asked.write)
    writeFileSync(join(ROOT, 'connectors', connector.id, 'certificate.json'), `${JSON.stringify(summary(certificate), undefined, 2)}\n`);
}
process.exit(failures > 0 ? 1 : 0);

function textOf({ connector, level, checks, runs }) {
  const lines = runs.flatMap(({ stream, on, evidence, passed, failed, skipped, seconds }) => [
    `  ${stream} on ${on} (${evidence}): ${passed} passed, ${Object.keys(failed).length} failed, ${Object.keys(skipped).length} do not apply, ${seconds} s`,
    ...Object.entries(failed).map(([name, why]) => `    FAILED ${name}\n           ${why.split('\n')[0]}`),
    ...[...new Set(Object.values(skipped))].map(
      (why) => `    n/a    ${why}: ${Object.values(skipped).filter((one) => one === why).length} checks`,
    ),
  ]);
  return `${connector}: ${level}, ${checks} checks passed\n${lines.join('\n')}\n`;
}

/** Without what changes from run to run. */
function summary({ runs, ...certificate }) {
  return { ...certificate, runs: runs.map(({ seconds: _, ...run }) => run) };
}

function read() {
  try {
    const options = { all: { type: 'boolean' }, json: { type: 'boolean' }, write: { type: 'boolean' } };
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    if ((positionals.length === 1) !== (values.all === true)) return { ...values, connector: positionals[0] };
  } catch {
    // The usage says it.
  }
  return fail(USAGE);
}

function fail(why) {
  log(why);
  process.exit(2);
}
