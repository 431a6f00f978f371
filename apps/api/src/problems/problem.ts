import { Many, Text, Whole } from '../described.js';

export class ProblemPart {
  @Text({ description: 'JSON pointer into the request' }) pointer: string;
  @Text() code: string;
  @Text() detail: string;
}

/** RFC 9457. */
export class ProblemView {
  @Text({ description: 'where the code is explained' }) type: string;
  @Text() title: string;
  @Whole() status: number;
  @Text() code: string;
  @Text({ description: 'what is wrong and what to do' }) detail: string;
  @Text({ description: 'the X-Request-Id of this answer' }) traceId: string;
  @Many(ProblemPart) errors: ProblemPart[];
}

/** An answer that says no, in RFC 9457: what is wrong, where, and the way out. Never holds a payload, a statement or a stack. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: ProblemPart[] = [],
    readonly more: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

export function notFound(what: string): Problem {
  return new Problem(404, 'NOT_FOUND', `there is no such ${what}`);
}

export function problemBody(problem: Problem, traceId: string): Record<string, unknown> {
  const { status, code, detail, errors, more } = problem;
  return {
    type: `/docs/errors#${code.toLowerCase()}`,
    title: code.toLowerCase().replaceAll('_', ' '),
    status,
    code,
    detail,
    traceId,
    errors,
    ...more,
  };
}
