#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './ensure-dependencies.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
ensureDependencies();
const { build } = await import('./build.mjs');
await build({ log: (line) => process.stderr.write(`${line}\n`) });
const cli = join(ROOT, 'dist', 'apps', 'cli', 'src', 'main.js');
const { status } = spawnSync(process.execPath, ['--no-warnings', cli, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
