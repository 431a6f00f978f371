import type { ConnectorContext, RawRecord } from '../connector.js';
import { ConnectorFailure } from '../failure.js';
import { moved, walkOf, type Walk, type WalkOptions } from './walk.js';

/** Changes by links that the vendor hands out and that are followed as they are: to the next page, and from the last page to the next round. */
export function linkWalk<Settings>(
  options: WalkOptions & {
    /** `link` is absent at the start of the first round. */
    page: (
      context: ConnectorContext<Settings>,
      at: { link?: string; since?: Date },
    ) => Promise<{ records: RawRecord[]; nextLink?: string; deltaLink?: string }>;
  },
): Walk<Settings> {
  return walkOf<Settings, { link: string }>('link', options, async (context, before, since) => {
    const link = before?.link;
    const { records, nextLink, deltaLink } = await options.page(context, { link, since: link === undefined ? since : undefined });
    if (nextLink !== undefined) return { records, next: { link: moved(link, nextLink) }, done: false };
    if (deltaLink !== undefined) return { records, next: { link: deltaLink }, done: true };
    throw new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: 'the page names neither a next page nor the link of the next round' });
  });
}
