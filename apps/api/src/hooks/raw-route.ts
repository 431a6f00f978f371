import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Acknowledgement, Delivery } from '#hub/connector-sdk';
import { Problem, problemBody } from '../problems/problem.js';

/** A call on one of our endpoints, with its bytes. */
export interface Arrival extends Delivery {
  endpointId: string;
  /** What follows the endpoint in the address, with its slash. */
  path: string;
  query: Record<string, unknown>;
}
/** An answer in the caller's own terms, or a refusal in ours. */
export type RawAnswer = Acknowledgement | { status: 401 | 404 | 405 | 429 | 500 | 503; code: string; detail: string };

/** What of Fastify is used here; its own types are not a direct dependency. */
interface Scope {
  removeAllContentTypeParsers: () => void;
  addContentTypeParser: (
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parse: (request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => void,
  ) => void;
  route: (route: {
    method: string[];
    url: string;
    bodyLimit: number;
    helmet: false;
    onRequest?: (request: RawRequest, reply: RawReply) => Promise<unknown>;
    handler: (request: RawRequest, reply: RawReply) => Promise<unknown>;
  }) => void;
}
interface RawRequest {
  id: string;
  params: { endpoint: string; '*'?: string };
  headers: Record<string, string | string[] | undefined>;
  method: string;
  url: string;
  query: Record<string, unknown>;
  body?: Buffer;
}
interface RawReply {
  code: (status: number) => RawReply;
  header: (name: string, value: string) => RawReply;
  send: (body: unknown) => RawReply;
  raw: { once: (event: 'close', then: () => void) => void };
}

export interface RawRoute {
  methods: string[];
  url: string;
  bodyLimit: number;
  /** Where senders reach us; without it `url` of an arrival is not known. */
  publicUrl?: string;
  /** Asked before a body is read: a refusal, or what is to be done once the answer is out. */
  admit?: (endpointId: string) => Promise<RawAnswer | (() => void)>;
  take: (arrival: Arrival) => Promise<RawAnswer>;
}

/** Routes outside of Nest, for machines that prove themselves on the raw bytes of what they send. */
export function routeRaw(adapter: FastifyAdapter, { methods, url, bodyLimit, publicUrl, admit, take }: RawRoute): void {
  const fastify = adapter.getInstance() as unknown as {
    register: (plugin: (scope: Scope, options: unknown, done: () => void) => void) => void;
  };
  fastify.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, next) => next(null, body));
    scope.route({
      method: methods,
      url,
      bodyLimit,
      // Machines read these answers: the headers that guard browsers would cost more than the delivery's signature.
      helmet: false,
      ...(admit && {
        async onRequest(request, reply) {
          // Callers may be gone before they are admitted: who listens only then never hears of it.
          const caller: { gone: boolean; leave?: () => void } = { gone: false };
          reply.raw.once('close', () => {
            caller.gone = true;
            caller.leave?.();
          });
          const admitted = await admit(request.params.endpoint);
          if (typeof admitted !== 'function') return say(admitted, request, reply);
          caller.leave = admitted;
          if (caller.gone) admitted();
        },
      }),
      async handler(request, reply) {
        const answer = await take({
          endpointId: request.params.endpoint,
          path: `/${request.params['*'] ?? ''}`,
          method: request.method,
          url: publicUrl && `${publicUrl}${request.url}`,
          query: request.query,
          headers: request.headers as Record<string, string>,
          rawBody: request.body ?? Buffer.alloc(0),
        });
        return say(answer, request, reply);
      },
    });
    done();
  });
}

function say(answer: RawAnswer, request: RawRequest, reply: RawReply): RawReply {
  reply.header('x-content-type-options', 'nosniff');
  if ('body' in answer) return reply.code(answer.status).header('content-type', answer.contentType).send(answer.body);
  if (answer.status === 503 || answer.status === 429) reply.header('retry-after', '1');
  const problem = new Problem(answer.status, answer.code, answer.detail);
  return reply.code(answer.status).header('content-type', 'application/problem+json').send(problemBody(problem, request.id));
}
