import type { Connector } from '../connector.js';
import type { Check } from './checks/check.js';
import { memoryReceived } from '../memory-ports.js';
import { callPartner, keepIn } from './call-partner.js';
import { startFaultProxy } from './fault-proxy.js';
import { NOW, openKit, type ConformanceHarness, type Kit } from './harness.js';

interface StartedKit {
  kitFor: (check: Check) => Kit;
  /** Between two checks. */
  clear: () => void;
  stop: () => Promise<void>;
}

/** Everything that checks need, on a server of its own behind a fault proxy. */
export async function startKit(connector: Connector, harness: ConformanceHarness): Promise<StartedKit> {
  const server = await harness.start();
  const proxy = await (server.startFaults?.() ?? startFaultProxy(server.url));
  const received = memoryReceived(() => NOW);
  for (const call of server.partner?.calls ?? []) await keepIn(received, await callPartner({ connector, server }, call, received));
  const parts = { connector, stream: harness.stream, server, proxy, received };
  const [patient, hasty] = [openKit(parts), openKit(parts, { hasty: true })];
  // It gets its token now: the faults are for the vendor, not for who gives tokens.
  await hasty.session.pull(harness.stream, {}).catch(() => undefined);
  return {
    kitFor: (check) => (check.hasty ? hasty : patient),
    clear: () => proxy.clear(),
    async stop() {
      for (const { session } of [patient, hasty]) session.close();
      await proxy.stop();
      await server.stop();
    },
  };
}
