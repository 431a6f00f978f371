/** Where a walk over a calendar stands. Small whatever the calendar's size: a page is a range of names of a listing that is asked for again. */
export type WalkCursor =
  /** All is read up to this token (or, without RFC 6578, up to this collection tag). */
  | { at: string; kind: 'token' | 'tag' }
  /** In the middle: names up to `after` are done; `from` began the walk (absent: full), `to` is where it will have come. */
  | { kind: 'token' | 'tag'; from?: string; to: string; after: string };

export function encodeCursor(cursor: WalkCursor): string {
  return JSON.stringify(cursor);
}

/** Undefined for a text that is no cursor of ours: the state is lost then, not the run. */
export function decodeCursor(text: string): WalkCursor | undefined {
  try {
    const value = JSON.parse(text) as WalkCursor;
    const known = value.kind === 'token' || value.kind === 'tag';
    return known && ('at' in value || ('to' in value && 'after' in value)) ? value : undefined;
  } catch {
    return undefined;
  }
}
