import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { FaultPanel, type Fault } from './faults.js';
import { candidateOf, seed, type SeedOptions } from './seed.js';
import { emptyData, SandboxState, type ApiKey, type Resource, type SandboxData } from './state.js';
import { checkParameters, Refusal, VERBS, type Answer } from './verbs.js';
import { WebhookSender } from './webhook-sender.js';

const SAVE_AFTER_MS = 200;

/** Starts the simulated ATS on loopback. Its state survives restarts where a path for it is given. */
export async function startSandbox(options: { port?: number; statePath?: string } = {}): Promise<{ url: string; close: () => Promise<void> }> {
  const saver = options.statePath === undefined ? undefined : new Saver(options.statePath);
  const data = saver?.load() ?? emptyData();
  const state = new SandboxState(data, () => saver?.soon(data));
  const faults = new FaultPanel();
  const hooks = new WebhookSender(state, faults);
  const app = Fastify({ bodyLimit: 2 * 1024 * 1024, forceCloseConnections: true });
  app.addHook('onSend', async (_, reply) => void reply.header('x-tributary-sandbox', '1'));
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(String(body)));
    } catch {
      done(new Refusal('invalid_input', 'the body is not JSON', 400), undefined);
    }
  });
  routeVendor(app, { state, faults, hooks });
  routePanel(app, { state, faults, hooks });
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      await app.close();
      saver?.now(data);
    },
  };
}

interface Parts { state: SandboxState; faults: FaultPanel; hooks: WebhookSender }

function routeVendor(app: FastifyInstance, parts: Parts): void {
  app.post('/:verb', async (request, reply) => {
    const endpoint = (request.params as { verb: string }).verb;
    const { faults } = parts;
    const latency = faults.take('latency', endpoint);
    if (latency) await pause(latency.ms ?? 500);
    if (strikeBefore(faults, { endpoint, reply })) return reply;
    const answer = answerOf(request, { ...parts, endpoint });
    if (answer instanceof Refusal) return reply.code(answer.status).send(refusalBody(answer));
    if (answer.effect) parts.hooks.announce(answer.effect);
    if (answer.effect && faults.take('drop-after-effect', endpoint)) {
      request.raw.socket.destroy();
      return reply.hijack();
    }
    return strikeBody(faults, { endpoint, reply, body: { success: true, results: answer.results, ...answer.more } });
  });
}

/** Faults that come instead of an answer. */
function strikeBefore(faults: FaultPanel, call: { endpoint: string; reply: FastifyReply }): boolean {
  const { endpoint, reply } = call;
  const limited = faults.take('rate-limit', endpoint);
  if (limited) {
    const seconds = limited.seconds ?? 1;
    const headers: Record<string, Record<string, string>> = {
      seconds: { 'retry-after': String(seconds) }, date: { 'retry-after': new Date(Date.now() + seconds * 1_000).toUTCString() }, epoch: { 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + seconds) }, missing: {},
      absurd: { 'retry-after': '31536000' },
    };
    void reply.code(429).headers(headers[limited.form ?? 'seconds']).send({ success: false, errors: ['rate_limit_exceeded'] });
    return true;
  }
  const broken = faults.take('server-error', endpoint);
  if (broken) {
    void reply.code(broken.status ?? 503).send({ error: 'unavailable' });
    return true;
  }
  if (!faults.take('html', endpoint)) return false;
  void reply.code(200).type('text/html').send('<html><body>Please sign in</body></html>');
  return true;
}

async function strikeBody(faults: FaultPanel, call: { endpoint: string; reply: FastifyReply; body: unknown }): Promise<FastifyReply> {
  const { endpoint, reply } = call;
  const slow = faults.take('slow-body', endpoint);
  if (slow) await pause(slow.ms ?? 5_000);
  const text = JSON.stringify(call.body);
  return reply.type('application/json').send(faults.take('truncated', endpoint) ? text.slice(0, Math.floor(text.length / 2)) : text);
}

