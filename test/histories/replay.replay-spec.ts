import { DeterminismViolationError } from '@temporalio/workflow';
import { Runtime, Worker } from '@temporalio/worker';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');
const BUNDLE = readFileSync(resolve(ROOT, 'dist', 'workflow-bundle.js'), 'utf8');
const HISTORIES = readdirSync(__dirname).filter((file) => file.endsWith('.json'));
const TYPES = [...readFileSync(resolve(ROOT, 'libs', 'sync', 'src', 'workflows', 'index.ts'), 'utf8').matchAll(/export \{ (\w+) \}/g)].map(([, type]) => type);

const historyOf = (file: string): unknown => JSON.parse(readFileSync(resolve(__dirname, file), 'utf8'));
const replay = (code: string, file: string): Promise<void> => Worker.runReplayHistory({ workflowBundle: { code } }, historyOf(file), 'recorded');

/** The bundle with one more timer at the beginning of one workflow: what a careless edit would do to runs that are under way. */
function withTimer(type: string): string {
  const start = new RegExp(`(async function ${type}\\([\\s\\S]*?\\) \\{\\n)`);
  if (!start.test(BUNDLE)) throw new Error(`the bundle has no workflow ${type}`);
  const planted = type === 'scheduledRun' ? 'await runs.requestScheduledRun(input);' : `await (0, _workflow.sleep)(7);`;
  return BUNDLE.replace(start, `$1    ${planted}\n`);
}

describe('recorded histories', () => {
  beforeAll(() => Runtime.install({ logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} } }));

  it('are there for every workflow type', () => {
    expect(TYPES.length).toBeGreaterThanOrEqual(5);
    expect(new Set(HISTORIES.map((file) => file.split('.')[0]))).toEqual(new Set(TYPES));
    for (const type of TYPES.filter((one) => one !== 'scheduledRun'))
      expect(HISTORIES.filter((file) => file.startsWith(`${type}.`)).map((file) => file.split('.')[1])).toEqual(expect.arrayContaining(['continued', 'slices', 'troubled']));
  });

  it.each(HISTORIES)('%s replays', async (file) => {
    await expect(replay(BUNDLE, file)).resolves.toBeUndefined();
  });

  it.each(TYPES)('a planted change of %s is caught', async (type) => {
    const code = withTimer(type);
    for (const file of HISTORIES.filter((one) => one.startsWith(`${type}.`))) await expect(replay(code, file)).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});
