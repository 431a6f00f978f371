import type { ConnectorContext } from '../connector.js';
import { moved, walkOf, type Page, type Walk, type WalkOptions } from './walk.js';

export interface TokenPlace {
  /** What changed since this; absent on a walk over everything. */
  token?: string;
  /** Where the page begins; absent on the first one. */
  place?: string;
  /** Start of the history window, the same on all pages of a walk over everything. */
  since?: Date;
}
interface State {
  token?: string;
  place?: string;
  since?: string;
}

/** Changes since an opaque token, which the last page of a walk renews. A walk that ends without one is followed by a walk from where it began. */
export function tokenWalk<Settings>(
  options: WalkOptions & {
    page: (context: ConnectorContext<Settings>, at: TokenPlace) => Promise<Page & { token?: string }>;
  },
): Walk<Settings> {
  return walkOf<Settings, State>('token', options, async (context, before, since) => {
    const inside = before?.token !== undefined || before?.place !== undefined;
    const state = inside ? before : { ...(since && { since: since.toISOString() }) };
    const at = { ...state, since: state.since === undefined ? undefined : new Date(state.since) };
    const { records, next, token = state.token } = await options.page(context, at);
    if (next === undefined) return { records, next: token === undefined ? {} : { token }, done: true };
    return { records, next: { ...state, place: moved(state.place, next) }, done: false };
  });
}