function answerOf(request: FastifyRequest, parts: Parts & { endpoint: string }): Answer | Refusal {
  const { state, faults, endpoint } = parts;
  try {
    const key = keyOf(request, state);
    const verb = Object.hasOwn(VERBS, endpoint) ? VERBS[endpoint] : undefined;
    if (!verb) throw new Refusal('not_found', `There is no endpoint ${endpoint}`, 404);
    if (key.permissions !== null && !key.permissions.includes(verb.permission)) throw new Refusal('missing_endpoint_permission', `The API key is missing the permission ${verb.permission}`, 403);
    const body = (request.body ?? {}) as Record<string, unknown>;
    checkParameters(verb, body);
    const answer = verb.answer({ state, faults, key, endpoint, body });
    if (answer.effect) state.logWrite({ endpoint, id: answer.effect.id, key: key.name, writeId: answer.effect.writeId ?? null });
    return answer;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function keyOf(request: FastifyRequest, state: SandboxState): ApiKey {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  const name = scheme === 'Basic' && token ? Buffer.from(token, 'base64').toString('utf8').replace(/:$/, '') : '';
  const key = state.data.keys.find((one) => one.key === name);
  if (!key) throw new Refusal('unauthorized', 'The API key is not valid', 401);
  return key;
}

function refusalBody(refusal: Refusal): Record<string, unknown> {
  return { success: false, errors: [refusal.code], errorInfo: { code: refusal.code, message: refusal.message, requestId: randomUUID() } };
}

/** What a recruiter, an admin or a test does to the vendor from outside its API. */
function routePanel(app: FastifyInstance, { state, faults, hooks }: Parts): void {
  const body = (request: FastifyRequest): Record<string, unknown> => (request.body ?? {}) as Record<string, unknown>;
  app.post('/sandbox/keys', async (request) => ({ key: state.addKey(String(body(request).name ?? 'key'), (body(request).permissions as string[] | undefined) ?? null).key }));
  app.post('/sandbox/seed', async (request) => seed(state, body(request) as SeedOptions));
  app.get('/sandbox/truth', async () => Object.fromEntries(Object.keys(state.data.records).map((resource) => [resource, state.all(resource as Resource).map((stored) => ({ ...stored.data, createdWithKey: nameOf(state, stored.createdWithKey) }))])));
  app.get('/sandbox/writes', async () => ({ writes: state.data.writes }));
  app.post('/sandbox/edit', async (request, reply) => {
    const { resource, id, patch } = body(request) as { resource: Resource; id: string; patch: Record<string, unknown> };
    const stored = state.get(resource, id);
    if (!stored) return reply.code(404).send({ error: 'no such record' });
    state.put(resource, edited(resource, stored.data, patch));
    hooks.announce({ action: actionOf(resource), id, resource });
    return state.get(resource, id)?.data;
  });
  app.post('/sandbox/delete', async (request) => {
    const { resource, id } = body(request) as { resource: Resource; id: string };
    state.remove(resource, id);
    hooks.announce({ action: resource === 'candidate' ? 'candidateDelete' : actionOf(resource), id, resource });
    return {};
  });
  app.post('/sandbox/merge', async (request) => {
    const { from, into } = body(request) as { from: string; into: string };
    for (const stored of state.all('application')) {
      const candidate = stored.data.candidate as { id: string };
      if (candidate.id === from) state.put('application', { ...stored.data, candidate: { ...candidate, id: into } });
    }
    state.remove('candidate', from);
    state.data.mergedInto[from] = into;
    hooks.announceMerge(from, into);
    return {};
  });
  app.post('/sandbox/create-candidate', async (request) => {
    const { name, email, phone } = body(request) as { name: string; email: string; phone?: string };
    return state.put('candidate', candidateOf({ id: randomUUID(), name, email, phone, created: new Date().toISOString() })).data;
  });
  app.post('/sandbox/webhooks', async (request) => {
    state.data.hooks.push(body(request) as unknown as SandboxData['hooks'][number]);
    return {};
  });
  app.post('/sandbox/forget-tokens', async () => {
    state.data.generation += 1;
    return {};
  });
  app.post('/sandbox/faults', async (request) => {
    faults.add(body(request) as unknown as Fault);
    return { faults: faults.list() };
  });
  app.get('/sandbox/faults', async () => ({ faults: faults.list() }));
  app.delete('/sandbox/faults', async () => {
    faults.clear();
    return {};
  });
}

function nameOf(state: SandboxState, key: string | undefined): string | null {
  return state.data.keys.find((one) => one.key === key)?.name ?? key ?? null;
}

function actionOf(resource: Resource): string {
  return { candidate: 'candidateUpdate', job: 'jobUpdate', application: 'applicationUpdate', interviewStage: 'jobUpdate', interviewPlan: 'jobUpdate', interviewSchedule: 'interviewScheduleUpdate' }[resource];
}

/** A schedule's times stand in its first event. */
function edited(resource: Resource, data: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  if (resource !== 'interviewSchedule') return merged(data, patch);
  const { startTime, endTime, ...rest } = patch;
  const [first, ...others] = data.interviewEvents as Record<string, unknown>[];
  const event = { ...first, ...(startTime ? { startTime } : {}), ...(endTime ? { endTime } : {}), updatedAt: new Date().toISOString() };
  return { ...merged(data, rest), interviewEvents: rest.interviewEvents ?? [event, ...others] };
}

function merged(data: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const next = { ...data };
  for (const [name, value] of Object.entries(patch)) {
    const before = next[name];
    const both = value !== null && typeof value === 'object' && !Array.isArray(value) && before !== null && typeof before === 'object' && !Array.isArray(before);
    next[name] = both ? merged(before as Record<string, unknown>, value as Record<string, unknown>) : value;
  }
  return next;
}

class Saver {
  private timer: NodeJS.Timeout | undefined;
  constructor(private readonly path: string) {}

  load(): SandboxData | undefined {
    return existsSync(this.path) ? { ...emptyData(), ...(JSON.parse(readFileSync(this.path, 'utf8')) as SandboxData) } : undefined;
  }
  soon(data: SandboxData): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.now(data);
    }, SAVE_AFTER_MS);
  }
  now(data: SandboxData): void {
    writeFileSync(`${this.path}.new`, JSON.stringify(data));
    renameSync(`${this.path}.new`, this.path);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
