import { ConnectorFailure } from '#hub/connector-sdk';
import { LostLease } from '#hub/persistence';
import { isDatabaseAway } from './database-failure.js';
import { faultOf, framesOf } from './plain-failure.js';

/** True where the same call is simply to be made again, by whoever owns the work now. */
export function isOutsideOfUs(error: unknown): boolean {
  return error instanceof LostLease || isDatabaseAway(error);
}

/** A fault of ours as a failure: its class and its place, never its message, which may quote a record. */
export function asFailure(error: unknown): ConnectorFailure {
  if (error instanceof ConnectorFailure) return error;
  const [frame] = framesOf(error);
  const place = /at (?:async )?(?:(\S+) \()?.*?([\w.-]+):\d+:\d+\)?$/.exec(frame ?? '');
  const where = place ? ` in ${[place[1], place[2]].filter(Boolean).join(', ')}` : '';
  return new ConnectorFailure({ code: 'BUG', detail: `a fault of the hub or its connector (${faultOf(error)}${where}); report it` });
}
