import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { Problem, problemBody } from '../problems/problem.js';
import type { WebhookIntake } from './intake.js';

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
    helmet: false;
    handler: (request: HookRequest, reply: HookReply) => Promise<unknown>;
  }) => void;
}
interface HookRequest {
  id: string;
  params: { endpoint: string };
  headers: Record<string, string | string[] | undefined>;
  method: string;
  url: string;
  query: Record<string, unknown>;
  body?: Buffer;
}
interface HookReply {
  code: (status: number) => HookReply;
  header: (name: string, value: string) => HookReply;
  send: (body: unknown) => HookReply;
}

/** The one hot path, so outside of Nest: raw bytes in, committed rows, 200. */
export function routeWebhooks(
  adapter: FastifyAdapter,
  { intake, bodyLimit, publicUrl }: { intake: WebhookIntake; bodyLimit: number; publicUrl?: string },
): void {
  const fastify = adapter.getInstance() as unknown as {
    register: (plugin: (scope: Scope, options: unknown, done: () => void) => void) => void;
  };
  fastify.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, next) => next(null, body));
    scope.route({
      // GET only asks whether the address is ours.
      method: ['GET', 'POST'],
      url: '/api/v1/hooks/:endpoint',
      // Machines read these answers: the headers that guard browsers would cost more than the delivery's signature.
      helmet: false,
      async handler(request, reply) {
        const answer = await intake.take({
          endpointId: request.params.endpoint,
          method: request.method,
          url: publicUrl && `${publicUrl}${request.url}`,
          query: request.query,
          headers: request.headers as Record<string, string>,
          rawBody: request.body ?? Buffer.alloc(0),
        });
        reply.header('x-content-type-options', 'nosniff');
        if ('body' in answer) return reply.code(answer.status).header('content-type', answer.contentType).send(answer.body);
        if (answer.status === 503) reply.header('retry-after', '1');
        const problem = new Problem(answer.status, answer.code, answer.detail);
        return reply.code(answer.status).header('content-type', 'application/problem+json').send(problemBody(problem, request.id));
      },
    });
    done();
  });
}
