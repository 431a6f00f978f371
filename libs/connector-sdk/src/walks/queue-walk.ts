import type { ConnectorContext, RawRecord } from '../connector.js';
import { ConnectorFailure } from '../failure.js';
import { walkOf, type Walk, type WalkOptions } from './walk.js';

/**
 * Messages that the vendor keeps until they are acknowledged. One is acknowledged when the next is asked for, and the engine asks for the next only
 * after the records of the last are stored: killed at any point, a message is read twice, never lost.
 */
export function queueWalk<Settings>(
  options: WalkOptions & {
    /** The first message; undefined when none waits. */
    take: (context: ConnectorContext<Settings>) => Promise<{ id: string; records: RawRecord[] } | undefined>;
    acknowledge: (context: ConnectorContext<Settings>, id: string) => Promise<void>;
  },
): Walk<Settings> {
  return walkOf<Settings, { taken?: string }>('queue', options, async (context, before) => {
    if (before?.taken !== undefined) await options.acknowledge(context, before.taken).catch(unlessGone);
    const message = await options.take(context);
    return message ? { records: message.records, next: { taken: message.id }, done: false } : { records: [], next: {}, done: true };
  });
}

/** It was acknowledged before the process died. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ConnectorFailure) || error.code !== 'NOT_FOUND') throw error;
}
