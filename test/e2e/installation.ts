import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Ready {
  api: string;
  key: string;
  sandbox: string;
  caldav: string;
  temporal: string;
  seeded: { interviews: number; bad: { resource: string; id: string; kind: string }[] };
  connections: [ats: string, calendar: string];
}

/** The built processes, as an installation runs them; connected and seeded, nothing synced. */
export async function startInstallation(seed: object): Promise<Ready & { stop: () => Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-e2e-'));
  chmodSync(dir, 0o755);
  const child = spawn(process.execPath, ['--no-warnings', join(__dirname, 'run-installation.mjs'), dir, JSON.stringify(seed)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log += chunk));
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"ready":true')) return { ...(JSON.parse(line) as Ready), stop };
  }
  await stop();
  throw new Error(`the installation did not start:\n${log}`);
}
