import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Connector } from '#hub/connector-sdk';
import { runChecks, type NamedHarness } from '#hub/connector-sdk/conformance';
import { loadMappings } from '#hub/mapping';

const SCRIPT = join(process.cwd(), 'scripts', 'new-connector.mjs');

describe('npm run new:connector', () => {
  let root: string;
  // Inside of the repository, so that #hub is found from there.
  beforeAll(() => void (root = mkdtempSync(join(process.cwd(), 'test', '.new-connector-'))));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const run = (...args: string[]): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, [SCRIPT, ...args, '--root', root], { encoding: 'utf8' });

  it('writes a connector that keeps every rule against its simulator, and a mapping that compiles', async () => {
    expect(run('acme-board', '--category', 'job-board')).toMatchObject({ status: 0 });
    const folder = join(root, 'connectors', 'acme-board');
    const { acmeBoard } = (await import(join(folder, 'connector.ts'))) as { acmeBoard: Connector };
    const { harnesses } = (await import(join(folder, 'conformance.ts'))) as { harnesses: NamedHarness[] };
    const results = await runChecks(acmeBoard, harnesses[0]);
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(80);
    expect(loadMappings(join(root, 'mappings')).map(({ name }) => name)).toEqual(['acme-board.people']);
  });

  it.each([
    [['acme-board', '--category', 'job-board'], 'is there already'],
    [['Acme', '--category', 'crm'], 'lower-case'],
    [['../escape', '--category', 'crm'], 'lower-case'],
    [['acme', '--category', 'shop'], 'usage'],
    [[], 'usage'],
  ])('refuses %j', (args, why) => {
    const { status, stderr } = run(...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(why)]);
  });
});
