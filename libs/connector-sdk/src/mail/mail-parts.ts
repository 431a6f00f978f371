import type { Authorization } from '../auth/scheme.js';
import type { ConnectorFailure } from '../failure.js';
import type { FailedCall } from '../http.js';

/** What a mail client needs of the operation that it works for. */
export interface MailParts {
  /** Waits for the vendor's budget. */
  admit: () => Promise<void>;
  authorize: () => Promise<Authorization>;
  renew?: (refused: Authorization) => Promise<boolean>;
  /** The error to throw; the budget has heard of it when the server asked for a pause. */
  judged: (failed: Omit<FailedCall, 'method' | 'wrote'>, method: string) => Promise<ConnectorFailure>;
  /** Something was changed at the server. */
  wrote: () => void;
}
