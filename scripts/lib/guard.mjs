import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PATIENCE_MS = 5_000;
let watcher;

/** Ends a server with us even when we are killed and cannot: a watcher outlives us for as long as that takes. */
export function guard(child) {
  watcher ??= startWatcher();
  watcher.stdin.write(`+${child.pid}\n`);
  child.once('exit', () => watcher.stdin.write(`-${child.pid}\n`));
  return child;
}

function startWatcher() {
  const started = spawn(process.execPath, [fileURLToPath(import.meta.url), '--watch'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  started.stdin.on('error', () => undefined);
  started.unref();
  started.stdin.unref();
  return started;
}

async function watch() {
  const pids = new Set();
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.startsWith('+')) pids.add(Number(line.slice(1)));
    else pids.delete(Number(line.slice(1)));
  }
  for (const pid of pids) send(pid, 'SIGINT');
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end && [...pids].some((pid) => send(pid, 0));) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const pid of pids) send(pid, 'SIGKILL');
}

function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

if (process.argv[2] === '--watch' && process.argv[1] === fileURLToPath(import.meta.url)) void watch();
