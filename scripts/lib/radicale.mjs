import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort } from './free-port.mjs';
import { guard } from './guard.mjs';
import { findServer, installServer, RADICALE } from './python-server.mjs';
import { stopChild } from './temporal.mjs';

/**
 * Starts a real Radicale (CalDAV) on loopback: the system's, else the one in `cacheDir`, else installed there by pip.
 * `users` maps names to passwords; without it every name and password is accepted.
 * @param {{ cacheDir: string, storageDir: string, port?: number, users?: Record<string, string> }} options
 * @returns {Promise<{ url: string, pid: number, stop: () => Promise<void> }>}
 */
export async function startRadicale({ cacheDir, storageDir, port, users }) {
  const program = findServer(RADICALE, cacheDir) ?? installServer(RADICALE, cacheDir);
  mkdirSync(storageDir, { recursive: true });
  const chosen = port ?? (await freePort());
  const args = [
    ...program.args,
    '--config',
    '',
    '--server-hosts',
    `127.0.0.1:${chosen}`,
    '--storage-filesystem-folder',
    resolve(storageDir),
  ];
  const child = spawn(program.command, [...args, ...authArgs(storageDir, users)], {
    env: program.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  guard(child);
  const log = [];
  child.stderr.on('data', (chunk) => (log.push(String(chunk)), log.splice(0, Math.max(0, log.length - 20))));
  const url = `http://127.0.0.1:${chosen}/`;
  await waitUntilUp(child, url, log);
  return { url, pid: child.pid, stop: () => stopChild(child) };
}

function authArgs(storageDir, users) {
  if (!users) return ['--auth-type', 'none'];
  const file = join(resolve(storageDir), 'users');
  const lines = Object.entries(users).map(([name, password]) => `${name}:${password}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  return ['--auth-type', 'htpasswd', '--auth-htpasswd-filename', file, '--auth-htpasswd-encryption', 'plain', '--auth-delay', '0'];
}

async function waitUntilUp(child, url, log) {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`Radicale ended with code ${child.exitCode}: ${log.join('').slice(-2000)}`);
    const up = await fetch(url, { redirect: 'manual' }).then(
      () => true,
      () => false,
    );
    if (up) return;
  }
  await stopChild(child);
  throw new Error(`Radicale did not answer at ${url} within 20 s: ${log.join('').slice(-2000)}`);
}

// `node scripts/lib/radicale.mjs '<options as JSON>'` prints {"url","pid"} and runs until its input ends: for callers that cannot import ESM.
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = await startRadicale(JSON.parse(process.argv[2]));
  console.log(JSON.stringify({ url: server.url, pid: server.pid }));
  const end = () => server.stop().then(() => process.exit(0));
  process.stdin.resume().on('end', end).on('close', end);
  process.on('SIGTERM', end);
}
