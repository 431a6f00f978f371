import { hash, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import {
  readDelivery,
  validateSettings,
  type Keep,
  type PartnerAnswer,
  type PartnerApi,
  type PartnerCall,
  type PartnerRoute,
  type ReadDelivery,
} from '#hub/connector-sdk';
import { recordAudit } from '#hub/governance';
import { keepFile, lockReceived, readReceived, writeReceived, type TenantTx } from '#hub/persistence';
import { dispatchAnswer, type Hub } from '#hub/sync';
import type { Endpoint } from '../hooks/endpoints.js';
import type { Gate } from '../hooks/gate.js';
import type { Arrival, RawAnswer } from '../hooks/raw-route.js';
import { storeDeliveries, type Stored } from '../hooks/store-deliveries.js';
import { Problem } from '../problems/problem.js';
import { clusterByRef, clusterBySource } from '../records/read-record.js';
import { RateLimit } from '../security/rate-limit.js';

/** Bodies that may be in memory at the same time, each of up to the body limit. */
const CALLS_AT_ONCE = 16;
const PER_SECOND = 20;
const BURST = 100;
const BUSY: RawAnswer = { status: 503, code: 'BUSY', detail: 'too many calls at once; call again in a second' };

const NO_ENDPOINT: RawAnswer = { status: 404, code: 'NOT_FOUND', detail: 'there is no such endpoint' };

interface Called {
  endpoint: Endpoint;
  arrival: Arrival;
  delivery: ReadDelivery;
  route: PartnerRoute;
  answer: PartnerApi<object>['routes'][PartnerRoute];
}

/**
 * Answers partners who call addresses of a vendor's shape on us: proven like a webhook, then what the call brought, the inbox row and the
 * audit row are committed, then the answer goes out.
 */
export class PartnerDesk {
  private readonly rates = new RateLimit(PER_SECOND, BURST);
  /** The call before, by connection: each is answered after it, so a crowd at one door takes one connection to the database. */
  private readonly before = new Map<string, Promise<unknown>>();
  private calls = 0;

  constructor(
    private readonly hub: Hub,
    private readonly gate: Gate,
    private readonly log: Logger,
  ) {}

  /** Before the body is read: who is known, and while there is room. */
  async admit(endpointId: string): Promise<RawAnswer | (() => void)> {
    if (this.calls >= CALLS_AT_ONCE) return BUSY;
    this.calls += 1;
    const leave = () => void (this.calls -= 1);
    const known = (await this.gate.find(endpointId).catch(leaving(leave)))?.connector.partnerApi;
    if (known) return leave;
    leave();
    return NO_ENDPOINT;
  }

  async take(arrival: Arrival): Promise<RawAnswer> {
    const { endpointId } = arrival;
    const endpoint = await this.gate.find(endpointId);
    const api = endpoint?.connector.partnerApi as PartnerApi<object> | undefined;
    if (!endpoint || !api) return NO_ENDPOINT;
    const delivery = await readDelivery(arrival);
    if (!(await this.gate.proven(endpoint, { endpointId, scheme: api.verify, delivery })))
      return { status: 401, code: 'UNVERIFIED', detail: 'the call does not prove itself with any secret that is set' };
    if (!this.rates.take(endpointId)) return { status: 429, code: 'RATE_LIMITED', detail: `at most ${PER_SECOND} calls a second` };
    const route = `${arrival.method} ${arrival.path}` as PartnerRoute;
    const answer = Object.hasOwn(api.routes, route) ? api.routes[route] : undefined;
    return answer ? this.inTurn({ endpoint, arrival, delivery, route, answer }) : noRoute(api, arrival);
  }

  private async inTurn(called: Called): Promise<RawAnswer> {
    const { connectionId } = called.endpoint;
    const turn = (this.before.get(connectionId) ?? Promise.resolve()).then(() => this.answer(called));
    this.before.set(connectionId, turn);
    const answer = await turn;
    if (this.before.get(connectionId) === turn) this.before.delete(connectionId);
    return answer;
  }

  /** Never throws: whoever comes next waits for it. */
  private async answer(called: Called): Promise<RawAnswer> {
    const { tenantId, connectionId } = called.endpoint;
    try {
      const { answer, runs } = await this.hub.database.inTenant(tenantId, (tx) => this.answerIn(tx, called));
      for (const run of runs) void dispatchAnswer(this.hub, tenantId, run).catch(() => undefined);
      this.gate.count({ tenantId, endpointId: called.arrival.endpointId, received: 1, refused: 0 });
      return { status: answer.status, contentType: 'application/json', body: JSON.stringify(answer.body ?? null) };
    } catch (error) {
      // The message of a foreign error may repeat what was sent.
      this.log.error({ connection: connectionId, route: called.route, error: (error as Error).name }, 'a partner could not be answered');
      return { status: 500, code: 'INTERNAL', detail: 'the call could not be answered, and nothing of it was kept; call again' };
    }
  }

  private async answerIn(tx: TenantTx, called: Called): Promise<{ answer: PartnerAnswer; runs: Stored['runs'] }> {
    const { endpoint, route } = called;
    await lockReceived(tx, endpoint.connectionId);
    const answer = await called.answer(await callOf(tx, this.hub, called));
    const keep = answer.keep ?? [];
    for (const one of keep) await keepOne(tx, endpoint.connectionId, one);
    // What asks only leaves no trace but its count; what was sent and refused is kept for whoever looks for it.
    if (route.startsWith('GET ')) return { answer, runs: [] };
    const { runs } = await storeDeliveries(tx, [deliveryOf(called, keep)]);
    await recordAudit(tx, {
      actor: { kind: 'partner', id: endpoint.connectionId },
      action: 'partner.call',
      subject: { kind: 'connection', id: endpoint.connectionId },
      after: { route, status: answer.status, kept: keep.length },
    });
    return { answer, runs };
  }
}

function leaving(leave: () => void) {
  return (error: unknown): never => {
    leave();
    throw error;
  };
}

function noRoute(api: PartnerApi<object>, { method, path }: Arrival): RawAnswer {
  const others = Object.keys(api.routes).filter((route) => route.endsWith(` ${path}`));
  if (others.length === 0)
    return { status: 404, code: 'NOT_FOUND', detail: `there is no such route; there are ${Object.keys(api.routes).join(', ')}` };
  return { status: 405, code: 'METHOD_NOT_ALLOWED', detail: `${method} is not for this route; use ${others.join(', ')}` };
}

async function callOf(tx: TenantTx, hub: Hub, { endpoint, arrival, delivery }: Called): Promise<PartnerCall<object>> {
  const { connector, connectionId } = endpoint;
  const [{ settings }] = await tx.query<{ settings: unknown }>(`SELECT settings FROM connection WHERE id = $1`, [connectionId]);
  return {
    settings: validateSettings(connector.settings as new () => object, settings),
    now: hub.now(),
    query: firstOfEach(arrival.query),
    body: delivery.body,
    received: (stream, externalId) => readReceived(tx, connectionId, { stream, externalId }),
    async record(object, name) {
      const looked = 'ref' in name ? clusterByRef(tx, name.ref) : clusterBySource(tx, { connection: connectionId, object, ...name });
      const found = await looked.catch(noneWhereRefused);
      return found?.object === object && found.deleted_at === null ? found.values : undefined;
    },
  };
}

function noneWhereRefused(error: unknown): undefined {
  if (!(error instanceof Problem)) throw error;
}

function firstOfEach(query: Record<string, unknown>): Record<string, string> {
  const first = Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? (value[0] as unknown) : value]);
  return Object.fromEntries(first.filter(([, value]) => typeof value === 'string')) as Record<string, string>;
}

async function keepOne(tx: TenantTx, connectionId: string, { files = [], ...record }: Keep): Promise<void> {
  await writeReceived(tx, connectionId, record);
  for (const file of files) await keepFile(tx, { connectionId, ...record }, { ...file, fileId: file.sha256 });
}

/** What brought something is a message of its own, however often it was said; of the rest the same words are one message. */
function deliveryOf({ endpoint, arrival, route }: Called, keep: Keep[]): Parameters<typeof storeDeliveries>[1][number] {
  const { endpointId, headers, rawBody } = arrival;
  return {
    endpointId,
    connectionId: endpoint.connectionId,
    messageId: keep.length > 0 ? randomUUID() : hash('sha256', Buffer.concat([Buffer.from(`${route}\n`), rawBody]), 'hex'),
    headers,
    rawBody,
    hints: keep.map(({ stream, externalId }) => ({ stream, externalId })),
    changed: [],
  };
}
