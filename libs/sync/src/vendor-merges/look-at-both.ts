import { canonicalHash, type CanonicalValue } from '#hub/canonical';
import type { ConnectorSession, Fetched } from '#hub/connector-sdk';
import type { StreamContext } from '../stream-context.js';
import type { MergeSide } from './vendor-merge.js';

export interface Both {
  kept: Fetched;
  dropped: Fetched;
}

/** What their system says of two records now. @throws ConnectorFailure */
export async function lookAtBoth(
  session: ConnectorSession,
  { name }: StreamContext,
  { kept, dropped }: { kept: Pick<MergeSide, 'externalId'>; dropped: Pick<MergeSide, 'externalId'> },
): Promise<Both> {
  return {
    kept: await session.fetch(name, { externalId: kept.externalId, parents: {} }),
    dropped: await session.fetch(name, { externalId: dropped.externalId, parents: {} }),
  };
}

/** Whether a record says, to the last word, what its snapshot says. */
export function isAsSeen(fetched: Fetched, { payload }: Pick<MergeSide, 'payload'>): boolean {
  return fetched.state === 'found' && canonicalHash(parsed(snapshotText(fetched.record.payload))) === canonicalHash(parsed(payload));
}

/** PostgreSQL keeps no zero characters. */
export function snapshotText(payload: unknown): string {
  return JSON.stringify(payload).replaceAll('\\u0000', '');
}

function parsed(text: string): CanonicalValue {
  return JSON.parse(text) as CanonicalValue;
}
