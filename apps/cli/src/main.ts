import { processIo } from './process-io.js';
import { runCli } from './run-cli.js';

// `tributary runs | head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

void runCli(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
});
