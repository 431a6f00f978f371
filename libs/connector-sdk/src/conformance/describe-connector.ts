import type { Connector } from '../connector.js';
import { failingChecks, readingChecks, writingChecks } from './checks.js';
import { startFaultProxy } from './fault-proxy.js';
import { openKit, type ConformanceHarness, type Kit } from './harness.js';

/** The suite that every connector inherits: a Jest block against a real local server behind a fault proxy. */
export function describeConnector(connector: Connector, harness: ConformanceHarness): void {
  describe(`${connector.id}.${harness.stream} keeps the contract`, () => {
    let kit: Kit;
    beforeAll(async () => {
      const server = await harness.start();
      const proxy = await startFaultProxy(server.url);
      kit = openKit({ connector, stream: harness.stream, server, proxy });
    }, 120_000);
    afterAll(async () => {
      kit?.session.close();
      await kit?.proxy.stop();
      await kit?.server.stop();
    });
    for (const [name, check] of Object.entries({ ...readingChecks, ...failingChecks, ...writingChecks }))
      test(name, () => check(kit), 60_000);
  });
}
