import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { endpoints } from './endpoints/index.js';
import { contentOf } from './endpoints/files.js';
import type { Body, Call, Endpoint } from './endpoints/endpoint.js';
import { checkInput } from './input.js';
import type { ApiKey } from './records.js';
import { Refusal, refusalBody } from './refusal.js';
import { refuseTokens, spoilAnswer } from './spoil-answer.js';
import { sendInstead, sendSpoilt } from './spoil-transport.js';
import type { Vendor } from './vendor.js';

/** The vendor's own API: `POST /<resource>.<verb>`. */
export function serveApi(app: FastifyInstance, vendor: Vendor): void {
  app.post('/:endpoint', async (request: FastifyRequest<{ Params: { endpoint: string } }>, reply) => {
    const { endpoint } = request.params;
    const latency = vendor.faults.take('latency', endpoint);
    if (latency) await sleep(latency.ms);
    if (sendInstead(vendor.faults, endpoint, reply)) return reply;
    return sendSpoilt(vendor.faults, { endpoint, reply, ...answerOf(vendor, { endpoint, request, reply }) });
  });
  // Addresses of files know no key: who has one may read, until it runs out.
  app.get(
    '/files/:ownerId/:fileId',
    async (request: FastifyRequest<{ Params: { ownerId: string; fileId: string }; Querystring: { expires?: string } }>, reply) => {
      const ranOut = Number(request.query.expires ?? 0) < Date.now() || vendor.faults.take('file-expired', 'files');
      if (ranOut)
        return reply
          .code(403)
          .type('application/xml')
          .send('<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>');
      const bytes = contentOf(vendor.store, request.params);
      return bytes ? reply.type('application/pdf').send(bytes) : reply.code(404).send();
    },
  );
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(refusalBody({ code: 'endpoint_not_found', message: 'There is no such endpoint' }, randomUUID())),
  );
}

interface Asked {
  endpoint: string;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** The body to send, and whether the call changed anything. */
function answerOf(vendor: Vendor, asked: Asked): { body: Body; wrote: boolean } {
  try {
    return perform(vendor, asked);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    asked.reply.code(error.status);
    return { body: refusalBody(error, randomUUID()), wrote: false };
  }
}

function perform(vendor: Vendor, { endpoint, request }: Asked): { body: Body; wrote: boolean } {
  const { store, faults } = vendor;
  const key = keyOf(vendor, request.headers.authorization);
  const definition = Object.hasOwn(endpoints, endpoint) ? endpoints[endpoint] : undefined;
  if (!definition) throw new Refusal('endpoint_not_found', 'There is no such endpoint', 404);
  if (!key.permissions.includes(definition.permission)) {
    throw new Refusal('missing_endpoint_permission', `The API key needs the permission ${definition.permission}`, 403);
  }
  const body = parsed(request);
  checkInput(definition.fields, body);
  refusePermissionLost(vendor, endpoint, body);
  refuseTokens(faults, endpoint, body);
  store.lagMs = definition.wrote ? (faults.take('lag', endpoint)?.ms ?? 0) : 0;
  try {
    const answer = definition.answer(callOf(vendor, { key, body, endpoint, origin: `http://${request.headers.host}` }));
    log(vendor, { definition, endpoint, answer, key });
    return { body: { success: true, ...spoilAnswer(faults, endpoint, answer) }, wrote: definition.wrote !== undefined };
  } finally {
    store.lagMs = 0;
  }
}

function callOf(
  { store, faults, hooks }: Vendor,
  { key, body, endpoint, origin }: { key: ApiKey; body: Body; endpoint: string; origin: string },
): Call {
  const storedTime = (time: string) => (faults.take('reformat', endpoint) ? `${time.slice(0, 16)}:00.000Z` : time);
  return { store, key, body, origin, storedTime, announce: (action, data) => hooks.send(action, data) };
}

function keyOf({ store }: Vendor, header: string | undefined): ApiKey {
  const given = /^Basic (.+)$/i.exec(header ?? '')?.[1] ?? '';
  const [name, password] = Buffer.from(given, 'base64').toString().split(':');
  const key = store.extras.keys.find((one) => one.key === name);
  if (!key || password) throw new Refusal('invalid_api_key', 'The API key is missing or wrong', 401);
  return key;
}

function parsed({ body, headers }: FastifyRequest): Body {
  if (body !== undefined && body !== '' && !/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    throw new Refusal('invalid_input', 'Content-Type must be application/json');
  }
  try {
    const value: unknown = JSON.parse((body as string | undefined) || '{}');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  } catch {
    // Refused below, in the vendor's own form.
  }
  throw new Refusal('invalid_input', 'The body must be a JSON object');
}

function refusePermissionLost({ faults, store }: Vendor, endpoint: string, body: Body): void {
  const named = new Set(Object.values(body).filter((value) => typeof value === 'string'));
  const lost = faults.take(
    'permission-lost',
    endpoint,
    ({ recordId }) => recordId !== undefined && (named.has(recordId) || ofLost(recordId)),
  );
  function ofLost(recordId: string): boolean {
    return (
      endpoint.startsWith('interviewSchedule.') &&
      store.find('interviewSchedule', String(body.interviewScheduleId))?.applicationId === recordId
    );
  }
  if (lost) throw new Refusal('insufficient_permissions', 'The API key has no access to this record');
}

function log(
  { store }: Vendor,
  { definition, endpoint, answer, key }: { definition: Endpoint; endpoint: string; answer: Body; key: ApiKey },
): void {
  if (!definition.wrote) return;
  const { writes } = store.extras;
  writes.push({ seq: writes.length + 1, at: new Date().toISOString(), endpoint, key: key.name, ...definition.wrote(answer) });
}
