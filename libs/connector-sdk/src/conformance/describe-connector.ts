import type { Connector } from '../connector.js';
import { CHECKS } from './checks/index.js';
import type { ConformanceHarness } from './harness.js';
import { startKit } from './start-kit.js';

/** The suite that every connector inherits: a Jest block against a real local server behind a fault proxy. */
export function describeConnector(connector: Connector, harness: ConformanceHarness): void {
  describe(`conformance of ${connector.id}.${harness.stream}`, () => {
    let started: Awaited<ReturnType<typeof startKit>>;
    beforeAll(async () => {
      started = await startKit(connector, harness);
    }, 120_000);
    afterEach(() => started?.clear());
    afterAll(() => started?.stop());
    // What does not apply is said by the certificate; here it has nothing to show.
    for (const check of CHECKS)
      test(
        check.name,
        async () => {
          const kit = started.kitFor(check);
          if (check.skip?.(kit) === undefined) await check.run(kit);
        },
        60_000,
      );
  });
}
