import { hash, randomUUID } from 'node:crypto';
import { verifyWebhook, type Connector } from '#hub/connector-sdk';
import { insertRows, type Column, type TenantTx } from '#hub/persistence';
import { dispatchAnswer, requestRun, type Hub, type RunAnswer } from '#hub/sync';

export interface Delivery { endpointId: string; headers: Record<string, string>; rawBody: Buffer }
export type Intake = { status: 200 } | { status: 401 | 404 | 503; code: string; detail: string };

interface Endpoint { tenantId: string; connectionId: string; connector: Connector; secrets: string[]; readAt: number }
interface Verified { endpoint: Endpoint; delivery: Delivery; messageId: string; hints: { stream: string; externalId: string }[]; done: (intake: Intake) => void }

const ENDPOINT_TTL_MS = 5_000;
const FLUSH_AT = 200;
const FLUSH_MS = 2;
const QUEUE_LIMIT = 5_000;
const column = (name: string, type: Column['type']): Column => ({ name, type });
const HINT: Column[] = [column('id', 'uuid'), column('stream_id', 'uuid'), column('external_id', 'text'), column('cause', 'text')];

/**
 * Takes webhook deliveries: verified on the raw bytes, committed to the inbox before the sender hears 2xx, and only then a hint to fetch.
 * Deliveries of one tenant that arrive together share a transaction.
 */
export class WebhookIntake {
  private readonly endpoints = new Map<string, Endpoint>();
  private readonly queues = new Map<string, Verified[]>();
  private readonly flushing = new Map<string, Promise<void>>();
  private waiting = 0;
  private readonly refused = new Map<string, number>();

  constructor(private readonly hub: Hub) {}

  async take(delivery: Delivery): Promise<Intake> {
    if (this.waiting >= QUEUE_LIMIT) return { status: 503, code: 'BUSY', detail: 'too many deliveries at once; send it again in a second' };
    const endpoint = await this.endpointOf(delivery.endpointId);
    if (!endpoint) return { status: 404, code: 'NOT_FOUND', detail: 'there is no such endpoint' };
    const scheme = endpoint.connector.webhook;
    const verified = scheme && endpoint.secrets.length > 0 && verifyWebhook(scheme.verify, { headers: delivery.headers, rawBody: delivery.rawBody, secrets: endpoint.secrets, now: this.hub.now() }).ok;
    if (!verified || !scheme) return this.refuse(delivery.endpointId);
    const body = parsed(delivery.rawBody);
    const messageId = scheme.messageId?.({ headers: delivery.headers, body }) ?? hash('sha256', delivery.rawBody, 'hex');
    this.waiting += 1;
    try {
      return await new Promise<Intake>((done) => this.enqueue({ endpoint, delivery, messageId, hints: body === undefined ? [] : scheme.hints(body), done }));
    } finally {
      this.waiting -= 1;
    }
  }

  /** Waits for what is under way. */
  async drain(): Promise<void> {
    while (this.flushing.size > 0) await Promise.all(this.flushing.values());
  }

  private refuse(endpointId: string): Intake {
    this.refused.set(endpointId, (this.refused.get(endpointId) ?? 0) + 1);
    return { status: 401, code: 'UNVERIFIED', detail: 'the signature does not fit these bytes and any secret that is set' };
  }

  private enqueue(verified: Verified): void {
    const { tenantId } = verified.endpoint;
    const queue = this.queues.get(tenantId) ?? [];
    queue.push(verified);
    this.queues.set(tenantId, queue);
    if (!this.flushing.has(tenantId)) this.flushing.set(tenantId, this.flush(tenantId).finally(() => this.flushing.delete(tenantId)));
  }

  private async flush(tenantId: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    for (let queue = this.queues.get(tenantId) ?? []; queue.length > 0; queue = this.queues.get(tenantId) ?? []) {
      const group = queue.splice(0, FLUSH_AT);
      try {
        const runs = await this.hub.database.inTenant(tenantId, (tx) => this.store(tx, group));
        for (const one of group) one.done({ status: 200 });
        for (const answer of runs) void dispatchAnswer(this.hub, tenantId, { answer, kind: 'hints' }).catch(() => undefined);
      } catch {
        for (const one of group) one.done({ status: 503, code: 'NOT_STORED', detail: 'the delivery could not be stored; send it again' });
      }
    }
  }

