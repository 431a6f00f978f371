import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');

/** Installs what package-lock.json names, when it is missing or stale. Returns the seconds it took; 0 when nothing was to do. */
export function ensureDependencies({ quiet = false } = {}) {
  refuseOldNode();
  const stamp = join(ROOT, 'node_modules', '.tributary-stamp');
  const lock = join(ROOT, 'package-lock.json');
  const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return 0;
  const started = Date.now();
  if (!quiet) process.stderr.write('installing dependencies (npm ci) …\n');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    process.stderr.write(
      'npm ci failed; its own message stands above. Look at the network or the registry setting, then run the command again.\n',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
  return (Date.now() - started) / 1_000;
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(
    `Node ${process.versions.node} is too old: Tributary needs 20.19 or newer. Install it, then run the command again.\n`,
  );
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureDependencies();
