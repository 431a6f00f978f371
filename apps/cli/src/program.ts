import { Command } from 'commander';
import { addCompletion } from './commands/completion.js';
import { addConflicts } from './commands/conflicts.js';
import { addConnect } from './commands/connect.js';
import { addDoctor } from './commands/doctor.js';
import { addErase } from './commands/erase.js';
import { addErrors } from './commands/errors.js';
import { addIdentity } from './commands/identity.js';
import { addMap } from './commands/map.js';
import { addProfile } from './commands/profile.js';
import { addReconcile } from './commands/reconcile.js';
import { addRecord } from './commands/record.js';
import { addRetry } from './commands/retry.js';
import { addRuns } from './commands/runs.js';
import { addSync } from './commands/sync.js';
import type { Io } from './io.js';
import type { Act } from './session.js';

const AFTER = `
Exit codes: 0 ok, 1 failure, 2 usage, 3 gate not met, 4 partial.
The API is named by --profile, or TRIBUTARY_API (default http://127.0.0.1:3000) and TRIBUTARY_KEY.`;

/** The whole command tree. Global options are known before and after a subcommand. */
export function buildProgram(act: Act, io: Io): Command {
  const program = new Command('tributary')
    .description('Recruiting integration hub: what was synced, what failed, why a value is what it is.')
    .option('--json', 'one JSON document on stdout')
    .option('--quiet', 'ids only')
    .option('--yes', 'do not ask')
    .option('--profile <name>', 'stored API address and key')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({ showGlobalOptions: true, sortSubcommands: true })
    .addHelpText('after', AFTER);
  const rooms = [
    addConnect,
    addSync,
    addRuns,
    addErrors,
    addRetry,
    addConflicts,
    addRecord,
    addReconcile,
    addMap,
    addIdentity,
    addErase,
    addDoctor,
    addProfile,
    addCompletion,
  ];
  for (const add of rooms) add(program, act);
  return program;
}
