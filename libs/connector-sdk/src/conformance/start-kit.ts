import type { Connector } from '../connector.js';
import { startFaultProxy } from './fault-proxy.js';
import { openKit, type ConformanceHarness, type Kit } from './harness.js';

/** Everything that a check needs, on a server of its own behind a fault proxy. */
export async function startKit(connector: Connector, harness: ConformanceHarness): Promise<{ kit: Kit; stop: () => Promise<void> }> {
  const server = await harness.start();
  const proxy = await (server.startFaults?.() ?? startFaultProxy(server.url));
  const kit = openKit({ connector, stream: harness.stream, server, proxy });
  const stop = async () => {
    kit.session.close();
    await proxy.stop();
    await server.stop();
  };
  return { kit, stop };
}
