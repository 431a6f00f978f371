import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Io } from './io.js';

export function processIo(): Io {
  return {
    out: (line) => void process.stdout.write(line),
    err: (line) => void process.stderr.write(line),
    env: process.env,
    interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
    ask,
    askSecret,
    readStdin: () => text(process.stdin),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

/** On stderr, so that an answer can be asked for while stdout is piped. */
async function ask(question: string): Promise<string> {
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await dialogue.question(question);
  } finally {
    dialogue.close();
  }
}

/** The dialogue echoes into nothing; a terminal in raw mode shows nothing by itself. */
async function askSecret(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const dialogue = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  dialogue.once('SIGINT', () => process.exit(130));
  try {
    return await dialogue.question('');
  } finally {
    dialogue.close();
    process.stderr.write('\n');
  }
}
