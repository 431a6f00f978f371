import type { ConnectorContext, CursorDefinition, CursorKind, PulledPage, RawRecord, StreamDefinition } from '../connector.js';
import { ConnectorFailure } from '../failure.js';
import { parseJson } from '../parse-json.js';

/** The two parts of a stream that say how it is walked; spread them into it. */
export type Walk<Settings> = Pick<StreamDefinition<Settings>, 'cursor' | 'pull'>;

export interface WalkOptions extends Pick<CursorDefinition, 'scope'> {
  /** Statuses that mean, of a call with a cursor, that the vendor no longer knows it. */
  lost?: number[];
}
/** A page of records, and where the next one begins; without `next` it is the last. */
export interface Page {
  records: RawRecord[];
  next?: string;
}

/**
 * A walk whose cursor is `state` as JSON. A text of another walk, or of another shape, is CURSOR_EXPIRED: the engine then walks in full.
 * @param step reads one page from a state; `state` is undefined at the very start
 */
export function walkOf<Settings, State extends object>(
  kind: CursorKind,
  { lost = [], scope = 'stream', overlapMs }: WalkOptions & { overlapMs?: number },
  step: (context: ConnectorContext<Settings>, state: State | undefined, since: Date | undefined) => Promise<Step<State>>,
): Walk<Settings> {
  return {
    cursor: { kind, scope, ...(overlapMs !== undefined && { overlapMs }) },
    async pull({ cursor, since, ...context }): Promise<PulledPage> {
      const state = cursor === undefined ? undefined : readState<State>(kind, cursor);
      const { records, vanished, next, done } = await step(context, state, since).catch((error: unknown) => {
        throw state !== undefined && isLost(error, lost) ? cursorLost('the vendor no longer knows the cursor') : error;
      });
      return { records, ...(vanished?.length && { vanished }), nextCursor: JSON.stringify({ walk: kind, ...next }), done };
    },
  };
}

export interface Step<State> {
  records: RawRecord[];
  vanished?: string[];
  next: State;
  done: boolean;
}

/** A vendor that points to the page that was just read would be walked for ever. */
export function moved(from: string | undefined, to: string): string {
  if (from !== to) return to;
  throw new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: 'the vendor names the page that was just read as the next one' });
}

function readState<State>(kind: CursorKind, text: string): State {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || (value as { walk?: unknown }).walk !== kind)
    throw cursorLost('the stored cursor cannot be read');
  const { walk: _, ...state } = value as { walk: string };
  return state as State;
}

function isLost(error: unknown, lost: number[]): boolean {
  return error instanceof ConnectorFailure && error.status !== undefined && lost.includes(error.status);
}

function cursorLost(detail: string): ConnectorFailure {
  return new ConnectorFailure({ code: 'CURSOR_EXPIRED', detail });
}
