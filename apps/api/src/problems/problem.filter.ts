import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ConnectorFailure } from '#hub/connector-sdk';
import { IllegalTransition, Refusal } from '#hub/sync';
import type { Logger } from 'pino';
import { Problem, problemBody } from './problem.js';

interface Reply { code: (status: number) => Reply; header: (name: string, value: string) => Reply; send: (body: unknown) => void }

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<{ id: string }>();
    const problem = this.problemOf(error, request.id);
    if (problem.status === 429 || problem.status === 503) http.getResponse<Reply>().header('retry-after', '1');
    http.getResponse<Reply>().code(problem.status).header('content-type', 'application/problem+json').send(problemBody(problem, request.id));
  }

  private problemOf(error: unknown, requestId: string): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof Refusal) return new Problem(error.status, error.code, error.message, error.errors, error.more);
    if (error instanceof IllegalTransition) return new Problem(409, 'ILLEGAL_TRANSITION', error.message);
    if (error instanceof ConnectorFailure) return new Problem(422, error.code, error.detail, error.field ? [{ pointer: `/settings/${error.field}`, code: error.code, detail: error.detail }] : []);
    if (error instanceof HttpException) return httpProblem(error);
    const status = (error as { statusCode?: number }).statusCode;
    if (status !== undefined && status < 500) return new Problem(status, status === 413 ? 'TOO_LARGE' : 'BAD_REQUEST', 'the request cannot be read: it is too large, or its body is not valid JSON');
    this.log.error({ requestId, fault: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : 'unknown' }, 'request failed');
    return new Problem(500, 'INTERNAL', 'something of ours failed; nothing was changed. Report the trace id');
  }
}

function httpProblem(error: HttpException): Problem {
  const status = error.getStatus();
  return new Problem(status, status === 404 ? 'NOT_FOUND' : 'BAD_REQUEST', status === 404 ? 'there is no such address' : 'the request is not understood');
}
