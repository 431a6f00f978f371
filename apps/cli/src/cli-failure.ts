import { EXIT, type ExitCode } from './exit-codes.js';

interface ProblemPart {
  pointer: string;
  code: string;
  detail: string;
}
/** RFC 9457 as the API answers it. */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  traceId?: string;
  errors?: ProblemPart[];
  [more: string]: unknown;
}

/** Ends the command: a sentence that says what is wrong and the way out. */
export class CliFailure extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT.failure,
    readonly problem?: Problem,
  ) {
    super(message);
  }
}

export function usage(message: string): CliFailure {
  return new CliFailure(message, EXIT.usage);
}

/** The problem as a person reads it: the sentence, each wrong field, and what to quote when asking for help. */
export function problemText(problem: Problem): string {
  const parts = (problem.errors ?? []).map(({ pointer, detail }) => `  ${pointer}: ${detail}`);
  const way = WAYS_OUT[problem.code];
  const trace = problem.status >= 500 && problem.traceId ? [`trace id ${problem.traceId}`] : [];
  return [`${problem.detail} (${problem.code})`, ...parts, ...(way ? [way] : []), ...trace].join('\n');
}

/** Where the API's sentence is about HTTP, this one is about the command line. */
const WAYS_OUT: Record<string, string> = {
  UNAUTHENTICATED: 'Set TRIBUTARY_KEY, or store a key with: tributary profile set <name> --api <url>',
  RECORDS_UNDECIDED: 'Repeat the command with --records keep or --records detach.',
};
