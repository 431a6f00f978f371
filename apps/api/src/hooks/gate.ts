import { createTransport, remoteKeys, verifyWebhook, type KeySource, type ReadDelivery, type WebhookScheme } from '#hub/connector-sdk';
import type { Hub } from '#hub/sync';
import { Endpoints, type Endpoint } from './endpoints.js';
import { countDeliveries, type DeliveryCount } from './store-deliveries.js';

const COUNT_MS = 1_000;

/** Who may come in: finds an endpoint, tells whether a delivery proves itself there, and counts what came and what was turned away. */
export class Gate {
  private readonly endpoints: Endpoints;
  private readonly counts = new Map<string, DeliveryCount & { tenantId: string }>();
  private counting?: NodeJS.Timeout;
  private readonly keys: KeySource;

  constructor(private readonly hub: Hub) {
    this.endpoints = new Endpoints(hub);
    this.keys = remoteKeys(createTransport(hub.installation));
  }

  find(endpointId: string): Promise<Endpoint | undefined> {
    return this.endpoints.find(endpointId);
  }

  /** The endpoint with the secrets that the delivery proves; undefined when it proves none, which is counted. */
  async proven(
    endpoint: Endpoint,
    { endpointId, scheme, delivery }: { endpointId: string; scheme: WebhookScheme; delivery: ReadDelivery },
  ): Promise<Endpoint | undefined> {
    if (await this.verifies(endpoint, scheme, delivery)) return endpoint;
    // What is remembered of an endpoint may be older than its newest secret.
    const renewed = await this.endpoints.renew(endpointId, endpoint);
    if (renewed && renewed !== endpoint && (await this.verifies(renewed, scheme, delivery))) return renewed;
    this.count({ tenantId: endpoint.tenantId, endpointId, received: 0, refused: 1 });
    return undefined;
  }

  count({ tenantId, endpointId, received, refused }: DeliveryCount & { tenantId: string }): void {
    const known = this.counts.get(endpointId) ?? { tenantId, endpointId, received: 0, refused: 0 };
    known.received += received;
    known.refused += refused;
    this.counts.set(endpointId, known);
    this.counting ??= setTimeout(() => void this.writeCounts(), COUNT_MS).unref();
  }

  /** Writes what was counted, at the end of the process. */
  async close(): Promise<void> {
    clearTimeout(this.counting);
    await this.writeCounts();
  }

  private async verifies({ secrets }: Endpoint, scheme: WebhookScheme, delivery: ReadDelivery): Promise<boolean> {
    return (await verifyWebhook(scheme, { delivery, secrets, now: this.hub.now(), keys: this.keys })).ok;
  }

  private async writeCounts(): Promise<void> {
    this.counting = undefined;
    const counts = [...this.counts.values()];
    this.counts.clear();
    for (const { tenantId, ...count } of counts)
      await this.hub.database.inTenant(tenantId, (tx) => countDeliveries(tx, count)).catch(() => undefined);
  }
}
