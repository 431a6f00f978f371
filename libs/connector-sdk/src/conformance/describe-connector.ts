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
    afterEach(() => started?.kit.proxy.clear());
    afterAll(() => started?.stop());
    // What does not apply is said by the certificate; here it has nothing to show.
    for (const { name, skip, run } of CHECKS)
      test(name, async () => (skip?.(started.kit) === undefined ? run(started.kit) : undefined), 60_000);
  });
}
