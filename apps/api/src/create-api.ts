import helmet from '@fastify/helmet';
import { RequestMethod } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Hub } from '#hub/sync';
import { ApiModule } from './app.module.js';
import { Gate } from './hooks/gate.js';
import { WebhookIntake } from './hooks/intake.js';
import { routeRaw } from './hooks/raw-route.js';
import { describeApi } from './open-api.js';
import { PartnerDesk } from './partners/partner-desk.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { validationPipe } from './problems/validation.js';

const BODY_LIMIT = 1024 * 1024;
/** Applications come with documents in them. */
const PARTNER_BODY_LIMIT = 16 * 1024 * 1024;
const OUTSIDE_OF_API = ['health/live', 'health/ready', 'health/startup', 'metrics', 'docs/errors'];
const CONTENT_POLICY = {
  directives: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    upgradeInsecureRequests: null,
  },
};

export interface Api {
  app: NestFastifyApplication;
  intake: WebhookIntake;
  /** All routes that the server has, as `GET /path`. */
  routes: string[];
}

/** Builds the API over a hub: deny by default, problems as RFC 9457, webhooks on raw bytes. */
export async function createApi(hub: Hub, log: Logger): Promise<Api> {
  const adapter = new FastifyAdapter({ bodyLimit: BODY_LIMIT, genReqId: requestIdOf, requestIdHeader: false, trustProxy: false });
  const routes = noteRoutes(adapter);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(hub), adapter, { logger: false, abortOnError: false });
  app.setGlobalPrefix('api/v1', { exclude: OUTSIDE_OF_API.map((path) => ({ path, method: RequestMethod.GET })) });
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter(log));
  await app.register(helmet as never, { contentSecurityPolicy: CONTENT_POLICY } as never);
  const gate = new Gate(hub);
  const intake = new WebhookIntake(hub, gate);
  const desk = new PartnerDesk(hub, gate, log);
  const { publicUrl } = hub.installation;
  // GET only asks whether the address is ours.
  const hooks = { methods: ['GET', 'POST'], url: '/api/v1/hooks/:endpoint', bodyLimit: BODY_LIMIT };
  routeRaw(adapter, { ...hooks, publicUrl, take: (arrival) => intake.take(arrival) });
  const partners = {
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/api/v1/partners/:endpoint/*',
    bodyLimit: PARTNER_BODY_LIMIT,
  };
  routeRaw(adapter, { ...partners, publicUrl, admit: (endpointId) => desk.admit(endpointId), take: (arrival) => desk.take(arrival) });
  describeApi(app);
  await app.init();
  return { app, intake, routes };
}

/** Echoes the caller's id where it is one; anything else could forge lines in a log. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
}

function noteRoutes(adapter: FastifyAdapter): string[] {
  const routes: string[] = [];
  const fastify = adapter.getInstance();
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD' && one !== 'OPTIONS') routes.push(`${one} ${url}`);
  });
  fastify.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  return routes;
}
