import { processIo } from './process-io.js';
import { runCli } from './run-cli.js';

// `tributary runs | head` is no failure, and a reader that has gone changes nothing about what the command found.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(1);
  });

void runCli(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
});
