import type { Command } from 'commander';
import { fine, type Environment, type Finding } from '../doctor/check.js';
import { checkConfiguration } from '../doctor/check-configuration.js';
import { checkDisk, checkNode, checkPort } from '../doctor/check-machine.js';
import { checkApi, checkPostgres, checkTemporal } from '../doctor/check-servers.js';
import { EXIT } from '../exit-codes.js';
import { apiAddressOf } from '../profiles.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';

export function addDoctor(program: Command, act: Act): void {
  program
    .command('doctor')
    .description('what stands in the way of running the hub here, and how to mend it; needs no server')
    .action(act(doctor));
}

async function doctor(session: Session): Promise<Outcome> {
  const { env } = session.io;
  const api = await checkApi(apiAddressOf(env, session.options.profile));
  const findings = [checkNode(), ...(await checkInstallation(env, api[0].ok)), ...api, await checkPort(env, api[0].ok), checkDisk()];
  const rows = findings.map(({ name, ok, detail, mend }) => [ok ? 'ok' : 'WRONG', name, detail, ok ? '' : mend]);
  return {
    doc: { ok: findings.every((one) => one.ok), findings },
    text: table(['', 'what', 'found', 'way out'], rows),
    code: findings.every((one) => one.ok) ? EXIT.ok : EXIT.failure,
  };
}

/** Beside an API that is ready, a shell without the installation's own variables, such as the demo's, misses nothing. */
async function checkInstallation(env: Environment, apiIsReady: boolean): Promise<Finding[]> {
  const known = [env.DATABASE_URL, env.TEMPORAL_ADDRESS, env.TRIBUTARY_KEY_FILE].some(Boolean);
  if (apiIsReady && !known) return [fine('configuration', 'none in this shell; the API that answers has its own')];
  const [postgres, temporal] = await Promise.all([checkPostgres(env), checkTemporal(env)]);
  return [...checkConfiguration(env), ...postgres, temporal];
}
