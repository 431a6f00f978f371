import { hash } from 'node:crypto';
import { verifyWebhook } from '#hub/connector-sdk';
import { dispatchAnswer, type Hub } from '#hub/sync';
import { WebhookEndpoints, type Endpoint } from './endpoints.js';
import { countDeliveries, storeDeliveries, type DeliveryCount, type VerifiedDelivery } from './store-deliveries.js';

export interface Delivery {
  endpointId: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  rawBody: Buffer;
}
export type Intake = { status: 200 } | { status: 401 | 404 | 503; code: string; detail: string };

interface Queued {
  delivery: VerifiedDelivery;
  bytes: number;
  done: (intake: Intake) => void;
}
interface Queue {
  waiting: Queued[];
  flushes: number;
  timer?: NodeJS.Timeout;
}

/** Smaller groups cost the database more per delivery; larger ones leave it idle while they are read, and their answers come in bursts. */
const FLUSH_AT = 32;
const GROUP_LIMIT = 200;
const FLUSH_MS = 2;
const FLUSHES_AT_ONCE = 4;
const QUEUE_LIMIT = 5_000;
const QUEUE_BYTES = 64 * 1024 * 1024;
const COUNT_MS = 1_000;
const LONGEST_ID = 200;
const STORED: Intake = { status: 200 };
const NOT_STORED: Intake = { status: 503, code: 'NOT_STORED', detail: 'the delivery could not be stored; send it again' };

/**
 * Takes webhook deliveries: verified on the raw bytes, committed to the inbox before the sender hears 2xx, and only then a hint to fetch.
 * Deliveries of one tenant that arrive together share a transaction.
 */
export class WebhookIntake {
  private readonly endpoints: WebhookEndpoints;
  private readonly queues = new Map<string, Queue>();
  private readonly counts = new Map<string, DeliveryCount & { tenantId: string }>();
  private counting?: NodeJS.Timeout;
  private waiting = 0;
  private bytes = 0;

  constructor(private readonly hub: Hub) {
    this.endpoints = new WebhookEndpoints(hub);
  }

  async take(delivery: Delivery): Promise<Intake> {
    if (this.waiting >= QUEUE_LIMIT || this.bytes >= QUEUE_BYTES)
      return { status: 503, code: 'BUSY', detail: 'too many deliveries at once; send it again in a second' };
    const endpoint = await this.endpoints.find(delivery.endpointId);
    if (!endpoint) return { status: 404, code: 'NOT_FOUND', detail: 'there is no such endpoint' };
    const trusted = this.verifies(endpoint, delivery) ? endpoint : await this.afterRotation(endpoint, delivery);
    return trusted ? this.queue(trusted, delivery) : this.refuse(endpoint, delivery.endpointId);
  }

  /** Waits for what is under way, at the end of the process. */
  async drain(): Promise<void> {
    while (this.waiting > 0) await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    clearTimeout(this.counting);
    await this.writeCounts();
  }

  private verifies(endpoint: Endpoint, { headers, rawBody }: Delivery): boolean {
    const { verify } = endpoint.webhook;
    return verifyWebhook(verify, { headers, rawBody, secrets: endpoint.secrets, now: this.hub.now() }).ok;
  }

  /** What is remembered of an endpoint may be older than its newest secret. */
  private async afterRotation(endpoint: Endpoint, delivery: Delivery): Promise<Endpoint | undefined> {
    const renewed = await this.endpoints.renew(delivery.endpointId, endpoint);
    return renewed && renewed !== endpoint && this.verifies(renewed, delivery) ? renewed : undefined;
  }

  private refuse({ tenantId }: Endpoint, endpointId: string): Intake {
    this.count({ tenantId, endpointId, received: 0, refused: 1 });
    return { status: 401, code: 'UNVERIFIED', detail: 'the signature does not fit these bytes and any secret that is set' };
  }

