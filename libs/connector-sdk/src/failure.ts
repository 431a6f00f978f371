import type { FailureCode } from '#hub/canonical';
import type { Classified } from './connector.js';

export interface FailureFacts extends Classified {
  /** HTTP status, when an answer came. */
  status?: number;
  /** A write may have taken effect although it failed: look for its write id before trying again. */
  outcomeUnknown?: boolean;
}

/** The only error that leaves a session. `message` and `detail` are safe to show: no body, no secret, no query value, no personal data. */
export class ConnectorFailure extends Error {
  readonly code: FailureCode;
  readonly detail: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly field?: string;
  readonly outcomeUnknown: boolean;

  constructor(facts: FailureFacts) {
    const detail = facts.detail ?? 'the call failed';
    super(`${facts.code}: ${detail}`);
    this.name = 'ConnectorFailure';
    this.code = facts.code;
    this.detail = detail;
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
    this.field = facts.field;
    this.outcomeUnknown = facts.outcomeUnknown ?? false;
  }
}
