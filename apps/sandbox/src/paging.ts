import type { Body } from './endpoints/endpoint.js';
import { limit, maybe, text, integer, type Fields } from './input.js';
import type { Resource, Tables } from './records.js';
import { Refusal } from './refusal.js';
import { shown, type Row, type Store } from './store.js';

export const pagingFields: Fields = { cursor: maybe(text), limit: maybe(limit) };
export const syncFields: Fields = { ...pagingFields, syncToken: maybe(text), createdAfter: maybe(integer) };

/** Where a walk stands: after the row `after`, over what changed since `since`, ending with a token for `until`. */
interface Walk {
  generation: string;
  resource: string;
  filter: string;
  after: number;
  since: number;
  until: number;
}
export interface Listing<R extends Resource> {
  resource: R;
  keep?: (value: Tables[R]) => boolean;
  view: (value: Tables[R]) => unknown;
  synced?: boolean;
}

/** One page, in the order of creation. The token of the last page is that of the walk's start: what changes meanwhile comes again next time. */
export function listPage<R extends Resource>(store: Store, body: Body, listing: Listing<R>): Body {
  const walk = walkOf(store, body, listing.resource);
  const rows = visibleRows(store, walk, body, listing);
  const size = (body.limit as number | undefined) ?? 100;
  const page = rows.slice(0, size);
  const results = page.map(({ value }) => listing.view(value));
  if (rows.length > size) {
    return { results, moreDataAvailable: true, nextCursor: encode({ ...walk, after: page[page.length - 1]?.order ?? 0 }) };
  }
  return {
    results,
    moreDataAvailable: false,
    ...(listing.synced === false
      ? {}
      : { syncToken: encode({ generation: walk.generation, resource: listing.resource, revision: walk.until }) }),
  };
}

/** The cursor of the same walk one record earlier: its next page begins with the last record of this one. */
export function cursorBefore(cursor: string): string {
  const walk = decode<Walk>(cursor);
  return walk ? encode({ ...walk, after: walk.after - 1 }) : cursor;
}

function visibleRows<R extends Resource>(store: Store, walk: Walk, body: Body, listing: Listing<R>): { order: number; value: Tables[R] }[] {
  const found: { order: number; value: Tables[R] }[] = [];
  const createdAfter = (body.createdAfter as number | undefined) ?? -Infinity;
  for (const row of store.rows(listing.resource).values()) {
    if (row.order <= walk.after || row.revision <= walk.since) continue;
    const value = shown(row);
    if (value && createdMs(value) > createdAfter && (listing.keep?.(value) ?? true)) found.push({ order: row.order, value });
  }
  return found;
}

function walkOf(store: Store, body: Body, resource: Resource): Walk {
  const filter = filterOf(body);
  if (body.cursor !== undefined) return continued(store, body, { resource, filter });
  const { generation } = store.extras;
  return { generation, resource, filter, after: 0, since: sinceOf(store, body, resource), until: shownUntil(store, resource) };
}

function continued({ extras }: Store, body: Body, { resource, filter }: { resource: Resource; filter: string }): Walk {
  const walk = decode<Walk>(body.cursor as string);
  if (walk?.generation !== extras.generation || walk.resource !== resource || walk.filter !== filter) {
    throw new Refusal('invalid_cursor', 'The cursor is not one of this list');
  }
  return walk;
}

function sinceOf({ extras }: Store, body: Body, resource: Resource): number {
  if (body.syncToken === undefined) return -1;
  const token = decode<{ generation: string; resource: string; revision: number }>(body.syncToken as string);
  if (token?.generation === extras.generation && token.resource === resource) return token.revision;
  throw new Refusal('sync_token_expired', 'The sync token is not known any more, run a full sync');
}

/** A token never passes a change that a lag still hides, or that change would be lost to every incremental walk. */
function shownUntil(store: Store, resource: Resource): number {
  let until = store.revision;
  const at = Date.now();
  const rows: Iterable<Row<unknown>> = store.rows(resource).values();
  for (const row of rows) if (row.hidden && row.hidden.until > at) until = Math.min(until, row.revision - 1);
  return until;
}

const createdMs = (value: object) => Date.parse((value as { createdAt?: string }).createdAt ?? '') || 0;
const filterOf = ({ cursor: _cursor, syncToken: _token, limit: _limit, ...filter }: Body) => JSON.stringify(filter);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode<T>(code: string): T | undefined {
  try {
    return JSON.parse(Buffer.from(code, 'base64url').toString()) as T;
  } catch {
    return undefined;
  }
}
