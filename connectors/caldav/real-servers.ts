import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RealServer {
  /** Without a trailing slash. */
  url: string;
  stop: () => Promise<void>;
}
/** Tests and scripts run in the repository's root. */
const ROOT = process.cwd();
/** Where pip put Xandikos, when it is not installed for all of Python; see scripts/lib/python-server.mjs. */
const XANDIKOS_PATH = join(ROOT, '.cache/xandikos');

/** A real Radicale with one user; see scripts/lib/radicale.mjs for where it comes from. */
export async function startRadicale(users: Record<string, string>): Promise<RealServer> {
  const storageDir = mkdtempSync(join(tmpdir(), 'radicale-'));
  const options = JSON.stringify({ cacheDir: join(ROOT, '.cache'), storageDir, users });
  const child = spawn(process.execPath, [join(ROOT, 'scripts/lib/radicale.mjs'), options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await firstLine(child);
  const { url } = JSON.parse(line) as { url: string };
  return { url: url.replace(/\/$/, ''), stop: () => ended(child, storageDir) };
}

/** A real Xandikos. It knows no users. */
export async function startXandikos(): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'xandikos-'));
  const port = await freePort();
  const env = { ...process.env, PYTHONPATH: [XANDIKOS_PATH, process.env.PYTHONPATH].filter(Boolean).join(delimiter) };
  const args = [
    '-m',
    'xandikos',
    'serve',
    '-d',
    folder,
    '--defaults',
    '--current-user-principal',
    '/user/',
    '-l',
    '127.0.0.1',
    '-p',
    String(port),
  ];
  const child = spawn('python3', [...args, '--state-dir', join(folder, '.state')], { env, stdio: ['pipe', 'ignore', 'ignore'] });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    if (
      await fetch(`${url}/user/`).then(
        () => true,
        () => false,
      )
    )
      return { url, stop: () => ended(child, folder) };
    await new Promise((later) => setTimeout(later, 50));
  }
  await ended(child, folder);
  throw new Error('Xandikos did not start');
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    if (child.stdout) createInterface({ input: child.stdout }).once('line', done);
    child.once('exit', (code) => fail(new Error(`the server ended with code ${code}`)));
  });
}

async function ended(child: ChildProcess, folder: string): Promise<void> {
  const gone = child.exitCode === null ? new Promise((done) => child.once('exit', done)) : undefined;
  child.kill('SIGTERM');
  await gone;
  rmSync(folder, { recursive: true, force: true });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
