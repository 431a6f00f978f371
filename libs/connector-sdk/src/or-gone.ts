import type { Fetched } from './connector.js';
import { ConnectorFailure } from './failure.js';

/** A read of one record, where the vendor says NOT_FOUND of what is gone. */
export async function orGone(read: () => Promise<Fetched>): Promise<Fetched> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConnectorFailure && error.code === 'NOT_FOUND') return { state: 'gone' };
    throw error;
  }
}
