import type { CallFailure, Classified, Connector } from './connector.js';
import { ConnectorFailure } from './failure.js';
import type { FailedCall } from './http.js';
import { retryAfterMs } from './retry-after.js';
import type { WaitHeader } from './throttle.js';

export interface JudgeContext {
  /** True inside create, update and remove: a lost answer to a write is then an unknown outcome. */
  writing: boolean;
  /** An earlier call of the same operation already changed something. */
  wroteBefore: boolean;
  now: Date;
  /** Where this vendor says how long to stay away. */
  waitHeaders?: WaitHeader[];
}

/** From a failed call to the error to throw: the connector's code, the wait that the vendor asked for, and whether a write may have landed. */
export function judgeFailure(connector: Connector, failed: FailedCall, context: JudgeContext): ConnectorFailure {
  const { detail, wrote, ...failure } = failed;
  const verdict = classified(connector, failure);
  const lost = context.writing && wrote && isOpen(failure, verdict);
  return new ConnectorFailure({
    ...verdict,
    code: lost ? 'UNKNOWN_OUTCOME' : verdict.code,
    status: failure.status,
    detail: verdict.detail ?? detail ?? describeAnswer(failure),
    outcomeUnknown: lost || (context.writing && context.wroteBefore),
    retryAfterMs:
      verdict.retryAfterMs ??
      (verdict.code === 'RATE_LIMITED' ? retryAfterMs(failure.headers ?? {}, context.now, context.waitHeaders) : undefined),
  });
}

function classified(connector: Connector, failure: CallFailure): Classified {
  const verdict = connector.classify(failure);
  return typeof verdict === 'string' ? { code: verdict } : verdict;
}

/** No answer, an unreadable one, or a server error that the connector does not know as a definite no. */
function isOpen({ status }: CallFailure, { code }: Classified): boolean {
  return status === undefined || (status >= 500 && (code === 'TRANSIENT' || code === 'RATE_LIMITED'));
}

function describeAnswer({ method, status }: CallFailure): string {
  return status === undefined ? `${method} got no answer` : `${method} was answered with ${status}`;
}
