import helmet from '@fastify/helmet';
import { RequestMethod } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Hub } from '#hub/sync';
import { ApiModule } from './app.module.js';
import { WebhookIntake } from './hooks/intake.js';
import { describeApi } from './open-api.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { problemBody, Problem } from './problems/problem.js';
import { validationPipe } from './problems/validation.js';

const BODY_LIMIT = 1024 * 1024;

/** Builds the API over a hub: deny by default, problems as RFC 9457, webhooks on raw bytes. */
export async function createApi(hub: Hub, log: Logger): Promise<{ app: NestFastifyApplication; intake: WebhookIntake }> {
  const adapter = new FastifyAdapter({ bodyLimit: BODY_LIMIT, genReqId: () => randomUUID(), requestIdHeader: false, trustProxy: false });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(hub), adapter, { logger: false, abortOnError: false });
  app.setGlobalPrefix('api/v1', { exclude: ['health/live', 'health/ready', 'health/startup', 'metrics'].map((path) => ({ path, method: RequestMethod.GET })) });
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter(log));
  await app.register(helmet as never, { contentSecurityPolicy: { directives: { defaultSrc: ["'self'"], styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", 'data:'] } } } as never);
  const fastify = adapter.getInstance();
  fastify.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  const intake = new WebhookIntake(hub);
  routeWebhooks(fastify as never, intake);
  describeApi(app);
  await app.init();
  return { app, intake };
}

interface RawFastify {
  register: (plugin: (scope: RawScope, options: unknown, done: () => void) => void) => void;
}
interface RawScope {
  removeAllContentTypeParsers: () => void;
  addContentTypeParser: (type: string, options: { parseAs: 'buffer'; bodyLimit: number }, parser: (request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => void) => void;
  post: (path: string, handler: (request: RawRequest, reply: RawReply) => Promise<unknown>) => void;
}
interface RawRequest { id: string; params: { endpoint: string }; headers: Record<string, string | string[] | undefined>; body?: Buffer }
interface RawReply { code: (status: number) => RawReply; header: (name: string, value: string) => RawReply; send: (body: unknown) => RawReply }

/** Public: the sender proves itself by its signature over these very bytes. Outside Nest, since this is the one hot path. */
function routeWebhooks(fastify: RawFastify, intake: WebhookIntake): void {
  fastify.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, next) => next(null, body));
    scope.post('/api/v1/hooks/:endpoint', async (request, reply) => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const answer = await intake.take({ endpointId: request.params.endpoint, headers, rawBody: request.body ?? Buffer.alloc(0) });
      if (answer.status === 200) return reply.code(200).send({ received: true });
      if (answer.status === 503) reply.header('retry-after', '1');
      return reply.code(answer.status).header('content-type', 'application/problem+json').send(problemBody(new Problem(answer.status, answer.code, answer.detail), request.id));
    });
    done();
  });
}
