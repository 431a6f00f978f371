import { hash } from 'node:crypto';
import {
  answerHandshake,
  confirmationIn,
  messageIdOf,
  readDelivery,
  type Acknowledgement,
  type ReadDelivery,
  type WebhookDefinition,
} from '#hub/connector-sdk';
import { confirmSubscription, dispatchAnswer, type Hub } from '#hub/sync';
import type { Endpoint } from './endpoints.js';
import type { Gate } from './gate.js';
import type { Arrival, RawAnswer } from './raw-route.js';
import { storeDeliveries, type VerifiedDelivery } from './store-deliveries.js';

/** An endpoint whose connector is told of changes. */
type Hook = Endpoint & { webhook: WebhookDefinition };

interface Queued {
  delivery: VerifiedDelivery;
  endpoint: Hook;
  bytes: number;
  done: (answer: RawAnswer) => void;
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
const LONGEST_ID = 200;
const STORED: Acknowledgement = { status: 200, contentType: 'application/json', body: '{"received":true}' };
const UNVERIFIED: RawAnswer = {
  status: 401,
  code: 'UNVERIFIED',
  detail: 'the signature does not fit these bytes and any secret that is set',
};
const NOT_STORED: RawAnswer = { status: 503, code: 'NOT_STORED', detail: 'the delivery could not be stored; send it again' };
const CONFIRMATION: Record<Awaited<ReturnType<typeof confirmSubscription>>, RawAnswer> = {
  confirmed: STORED,
  later: { status: 503, code: 'NOT_STORED', detail: 'the token could not be given back yet; send it again' },
  refused: UNVERIFIED,
};

/**
 * Takes webhook deliveries: verified on the raw bytes, committed to the inbox before the sender hears 2xx, and only then a hint to fetch.
 * Deliveries of one tenant that arrive together share a transaction.
 */
export class WebhookIntake {
  private readonly queues = new Map<string, Queue>();
  private waiting = 0;
  private bytes = 0;

  constructor(
    private readonly hub: Hub,
    private readonly gate: Gate,
  ) {}

  async take(arrival: Arrival): Promise<RawAnswer> {
    if (this.waiting >= QUEUE_LIMIT || this.bytes >= QUEUE_BYTES)
      return { status: 503, code: 'BUSY', detail: 'too many deliveries at once; send it again in a second' };
    const { endpointId } = arrival;
    const endpoint = hookOf(await this.gate.find(endpointId));
    const handshake = endpoint && answerHandshake(endpoint.webhook.handshake, arrival, endpoint.secrets[0]);
    if (handshake) return handshake;
    if (!endpoint || arrival.method !== 'POST') return { status: 404, code: 'NOT_FOUND', detail: 'there is no such endpoint' };
    const delivery = await readDelivery(arrival, endpoint.webhook.body);
    const proven = await this.gate.proven(endpoint, { endpointId, scheme: endpoint.webhook.verify, delivery });
    if (proven) return this.queue(endpoint, endpointId, delivery);
    const asked = confirmationIn(endpoint.webhook.confirmation, delivery);
    return asked ? CONFIRMATION[await confirmSubscription(this.hub, endpoint, asked)] : UNVERIFIED;
  }

  /** Waits for what is under way, at the end of the process. */
  async drain(): Promise<void> {
    while (this.waiting > 0) await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    await this.gate.close();
  }

  private queue(endpoint: Hook, endpointId: string, arrived: ReadDelivery): Promise<RawAnswer> {
    const { headers, rawBody, body } = arrived;
    const messageId = safeId(messageIdOf(endpoint.webhook.messageId, arrived)) ?? hash('sha256', rawBody, 'hex');
    const delivery = { endpointId, connectionId: endpoint.connectionId, messageId, headers, rawBody, ...hintsOf(endpoint, body) };
    return new Promise((done) => this.enqueue({ delivery, endpoint, bytes: rawBody.length, done }));
  }

  private enqueue(queued: Queued): void {
    const { tenantId } = queued.endpoint;
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
    const repeated = await this.store(tenantId, group).catch(() => undefined);
    if (!repeated && group.length > 1) {
      // One delivery that the database refuses must not cost the others theirs.
      for (const one of group) await this.flushGroup(tenantId, [one]);
      return;
    }
    for (const { delivery, endpoint, bytes, done } of group) {
      this.waiting -= 1;
      this.bytes -= bytes;
      if (repeated) this.gate.count({ tenantId, endpointId: delivery.endpointId, received: 1, refused: 0 });
      done(repeated ? acknowledged(endpoint, repeated.has(delivery)) : NOT_STORED);
    }
  }

  /** @returns the deliveries that were stored before. */
  private async store(tenantId: string, group: Queued[]): Promise<Set<VerifiedDelivery>> {
    const deliveries = group.map((one) => one.delivery);
    const { runs, repeated } = await this.hub.database.inTenant(tenantId, (tx) => storeDeliveries(tx, deliveries));
    for (const run of runs) void dispatchAnswer(this.hub, tenantId, run).catch(() => undefined);
    return repeated;
  }
}

function hookOf(endpoint: Endpoint | undefined): Hook | undefined {
  const webhook = endpoint?.connector.webhook;
  return webhook && { ...endpoint, webhook };
}

function acknowledged({ webhook }: Hook, repeated: boolean): Acknowledgement {
  return (repeated && webhook.acknowledgeRepeated) || (webhook.acknowledge ?? STORED);
}

function hintsOf({ webhook }: Hook, body: unknown): Pick<VerifiedDelivery, 'hints' | 'changed'> {
  const found: Pick<VerifiedDelivery, 'hints' | 'changed'> = { hints: [], changed: [] };
  try {
    for (const { stream, externalId, movedTo } of webhook.hints(body)) {
      if (externalId === undefined) found.changed.push(stream);
      else if ([externalId, movedTo ?? externalId].every((id) => safeId(id, 1_000) !== undefined))
        found.hints.push({ stream, externalId, movedTo });
    }
    return found;
  } catch {
    return { hints: [], changed: [] };
  }
}

/** Ids that a database key can hold; of anything else the bytes are hashed. */
function safeId(id: string | undefined, longest = LONGEST_ID): string | undefined {
  return typeof id === 'string' && id.length > 0 && id.length <= longest && !id.includes('\0') ? id : undefined;
}
