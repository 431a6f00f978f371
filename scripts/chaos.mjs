import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './ensure-dependencies.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const USAGE = `usage: npm run chaos -- [--kills N] [--seed S] [--keep]
       npm run chaos -- --prove | --mutation fence|checkpoint|write-id|echo|base [--seed S]`;
const log = (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const options = readArguments();
ensureDependencies({ quiet: false });
const { build } = await import('./build.mjs');
const { runChaos } = await import('./chaos/run-chaos.mjs');
const { proveChaos } = await import('./chaos/prove-chaos.mjs');
const { MUTATIONS } = await import('./chaos/mutations.mjs');
const names = options.mutation ? [options.mutation] : Object.keys(MUTATIONS);
if (options.mutation && !(options.mutation in MUTATIONS)) refuse(`there is no mutation ${options.mutation}`);
try {
  await build({ log });
  process.exit(options.prove || options.mutation ? await prove() : await strike());
} catch (error) {
  log(error.stack);
  process.exit(1);
}

async function strike() {
  const result = await runChaos({ root: ROOT, log, ...options });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.lost === 0 && result.doubled === 0 && result.unexplained === 0 ? 0 : 1;
}

/** The harness is believed only if it finds what is broken on purpose, and nothing where nothing is. */
async function prove() {
  const proofs = await proveChaos({ root: ROOT, seed: options.seed, names, log });
  const caught = Object.values(proofs).filter((proof) => proof.caught).length;
  process.stdout.write(`${JSON.stringify({ mutations: names.length, caught, proofs })}\n`);
  return caught === names.length ? 0 : 1;
}

function readArguments() {
  const text = (fallback) => ({ type: 'string', default: fallback });
  const flag = { type: 'boolean', default: false };
  try {
    const { values } = parseArgs({
      options: { kills: text('10'), seed: text('1'), mutation: { type: 'string' }, prove: flag, keep: flag },
    });
    const numbers = { kills: Number(values.kills), seed: Number(values.seed) };
    if (!Object.values(numbers).every((one) => Number.isInteger(one) && one >= 0)) refuse('--kills and --seed take whole numbers');
    return { ...values, ...numbers };
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(why) {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(2);
}
