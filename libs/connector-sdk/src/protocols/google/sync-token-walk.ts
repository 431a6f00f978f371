import type { CursorDefinition, RawRecord } from '../../connector.js';
import { ConnectorFailure } from '../../failure.js';
import type { CallOptions } from '../../http.js';
import { tokenWalk } from '../../walks/token-walk.js';
import type { Walk } from '../../walks/walk.js';

export interface SyncTokenOptions {
  /** Below the base URL. */
  path: string;
  /** The parameters of every call of a walk but its tokens. */
  query?: CallOptions['query'];
  /** Name of the list in an answer; default `items`. */
  items?: string;
  /** Name of the parameter for the start of the history window; with a sync token it is not allowed. */
  since?: string;
  /** What the API answers to a sync token that it no longer knows; default 410. */
  lost?: number[];
  scope?: CursorDefinition['scope'];
  toRaw: (item: unknown) => RawRecord;
}

/** Lists of Google's shape: pages by `pageToken`, changes by a `syncToken` that the last page alone carries. Source: `vendors.md` §2. */
export function syncTokenWalk<Settings>(options: SyncTokenOptions): Walk<Settings> {
  const { path, query = {}, items = 'items', lost = [410], scope } = options;
  return tokenWalk({
    lost,
    scope,
    async page({ http }, { token: syncToken, place: pageToken, since }) {
      const bound = options.since !== undefined && syncToken === undefined ? { [options.since]: since?.toISOString() } : {};
      const page = pageOf(await http.get(path, { query: { ...query, ...bound, syncToken, pageToken } }), items);
      return { records: page.items.map(options.toRaw), next: page.nextPageToken, token: page.nextSyncToken };
    },
  });
}

/** A page that names neither token would end every later walk silently: it is no page. A list without entries may be left out. */
function pageOf(body: unknown, name: string): { items: unknown[]; nextPageToken?: string; nextSyncToken?: string } {
  if (typeof body !== 'object' || body === null) throw drift('an object was expected');
  const { [name]: items = [], nextPageToken, nextSyncToken } = body as Record<string, unknown>;
  if (!Array.isArray(items)) throw drift(`${name} is not a list`);
  if (isText(nextPageToken)) return { items, nextPageToken };
  if (isText(nextSyncToken)) return { items, nextSyncToken };
  throw drift('a page has neither a nextPageToken nor a nextSyncToken');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}
function drift(what: string): ConnectorFailure {
  return new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: `the answer is not a list of Google's shape: ${what}` });
}
