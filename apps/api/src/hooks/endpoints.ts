import type { Connector } from '#hub/connector-sdk';
import { webhookSecrets } from '#hub/governance';
import type { Hub } from '#hub/sync';

export interface Endpoint {
  tenantId: string;
  connectionId: string;
  connector: Connector;
  secrets: string[];
}
interface Known {
  endpoint: Promise<Endpoint | undefined>;
  readAt: number;
}

const REMEMBERED_MS = 5_000;
const RENEW_AFTER_MS = 1_000;
const AT_MOST = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Where deliveries and calls may go, and the secrets that they must be signed with; remembered for seconds, so that a burst reads them once. */
export class Endpoints {
  private readonly known = new Map<string, Known>();

  constructor(private readonly hub: Hub) {}

  async find(id: string): Promise<Endpoint | undefined> {
    const known = this.known.get(id);
    if (known && Date.now() - known.readAt < REMEMBERED_MS) return known.endpoint;
    return UUID.test(id) ? this.read(id) : undefined;
  }

  /** Reads it again when what is remembered is older than a second; at most once a second, whoever asks. */
  async renew(id: string, seen: Endpoint): Promise<Endpoint | undefined> {
    const known = this.known.get(id);
    if (known && Date.now() - known.readAt < RENEW_AFTER_MS && seen.secrets.length > 0) return known.endpoint;
    return this.read(id);
  }

  private read(id: string): Promise<Endpoint | undefined> {
    const endpoint = this.load(id).then((found) => {
      // Strangers may name any id: only what exists is remembered, or it would fill the memory.
      if (!found) this.known.delete(id);
      return found;
    });
    if (this.known.size >= AT_MOST) this.known.clear();
    this.known.set(id, { endpoint, readAt: Date.now() });
    endpoint.catch(() => this.known.delete(id));
    return endpoint;
  }

  private async load(id: string): Promise<Endpoint | undefined> {
    const [row] = await this.hub.database.door<{ tenant_id: string; connection_id: string; connector: string }>(
      'door_webhook_endpoint($1)',
      [id],
    );
    const connector = row && this.hub.connectors.get(row.connector);
    if (!row || !connector) return undefined;
    const secrets = await this.hub.database.inTenant(row.tenant_id, (tx) => webhookSecrets(tx, this.hub.secrets, row.connection_id));
    return { tenantId: row.tenant_id, connectionId: row.connection_id, connector, secrets };
  }
}
