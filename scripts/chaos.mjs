import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './ensure-dependencies.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const USAGE = 'usage: npm run chaos -- [--kills N] [--seed S] [--keep]';
const log = (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const { kills, seed, keep } = readArguments();
ensureDependencies({ quiet: false });
const { build } = await import('./build.mjs');
const { runChaos } = await import('./chaos/run-chaos.mjs');
await build({ log });
const result = await runChaos({ root: ROOT, kills, seed, keep, log });
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(result.lost === 0 && result.doubled === 0 && result.unexplained === 0 ? 0 : 1);

function readArguments() {
  try {
    const options = {
      kills: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
    };
    const { values } = parseArgs({ options });
    const numbers = { kills: Number(values.kills), seed: Number(values.seed) };
    if (!Object.values(numbers).every((one) => Number.isInteger(one) && one >= 0)) throw new Error('--kills and --seed take whole numbers');
    return { ...numbers, keep: values.keep };
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    process.exit(2);
  }
}
