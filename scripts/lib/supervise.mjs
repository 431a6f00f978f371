import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { guard } from './guard.mjs';
import { stopChild } from './temporal.mjs';

/** Records live for one batch, and three are under way at once: a young generation that holds them spares most of the garbage collector's work. */
export const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=256'];

/**
 * Starts one of our processes and waits for its ready line on stdout. Its log goes to a file.
 * @returns {Promise<{ ready: object, pid: number, stop: () => Promise<void>, child: import('node:child_process').ChildProcess }>}
 */
export function startProcess({ name, file, root, environment, logFile, seconds = 40 }) {
  const child = spawn(process.execPath, [...NODE_FLAGS, '--no-warnings', file], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guard(child);
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stderr.pipe(log);
  return new Promise((resolve, reject) => {
    let text = '';
    let last = '';
    child.stderr.on('data', (chunk) => (last = (last + chunk).slice(-2_000)));
    const timer = setTimeout(() => fail(`did not get ready within ${seconds} s`), seconds * 1_000);
    const fail = (why) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${name} ${why}\n${last}`));
    };
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.stdout.on('data', (chunk) => {
      log.write(chunk);
      text += chunk;
      const line = text.split('\n').find((one) => one.startsWith('{"ready":true'));
      if (!line) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      text = '';
      resolve({ ready: JSON.parse(line), pid: child.pid, child, stop: () => stopChild(child) });
    });
  });
}
