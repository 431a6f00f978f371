import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Logger } from 'pino';
import { ConnectorFailure } from '#hub/connector-sdk';
import { sqlState } from '#hub/persistence';
import { IllegalTransition, Refusal } from '#hub/sync';
import { Problem, problemBody } from './problem.js';

interface Reply {
  code: (status: number) => Reply;
  header: (name: string, value: string) => Reply;
  send: (body: unknown) => void;
}

/** The one place where a failure becomes an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { id } = http.getRequest<{ id: string }>();
    const problem = problemOf(error) ?? this.ourFault(error, id);
    const reply = http.getResponse<Reply>();
    if (problem.status === 429 || problem.status === 503) reply.header('retry-after', '1');
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    reply.code(problem.status).header('content-type', 'application/problem+json').send(problemBody(problem, id));
  }

  /** Only the kind of the fault is logged: a message may quote a value. */
  private ourFault(error: unknown, requestId: string): Problem {
    const fault = error instanceof Error ? error.name : typeof error;
    const at = error instanceof Error ? /\(?((?:apps|libs|connectors)\/[^\s:()]+:\d+)/.exec(error.stack ?? '')?.[1] : undefined;
    this.log.error({ requestId, fault, at, sqlState: sqlState(error) || undefined }, 'request failed');
    return new Problem(500, 'INTERNAL', 'something of ours failed and nothing was changed; report the trace id');
  }
}

function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof Refusal) return new Problem(error.status, error.code, error.message, error.errors, error.more);
  if (error instanceof IllegalTransition) return new Problem(409, 'ILLEGAL_TRANSITION', error.message, [], { allowed: error.allowed });
  if (error instanceof ConnectorFailure) return connectorProblem(error);
  if (error instanceof HttpException) return httpProblem(error.getStatus());
  if (sqlState(error).startsWith('22'))
    return new Problem(
      422,
      'INVALID_REQUEST',
      'a value of this request is outside of what can be stored; look at dates, numbers and control characters',
    );
  if (isAway(error)) return new Problem(503, 'NOT_READY', 'the database cannot be reached; try again in a moment');
  const status = (error as { statusCode?: number } | undefined)?.statusCode;
  return status !== undefined && status >= 400 && status < 500 ? httpProblem(status) : undefined;
}

function connectorProblem(error: ConnectorFailure): Problem {
  const parts = error.field ? [{ pointer: `/settings/${error.field}`, code: error.code, detail: error.detail }] : [];
  return new Problem(422, error.code, `${error.detail}; correct it and send it again`, parts);
}

const SENTENCES: Record<number, { code: string; detail: string }> = {
  404: { code: 'NOT_FOUND', detail: 'there is no such address; see /docs' },
  405: { code: 'NOT_FOUND', detail: 'this address does not take this method; see /docs' },
  413: { code: 'TOO_LARGE', detail: 'the body is larger than 1 MB' },
  415: { code: 'UNSUPPORTED_TYPE', detail: 'send the body as application/json' },
};

function httpProblem(status: number): Problem {
  const { code, detail } = SENTENCES[status] ?? { code: 'BAD_REQUEST', detail: 'the request cannot be read; is its body valid JSON?' };
  return new Problem(status, code, detail);
}

function isAway(error: unknown): boolean {
  const code = sqlState(error);
  return /^(08|57P)/.test(code) || ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'].includes(code);
}
