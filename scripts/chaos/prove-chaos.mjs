import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareTruth } from './compare-truth.mjs';
import { mutatedRoot, MUTATIONS } from './mutations.mjs';
import { settle, withInstallation } from './run-chaos.mjs';
import { SCENARIOS } from './scenarios.mjs';

const REST_SECONDS = 90;

/**
 * For each safety: its fault does no harm to the hub as it is, and is reported when the safety is switched off.
 * @returns {Promise<Record<string, { intact: object, without: object, caught: boolean }>>}
 */
export async function proveChaos({ root, seed, names = Object.keys(MUTATIONS), log }) {
  const proofs = {};
  for (const name of names) {
    const intact = await strike({ root, seed, name, log });
    const without = await strikeMutated({ root, seed, name, log });
    proofs[name] = { caught: !harmed(intact) && harmed(without), intact, without };
    log(`${name}: ${JSON.stringify(proofs[name])}`);
  }
  return proofs;
}

const harmed = ({ lost, doubled, unexplained, parity }) => !(lost === 0 && doubled === 0 && unexplained === 0 && parity === 1);

async function strikeMutated({ root, seed, name, log }) {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-mutation-'));
  try {
    return await strike({ root: mutatedRoot({ root, dir, name }), programs: root, seed, name, log });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A hub that never comes to rest has failed as well: within its scenario, or before it, when it writes the first records over and over. */
async function strike({ root, programs, seed, name, log }) {
  try {
    return await withInstallation({ root, programs, seed, candidates: 20, log }, (context) => play(context, name));
  } catch (error) {
    return neverAtRest(error);
  }
}

async function play(context, name) {
  try {
    await SCENARIOS[name](context);
    return await settle(context, REST_SECONDS);
  } catch (error) {
    const failed = neverAtRest(error);
    const { lost, doubled } = await compareTruth(context);
    return { ...failed, lost, doubled };
  }
}

function neverAtRest(error) {
  if (!/: not within \d+ s$/.test(error.message)) throw error;
  return { never: error.message };
}