  private async store(tx: TenantTx, group: Verified[]): Promise<RunAnswer[]> {
    const fresh = await this.storeInbox(tx, group);
    const hints = await streamHints(tx, group.filter((one) => fresh.has(keyOf(one))));
    await this.countRefused(tx, group);
    await insertRows(tx, 'hint', {
      columns: HINT, rows: hints.map((hint) => [randomUUID(), hint.streamId, hint.externalId, 'webhook']), conflict: 'ON CONFLICT (tenant_id, stream_id, external_id) WHERE done_at IS NULL DO NOTHING',
    });
    const streams = new Map(hints.map((hint) => [hint.streamId, hint.connectionId]));
    const answers: RunAnswer[] = [];
    for (const [streamId, connectionId] of streams) answers.push(await requestRun(tx, { kind: 'hints', connectionId, streamId, cause: 'webhook' }));
    return answers.filter((answer) => answer.answer === 'accepted');
  }

  /** The deliveries that were not here before; a repeat is answered well and does nothing. */
  private async storeInbox(tx: TenantTx, group: Verified[]): Promise<Set<string>> {
    const distinct = [...new Map(group.map((one) => [keyOf(one), one])).values()];
    const rows = await tx.query<{ endpoint_id: string; message_id: string }>(
      `INSERT INTO inbox (tenant_id, endpoint_id, message_id, body, headers) SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::jsonb[]) ON CONFLICT DO NOTHING RETURNING endpoint_id, message_id`,
      [tx.tenantId, distinct.map((one) => one.delivery.endpointId), distinct.map((one) => one.messageId), distinct.map((one) => one.delivery.rawBody), distinct.map((one) => JSON.stringify(kept(one.delivery.headers)))],
    );
    return new Set(rows.map((row) => `${row.endpoint_id}:${row.message_id}`));
  }

  private async countRefused(tx: TenantTx, group: Verified[]): Promise<void> {
    for (const endpointId of new Set(group.map((one) => one.delivery.endpointId))) {
      const refused = this.refused.get(endpointId) ?? 0;
      this.refused.delete(endpointId);
      const received = group.filter((one) => one.delivery.endpointId === endpointId).length;
      await tx.query(`UPDATE webhook_endpoint SET received = received + $2, refused = refused + $3 WHERE id = $1`, [endpointId, received, refused]);
    }
  }

  private async endpointOf(id: string): Promise<Endpoint | undefined> {
    const known = this.endpoints.get(id);
    if (known && Date.now() - known.readAt < ENDPOINT_TTL_MS) return known;
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return undefined;
    const [row] = await this.hub.database.door<{ tenant_id: string; connection_id: string; connector: string }>('door_webhook_endpoint($1)', [id]);
    const connector = row && this.hub.connectors.get(row.connector);
    if (!connector) return undefined;
    const secret = await this.hub.database.inTenant(row.tenant_id, (tx) => this.hub.secrets.read(tx, row.connection_id, 'webhookSecret'));
    const endpoint = { tenantId: row.tenant_id, connectionId: row.connection_id, connector, secrets: secret ? [secret] : [], readAt: Date.now() };
    if (this.endpoints.size > 10_000) this.endpoints.clear();
    this.endpoints.set(id, endpoint);
    return endpoint;
  }
}

const streamIds = new Map<string, string>();

async function streamHints(tx: TenantTx, group: Verified[]): Promise<{ streamId: string; connectionId: string; externalId: string }[]> {
  const hints = group.flatMap((one) => one.hints.map((hint) => ({ ...hint, connectionId: one.endpoint.connectionId })));
  for (const hint of hints) {
    const key = `${hint.connectionId}:${hint.stream}`;
    if (streamIds.has(key)) continue;
    const [row] = await tx.query<{ id: string }>(`SELECT id FROM stream WHERE connection_id = $1 AND name = $2`, [hint.connectionId, hint.stream]);
    if (row) streamIds.set(key, row.id);
  }
  const known = hints.flatMap((hint) => {
    const streamId = streamIds.get(`${hint.connectionId}:${hint.stream}`);
    return streamId ? [{ streamId, connectionId: hint.connectionId, externalId: hint.externalId }] : [];
  });
  return [...new Map(known.map((hint) => [`${hint.streamId}:${hint.externalId}`, hint])).values()];
}

function keyOf(one: Verified): string {
  return `${one.delivery.endpointId}:${one.messageId}`;
}

/** Signatures are proof only on arrival; what is kept is what a replay needs to be understood. */
function kept(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => /^(content-type|user-agent|x-[a-z-]*id|[a-z-]*event[a-z-]*)$/.test(name)));
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
