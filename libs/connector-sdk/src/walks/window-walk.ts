import type { ConnectorContext } from '../connector.js';
import { moved, walkOf, type Page, type Walk, type WalkOptions } from './walk.js';

export interface WindowPlace {
  /** Changed at or after this; absent on a walk over everything, and on later pages of a vendor with exclusive cursors. */
  from?: Date;
  /** And before this: fixed when the walk begins, so that its pages do not shift under it. Absent as `from` is. */
  to?: Date;
  /** Where the page begins; absent on the first one. */
  place?: string;
}
interface State {
  from?: string;
  to: string;
  place?: string;
}

/** Records by the time of their last change. Each walk begins a while before the end of the last: clocks differ, and rows become visible late. */
export function windowWalk<Settings>(
  options: WalkOptions & {
    overlapMs: number;
    /** The cursor of a page must be its only parameter. */
    exclusiveCursor?: boolean;
    page: (context: ConnectorContext<Settings>, at: WindowPlace) => Promise<Page>;
  },
): Walk<Settings> {
  const { overlapMs, exclusiveCursor = false, page } = options;
  return walkOf<Settings, State>('window', options, async (context, before, since) => {
    const state = before?.place !== undefined ? before : begin(context.now(), { last: before?.to, since, overlapMs });
    const bounds = { ...(state.from !== undefined && { from: new Date(state.from) }), to: new Date(state.to) };
    const { place } = state;
    const { records, next } = await page(context, { ...(exclusiveCursor && place !== undefined ? {} : bounds), place });
    if (next === undefined) return { records, next: { to: state.to }, done: true };
    return { records, next: { ...state, place: moved(place, next) }, done: false };
  });
}

function begin(now: Date, { last, since, overlapMs }: { last?: string; since?: Date; overlapMs: number }): State {
  const from = last === undefined ? since : new Date(Date.parse(last) - overlapMs);
  return { ...(from && { from: from.toISOString() }), to: now.toISOString() };
}
