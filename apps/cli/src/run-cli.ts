import { CommanderError, type Command } from 'commander';
import { CliFailure } from './cli-failure.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import { buildProgram } from './program.js';
import { Session, type Act, type GlobalOptions, type Outcome, type Work } from './session.js';
import { printable } from './table.js';

/** Runs one command line. @param args without node and script. @returns the exit code */
export async function runCli(args: string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const act: Act =
    <Options>(work: Work<Options>) =>
    async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      const options = command.optsWithGlobals<Options & GlobalOptions>();
      const outcome = await work(new Session(io, options, command), options, command.args);
      show(outcome, options, io);
      code = outcome.code ?? EXIT.ok;
    };
  const program = buildProgram(act, io);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return failed(error, { io, json: args.includes('--json') });
  }
}

function show({ doc, text, ids }: Outcome, options: GlobalOptions, io: Io): void {
  if (options.json) io.out(`${JSON.stringify(doc, undefined, 2)}\n`);
  else if (options.quiet) io.out((ids ?? []).map((id) => `${id}\n`).join(''));
  else if (text !== '') io.out(`${printable(text)}\n`);
}

function failed(error: unknown, { io, json }: { io: Io; json: boolean }): ExitCode {
  // Commander has said it already, and knows whether it was asked for help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { message, exitCode, problem } =
    error instanceof CliFailure
      ? error
      : new CliFailure(`this is a fault of the CLI: ${error instanceof Error ? error.message : String(error)}`);
  if (json)
    io.out(
      `${JSON.stringify({ error: problem ?? { code: exitCode === EXIT.usage ? 'USAGE' : 'FAILED', detail: message } }, undefined, 2)}\n`,
    );
  else io.err(`${printable(message)}\n`);
  return exitCode;
}
