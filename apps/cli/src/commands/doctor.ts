import type { Command } from 'commander';
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
  const [postgres, temporal, port] = await Promise.all([checkPostgres(env), checkTemporal(env), checkPort(env, api[0].ok)]);
  const findings = [checkNode(), ...checkConfiguration(env), ...postgres, temporal, ...api, port, checkDisk()];
  const rows = findings.map(({ name, ok, detail, mend }) => [ok ? 'ok' : 'WRONG', name, detail, ok ? '' : mend]);
  return {
    doc: { ok: findings.every((one) => one.ok), findings },
    text: table(['', 'what', 'found', 'way out'], rows),
    code: findings.every((one) => one.ok) ? EXIT.ok : EXIT.failure,
  };
}
