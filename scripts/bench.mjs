import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './ensure-dependencies.mjs';
import { NODE_FLAGS } from './lib/supervise.mjs';

// Measures one thing beside its floor in the same run: one JSON line on stdout, what happens meanwhile on stderr.
const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const NAMES = ['initial', 'noop', 'mapping', 'intake', 'orchestration', 'suggest', 'diff', 'identity', 'arrival', 'batch'];
const log = (line) => process.stderr.write(`${line}\n`);

const asked = read();
if (asked === undefined) {
  log(`usage: npm run bench -- <${NAMES.join('|')}> [--records N] [--connections N] [--peers]`);
  process.exit(2);
}
process.chdir(ROOT);
if (!process.execArgv.includes(NODE_FLAGS.at(-1))) {
  // Measured as the worker runs.
  const { status } = spawnSync(process.execPath, [...NODE_FLAGS, ...process.argv.slice(1)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
ensureDependencies();
const { build } = await import('./build.mjs');
await build({ log });
const require = createRequire(join(ROOT, 'package.json'));
require('reflect-metadata');
const { run } = require(`./dist/test/bench/${asked.name}.js`);
const result = await run({ ...asked, log });
process.stdout.write(`${JSON.stringify(result)}\n`);

function read() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { records: { type: 'string' }, connections: { type: 'string' }, peers: { type: 'boolean' } },
    });
    const [records, connections] = [values.records, values.connections].map((text) => text && Number(text.replaceAll(/[_,]/g, '')));
    const sound =
      positionals.length === 1 &&
      NAMES.includes(positionals[0]) &&
      [records, connections].every((number) => number === undefined || (Number.isSafeInteger(number) && number > 0));
    return sound ? { name: positionals[0], records, connections, peers: values.peers } : undefined;
  } catch {
    return undefined;
  }
}
