import type { ConnectorContext, RawRecord } from '../connector.js';
import { moved, walkOf, type Walk, type WalkOptions } from './walk.js';

/** What is known of a folder since the last walk through it (RFC 3501 §2.3.1.1, RFC 7162). */
export interface FolderState {
  /** UIDVALIDITY: with another one all UIDs mean nothing. */
  validity: string;
  /** UIDs from here on are new. */
  next: number;
  /** Messages in it. */
  exists: number;
  /** HIGHESTMODSEQ; absent where the server keeps none. */
  modseq?: string;
  /** UIDs that were in it, as a set; kept only where the server does not tell what vanished. */
  present?: string;
  /** UIDs that were passed over, because they are not sent yet. */
  drafts?: number[];
}
/** A look into a folder: its state as it will be once everything new is read, what vanished, and which of the drafts were sent. */
export interface FolderLook {
  now: FolderState;
  /** The first UID to read; after `now.next` there is nothing new. */
  from: number;
  vanished?: string[];
  sent?: number[];
}
export interface FolderPage {
  records: RawRecord[];
  drafts?: number[];
  /** The UID from which the next page goes on; absent on the last. */
  next?: number;
}
interface State {
  folders: Record<string, FolderState>;
  /** Folders that this walk has still to go through, the one under way first. */
  left?: string[];
  at?: { now: FolderState; from: number; sent?: number[] };
  since?: string;
}

/**
 * Messages of several folders by UID, and by what the server says of changes since. A folder whose UIDs lost their meaning is read again as a whole:
 * messages are known by what is in them, so that nothing is new that was there before. What vanished is named by version.
 */
export function modseqWalk<Settings>(
  options: WalkOptions & {
    folders: (context: ConnectorContext<Settings>) => Promise<string[]>;
    look: (context: ConnectorContext<Settings>, at: { folder: string; known?: FolderState; since?: Date }) => Promise<FolderLook>;
    page: (
      context: ConnectorContext<Settings>,
      at: { folder: string; validity: string; from: number; to: number; also?: number[]; since?: Date },
    ) => Promise<FolderPage>;
  },
): Walk<Settings> {
  return walkOf<Settings, State>('modseq', { scope: 'account', ...options }, async (context, before, since) => {
    const state: State = before?.left
      ? before
      : { folders: before?.folders ?? {}, left: await options.folders(context), ...(since && !before && { since: since.toISOString() }) };
    const [folder, ...others] = state.left ?? [];
    if (folder === undefined) return { records: [], next: { folders: {} }, done: true };
    const bound = state.since === undefined ? {} : { since: new Date(state.since) };
    const look: FolderLook = state.at ?? (await options.look(context, { folder, known: state.folders[folder], ...bound }));
    const { now, from, sent } = look;
    const page = await options.page(context, { folder, validity: now.validity, from, to: now.next - 1, also: sent, ...bound });
    const drafts = [...(now.drafts ?? []), ...(page.drafts ?? [])].slice(-DRAFTS);
    const after: FolderState = { ...now, drafts: drafts.length > 0 ? drafts : undefined };
    const found = { records: page.records, vanished: look.vanished };
    if (page.next !== undefined)
      return { ...found, next: { ...state, at: { now: after, from: Number(moved(String(from), String(page.next))) } }, done: false };
    const folders = { ...state.folders, [folder]: after };
    if (others.length > 0) return { ...found, next: { folders, left: others, since: state.since }, done: false };
    // What is no folder any more is forgotten; should it come back, it is read from its beginning.
    return { ...found, next: { folders }, done: true };
  });
}

const DRAFTS = 200;
