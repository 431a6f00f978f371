import { isDeepStrictEqual } from 'node:util';
import declared from './broken-fakes.json';
import { BROKEN, startFor } from './broken-fakes.js';
import { CHECKS } from './checks/index.js';
import { paperConnector, startPaperVendor } from './paper-vendor.js';
import { runChecks } from './run-checks.js';

const FAILS: Record<string, string[]> = declared;
/** At the same time: most of a run is waiting for deadlines. */
const SIDE_BY_SIDE = 5;

async function failuresOf(fake: (typeof BROKEN)[number]): Promise<string[]> {
  const results = await runChecks(fake.connector, { stream: 'rows', start: () => startFor(fake) });
  return results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
}

describe('the conformance kit', () => {
  const failed: Record<string, string[]> = {};
  beforeAll(async () => {
    const waiting = [...BROKEN];
    const work = async (): Promise<void> => {
      for (let fake = waiting.shift(); fake; fake = waiting.shift()) failed[fake.how] = await failuresOf(fake);
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    // A busy machine misses the short deadlines of checks that wait for what never comes: what was not expected is looked at once more, alone.
    for (const fake of BROKEN) if (!isDeepStrictEqual(failed[fake.how], FAILS[fake.how])) failed[fake.how] = await failuresOf(fake);
  }, 600_000);

  it('lets a connector through that keeps every rule, and leaves none out', async () => {
    const results = await runChecks(paperConnector, { stream: 'rows', start: startPaperVendor });
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(60);
  });

  it('has no two checks of one name', () => expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length));

  it('has no check that no broken connector fails', () => {
    const seen = new Set(Object.values(failed).flat());
    expect(CHECKS.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
  });

  it('declares what every broken connector fails', () => expect(Object.keys(FAILS).sort()).toEqual(BROKEN.map(({ how }) => how).sort()));

  it.each(BROKEN.map(({ how }) => how))('sees a connector that %s, by the checks that depend on it and by no other', (how) =>
    expect(failed[how]).toEqual(FAILS[how]),
  );
});
