export interface ProblemPart { pointer: string; code: string; detail: string }

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
  return {
    type: `https://tributary.dev/problems/${problem.code.toLowerCase().replaceAll('_', '-')}`, title: problem.code.toLowerCase().replaceAll('_', ' '), status: problem.status, code: problem.code,
    detail: problem.detail, traceId, errors: problem.errors, ...problem.more,
  };
}
