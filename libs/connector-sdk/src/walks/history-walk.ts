import type { ConnectorContext } from '../connector.js';
import { moved, walkOf, type Page, type Walk, type WalkOptions } from './walk.js';

interface State {
  /** Everything up to this is read, or will be when this walk ends. */
  id: string;
  /** A listing of everything is under way. */
  listing?: true;
  place?: string;
}

/** Changes after a growing id. The id is taken before the first listing, so that what changes meanwhile is read again and not lost. */
export function historyWalk<Settings>(
  options: WalkOptions & {
    latestId: (context: ConnectorContext<Settings>) => Promise<string>;
    list: (context: ConnectorContext<Settings>, at: { place?: string; since?: Date }) => Promise<Page>;
    changes: (context: ConnectorContext<Settings>, at: { id: string; place?: string }) => Promise<Page & { id?: string }>;
  },
): Walk<Settings> {
  return walkOf<Settings, State>('history', options, async (context, before, since) => {
    const state: State = before ?? { id: await options.latestId(context), listing: true };
    const { id, place, listing } = state;
    if (listing) {
      const { records, next } = await options.list(context, { place, since });
      return next === undefined
        ? { records, next: { id }, done: true }
        : { records, next: { id, listing, place: moved(place, next) }, done: false };
    }
    const { records, next, id: newest } = await options.changes(context, { id, place });
    return next === undefined
      ? { records, next: { id: newest ?? id }, done: true }
      : { records, next: { id, place: moved(place, next) }, done: false };
  });
}