  private count({ tenantId, endpointId, received, refused }: DeliveryCount & { tenantId: string }): void {
    const known = this.counts.get(endpointId) ?? { tenantId, endpointId, received: 0, refused: 0 };
    known.received += received;
    known.refused += refused;
    this.counts.set(endpointId, known);
    this.counting ??= setTimeout(() => void this.writeCounts(), COUNT_MS).unref();
  }

  private async writeCounts(): Promise<void> {
    this.counting = undefined;
    const counts = [...this.counts.values()];
    this.counts.clear();
    for (const { tenantId, ...count } of counts)
      await this.hub.database.inTenant(tenantId, (tx) => countDeliveries(tx, count)).catch(() => undefined);
  }

  private queue(endpoint: Endpoint, { endpointId, headers, rawBody }: Delivery): Promise<Intake> {
    const body = parsed(rawBody);
    const messageId = safeId(endpoint.webhook.messageId?.({ headers, body })) ?? hash('sha256', rawBody, 'hex');
    const delivery = { endpointId, connectionId: endpoint.connectionId, messageId, headers, rawBody, hints: hintsOf(endpoint, body) };
    return new Promise((done) => this.enqueue(endpoint.tenantId, { delivery, bytes: rawBody.length, done }));
  }

  private enqueue(tenantId: string, queued: Queued): void {
    this.waiting += 1;
    this.bytes += queued.bytes;
    const queue = this.queues.get(tenantId) ?? { waiting: [], flushes: 0 };
    queue.waiting.push(queued);
    this.queues.set(tenantId, queue);
    this.flushSoon(tenantId, queue);
  }

  /** At once when enough wait, otherwise a moment later: while the database commits one group, the next one is read and verified. */
  private flushSoon(tenantId: string, queue: Queue): void {
    if (queue.flushes >= FLUSHES_AT_ONCE) return;
    if (queue.waiting.length >= FLUSH_AT) return this.flush(tenantId, queue);
    queue.timer ??= setTimeout(() => this.flush(tenantId, queue), FLUSH_MS);
  }

  private flush(tenantId: string, queue: Queue): void {
    clearTimeout(queue.timer);
    queue.timer = undefined;
    queue.flushes += 1;
    void this.flushGroup(tenantId, queue.waiting.splice(0, GROUP_LIMIT)).finally(() => {
      queue.flushes -= 1;
      if (queue.waiting.length > 0) this.flushSoon(tenantId, queue);
      else if (queue.flushes === 0) this.queues.delete(tenantId);
    });
  }

  private async flushGroup(tenantId: string, group: Queued[]): Promise<void> {
    const stored = group.length === 0 || (await this.store(tenantId, group).catch(() => false));
    if (!stored && group.length > 1) {
      // One delivery that the database refuses must not cost the others theirs.
      for (const one of group) await this.flushGroup(tenantId, [one]);
      return;
    }
    for (const { delivery, bytes, done } of group) {
      this.waiting -= 1;
      this.bytes -= bytes;
      if (stored) this.count({ tenantId, endpointId: delivery.endpointId, received: 1, refused: 0 });
      done(stored ? STORED : NOT_STORED);
    }
  }

  private async store(tenantId: string, group: Queued[]): Promise<true> {
    const answers = await this.hub.database.inTenant(tenantId, (tx) =>
      storeDeliveries(
        tx,
        group.map((one) => one.delivery),
      ),
    );
    for (const answer of answers) void dispatchAnswer(this.hub, tenantId, { answer, kind: 'hints' }).catch(() => undefined);
    return true;
  }
}

function hintsOf({ webhook }: Endpoint, body: unknown): VerifiedDelivery['hints'] {
  if (body === undefined) return [];
  try {
    return webhook
      .hints(body)
      .filter(({ externalId, movedTo = externalId }) => [externalId, movedTo].every((id) => safeId(id, 1_000) !== undefined));
  } catch {
    return [];
  }
}

/** Ids that a database key can hold; of anything else the bytes are hashed. */
function safeId(id: string | undefined, longest = LONGEST_ID): string | undefined {
  return typeof id === 'string' && id.length > 0 && id.length <= longest && !id.includes('\0') ? id : undefined;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
