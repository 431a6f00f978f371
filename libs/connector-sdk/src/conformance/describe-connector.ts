import type { Connector } from '../connector.js';
import { CHECKS } from './checks/index.js';
import { startFaultProxy } from './fault-proxy.js';
import { openKit, type ConformanceHarness, type Kit } from './harness.js';

/** The suite that every connector inherits: a Jest block against a real local server behind a fault proxy. */
export function describeConnector(connector: Connector, harness: ConformanceHarness): void {
  describe(`conformance of ${connector.id}.${harness.stream}`, () => {
    let kit: Kit;
    beforeAll(async () => {
      const server = await harness.start();
      const proxy = await startFaultProxy(server.url);
      kit = openKit({ connector, stream: harness.stream, server, proxy });
    }, 120_000);
    afterEach(() => kit?.proxy.clear());
    afterAll(async () => {
      kit?.session.close();
      await kit?.proxy.stop();
      await kit?.server.stop();
    });
    // What does not apply is said by the certificate; here it has nothing to show.
    for (const { name, skip, run } of CHECKS) test(name, async () => (skip?.(kit) === undefined ? run(kit) : undefined), 60_000);
  });
}
