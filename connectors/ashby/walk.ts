import { ConnectorFailure, type HttpClient, type PulledPage } from '#hub/connector-sdk';
import { isObject, parsePage, toRaw, type AshbyPage } from './payloads.js';

/** The stream cursor, as JSON: where a walk stands (`page`), which token it began from (`sync`), and its history window (`after`, ms). */
export interface WalkCursor {
  sync?: string;
  page?: string;
  after?: number;
}

/** One page of an incremental walk. Inside a walk every call repeats the parameters of the first one, as Ashby wants. */
export async function pullPage(
  http: HttpClient,
  list: string,
  input: { cursor?: string; since?: Date; query?: object },
): Promise<PulledPage> {
  const cursor = readCursor(input.cursor) ?? { after: input.since?.getTime() };
  const { sync: syncToken, page: at, after: createdAfter } = cursor;
  const page = await listPage(http, list, { ...input.query, syncToken, cursor: at, createdAfter });
  return { records: page.records.map(toRaw), nextCursor: JSON.stringify(nextOf(cursor, page)), done: page.nextCursor === undefined };
}

/** A page of a list; without a limit Ashby sends its most, 100 records. */
export async function listPage(http: HttpClient, list: string, body: object): Promise<AshbyPage> {
  return parsePage(await http.post(list, { body, reads: true }));
}

/** The first record of a list that is `wanted`; reads on until it is found or the list ends. */
export async function findInList<Found>(
  http: HttpClient,
  { list, query }: { list: string; query: object },
  wanted: (record: AshbyPage['records'][number]) => Found | undefined,
): Promise<Found | undefined> {
  for (let cursor: string | undefined; ;) {
    const page = await listPage(http, list, { ...query, cursor });
    for (const record of page.records) {
      const found = wanted(record);
      if (found !== undefined) return found;
    }
    if (page.nextCursor === undefined || page.nextCursor === cursor) return undefined;
    cursor = page.nextCursor;
  }
}

/** Without a cursor, or with one that names no place, a walk begins at the start. A text that this connector never wrote is CURSOR_EXPIRED. */
export function readCursor(text: string | undefined): WalkCursor | undefined {
  if (text === undefined) return undefined;
  const value = parsed(text);
  if (!isObject(value)) throw new ConnectorFailure({ code: 'CURSOR_EXPIRED', detail: 'the stored cursor cannot be read' });
  const { sync, page } = value as WalkCursor;
  return sync === undefined && page === undefined ? undefined : value;
}

/** A walk that ends without a token leaves the one that it began from; without any, the next walk reads everything. */
export function nextOf(cursor: WalkCursor, page: AshbyPage): WalkCursor {
  return page.nextCursor === undefined ? { sync: page.syncToken ?? cursor.sync } : { ...cursor, page: page.nextCursor };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
