import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeIf } from '../capabilities.js';

const ROOT = resolve(__dirname, '..', '..');

interface Demo {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  ended: Promise<number>;
}
interface Line {
  ready: boolean;
  api: string;
  key: string;
  caldav: string;
  sandbox: string;
  temporal: string;
  seconds: number;
}

describeIf('temporal', 'npm run demo', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tributary-demo-'));
    chmodSync(dir, 0o755);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function demo(args: string[], environment: Record<string, string> = {}): Demo {
    const { DATABASE_URL: _one, DATABASE_MIGRATION_URL: _two, ...rest } = process.env;
    const child = spawn(process.execPath, [join(ROOT, 'scripts', 'demo.mjs'), ...args], {
      env: { ...rest, TRIBUTARY_DEMO_DIR: dir, ...environment },
    });
    const text = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (text.out += chunk));
    child.stderr.on('data', (chunk) => (text.err += chunk));
    return { child, out: () => text.out, err: () => text.err, ended: once(child, 'exit').then(([code]) => code as number) };
  }
  async function ready(one: Demo): Promise<Line> {
    for (;;) {
      const line = one
        .out()
        .split('\n')
        .find((text) => text.startsWith('{"ready":true'));
      if (line) return JSON.parse(line) as Line;
      if (one.child.exitCode !== null) throw new Error(one.err());
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  const listens = (address: string): Promise<boolean> =>
    new Promise((done) => {
      const { hostname, port } = new URL(address.includes('://') ? address : `tcp://${address}`);
      const socket = connect(Number(port), hostname, () => done(socket.destroy() !== undefined)).on('error', () => done(false));
    });
  const records = async ({ api, key }: Line): Promise<number> => {
    const answer = await fetch(`${api}/api/v1/runs?limit=200`, { headers: { authorization: `Bearer ${key}` } });
    const { items } = (await answer.json()) as { items: { totals: { created: number } }[] };
    return items.reduce((sum, run) => sum + run.totals.created, 0);
  };

  it('prints one line when it is ready, lets nobody else into its folder, and takes every child along when it is stopped', async () => {
    const first = demo(['--json']);
    const line = await ready(first);
    expect(Object.keys(line)).toEqual(expect.arrayContaining(['api', 'key', 'caldav', 'sandbox', 'temporal', 'seconds']));
    expect(first.out().trim().split('\n')).toHaveLength(1);
    const second = demo(['--json']);
    expect(await second.ended).toBe(1);
    expect(second.err()).toMatch(/running already .* TRIBUTARY_DEMO_DIR/);
    const servers = [line.api, line.caldav, line.sandbox, line.temporal];
    expect(await Promise.all(servers.map(listens))).toEqual(servers.map(() => true));
    const known = await records(line);
    expect(known).toBeGreaterThan(400);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(130);
    expect(await Promise.all(servers.map(listens))).toEqual(servers.map(() => false));
  });

  it('goes on with the same data, and ends well when nothing is unexplained', async () => {
    const again = demo(['--once']);
    expect([await again.ended, again.err()]).toEqual([0, expect.stringMatching(/0 unexplained/)]);
    expect(again.err()).toMatch(/Ashby sandbox +\d+ +49\d/);
  });

  it('refuses what it must not do, and says why', async () => {
    const foreign = demo(['--reset', '--once'], { DATABASE_URL: 'postgres://somebody@127.0.0.1:1/theirs' });
    expect([await foreign.ended, foreign.err()]).toEqual([1, expect.stringMatching(/--reset is refused.*was not made by this demo/)]);
    const misspelt = demo(['--rest']);
    expect([await misspelt.ended, misspelt.err()]).toEqual([2, expect.stringMatching(/unknown option --rest/)]);
  });
});
