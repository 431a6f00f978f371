import type { PullContext, PulledPage, RawRecord } from '../connector.js';
import { ConnectorFailure } from '../failure.js';
import { historyWalk } from './history-walk.js';
import { linkWalk } from './link-walk.js';
import { queueWalk } from './queue-walk.js';
import { tokenWalk } from './token-walk.js';
import type { Walk } from './walk.js';
import { windowWalk } from './window-walk.js';

const NOON = new Date('2026-11-26T12:00:00Z');
const record = (externalId: string): RawRecord => ({ externalId, payload: { id: externalId } });
const gone = (status: number): ConnectorFailure => new ConnectorFailure({ code: 'NOT_FOUND', status });

/** All pages of one walk. */
/** Walks on paper ask no transport. */
const NOTHING = { http: {} as never, imap: {} as never, smtp: {} as never, sftp: {} as never, received: {} as never, settings: {} };

async function walkOn(
  walk: Walk<object>,
  cursor?: string,
  { now = NOON, since }: { now?: Date; since?: Date } = {},
): Promise<{ ids: string[]; pages: number; cursor?: string }> {
  const ids: string[] = [];
  let at = cursor;
  for (let pages = 1; pages < 50; pages += 1) {
    const page: PulledPage = await walk.pull({
      ...NOTHING,
      now: () => now,
      cursor: at,
      since,
    } as PullContext<object>);
    ids.push(...page.records.map(({ externalId }) => externalId));
    at = page.nextCursor;
    if (page.done) return { ids, pages, cursor: at };
  }
  throw new Error('the walk does not end');
}
const failureOf = (work: Promise<unknown>): Promise<ConnectorFailure> =>
  work.then(
    () => Promise.reject(new Error('no failure')),
    (error: ConnectorFailure) => error,
  );

describe('a window of changes', () => {
  const asked: object[] = [];
  const page = (exclusiveCursor: boolean): Walk<object> =>
    windowWalk({
      overlapMs: 60_000,
      exclusiveCursor,
      lost: [422],
      page: async (_, at) => {
        asked.push(at);
        if (at.place === 'lost') throw gone(422);
        return at.place === undefined ? { records: [record('a')], next: 'p2' } : { records: [record('b')] };
      },
    });
  beforeEach(() => void asked.splice(0));

  it('keeps its end while it walks, and begins the next walk a while before it', async () => {
    const since = new Date('2026-01-01T00:00:00Z');
    const first = await walkOn(page(false), undefined, { since });
    expect(first).toMatchObject({ ids: ['a', 'b'], pages: 2 });
    expect(asked).toEqual([
      { from: since, to: NOON, place: undefined },
      { from: since, to: NOON, place: 'p2' },
    ]);
    const later = new Date('2026-11-26T13:00:00Z');
    await walkOn(page(false), first.cursor, { now: later });
    expect(asked[2]).toEqual({ from: new Date('2026-11-26T11:59:00Z'), to: later, place: undefined });
  });
  it('does not move its end when the process starts anew in the middle', async () => {
    const walk = page(false);
    const one = await walk.pull({
      ...NOTHING,
      now: () => NOON,
    });
    await walkOn(walk, one.nextCursor, { now: new Date('2027-01-01T00:00:00Z') });
    expect(asked[1]).toMatchObject({ to: NOON, place: 'p2' });
  });
  it('sends a cursor alone where the vendor wants that', async () => {
    await walkOn(page(true), undefined, { since: NOON });
    expect(asked).toEqual([{ from: NOON, to: NOON, place: undefined }, { place: 'p2' }]);
  });
  it('tells a lost cursor from a fault at the start', async () => {
    const lost = JSON.stringify({ walk: 'window', to: NOON.toISOString(), place: 'lost' });
    expect((await failureOf(walkOn(page(false), lost))).code).toBe('CURSOR_EXPIRED');
    const never = windowWalk<object>({ overlapMs: 0, lost: [422], page: async () => Promise.reject(gone(422)) });
    expect((await failureOf(walkOn(never))).code).toBe('NOT_FOUND');
  });
});

describe('a token of changes', () => {
  const log: string[][] = [['a', 'b'], ['c']];
  let renew: boolean;
  const walk = tokenWalk<object>({
    lost: [410],
    page: async (_, { token, place }) => {
      if (token === 'expired') throw gone(410);
      const round = token === undefined ? 0 : Number(token);
      const at = Number(place ?? 0);
      const ids = log[round] ?? [];
      if (at + 1 < ids.length) return { records: [record(ids[at])], next: String(at + 1) };
      return { records: ids[at] === undefined ? [] : [record(ids[at])], ...(renew && { token: String(Math.min(round + 1, log.length)) }) };
    },
  });
  beforeEach(() => void (renew = true));

  it('is renewed by the last page only', async () => {
    const first = await walkOn(walk);
    expect(first).toMatchObject({ ids: ['a', 'b'], pages: 2, cursor: '{"walk":"token","token":"1"}' });
    const second = await walkOn(walk, first.cursor);
    expect(second.ids).toEqual(['c']);
    expect((await walkOn(walk, second.cursor)).ids).toEqual([]);
  });
  it('is kept when a walk ends without a new one, and without any everything is read again', async () => {
    renew = false;
    expect((await walkOn(walk, '{"walk":"token","token":"1"}')).cursor).toBe('{"walk":"token","token":"1"}');
    const none = await walkOn(walk);
    expect((await walkOn(walk, none.cursor)).ids).toEqual(['a', 'b']);
  });
  it.each([['{"walk":"token","token":"expired"}'], ['{"walk":"window","to":"x"}'], ['no json'], ['[]'], ['null']])(
    '%s is lost',
    async (cursor) => expect((await failureOf(walkOn(walk, cursor))).code).toBe('CURSOR_EXPIRED'),
  );
  it('hands the start of the history window to every page of a first walk, and to no later one', async () => {
    const seen: (Date | undefined)[] = [];
    const watched = tokenWalk<object>({
      page: async (_, { token, place, since }) => {
        seen.push(since);
        return place === undefined && token === undefined ? { records: [], next: 'p' } : { records: [], token: 't' };
      },
    });
    const { cursor } = await walkOn(watched, undefined, { since: NOON });
    await walkOn(watched, cursor, { since: new Date(0) });
    expect(seen).toEqual([NOON, NOON, undefined]);
  });
  it('does not walk for ever where the vendor names the same page again', async () => {
    const stuck = tokenWalk<object>({ page: async () => ({ records: [], next: 'same' }) });
    expect((await failureOf(walkOn(stuck))).code).toBe('SCHEMA_DRIFT');
  });
});

describe('links of changes', () => {
  const pages: Record<string, { records: RawRecord[]; nextLink?: string; deltaLink?: string }> = {
    start: { records: [record('a')], nextLink: 'https://v/2?x=%2F' },
    'https://v/2?x=%2F': { records: [record('b')], deltaLink: 'https://v/d1' },
    'https://v/d1': { records: [record('c')], deltaLink: 'https://v/d2' },
    'https://v/d2': { records: [] },
  };
  const walk = linkWalk<object>({
    lost: [410],
    page: async (_, { link = 'start' }) => (pages[link] ? pages[link] : Promise.reject(gone(410))),
  });

  it('are followed as they are, round after round', async () => {
    const first = await walkOn(walk);
    expect(first.ids).toEqual(['a', 'b']);
    const second = await walkOn(walk, first.cursor);
    expect(second).toMatchObject({ ids: ['c'], cursor: '{"walk":"link","link":"https://v/d2"}' });
    expect((await failureOf(walkOn(walk, second.cursor))).code).toBe('SCHEMA_DRIFT');
    expect((await failureOf(walkOn(walk, '{"walk":"link","link":"https://v/old"}'))).code).toBe('CURSOR_EXPIRED');
  });
});

describe('a history of changes', () => {
  it('takes its id before the first listing, so that what changes meanwhile is read again', async () => {
    const log = ['a', 'b'];
    const walk = historyWalk<object>({
      lost: [404],
      latestId: async () => String(log.length),
      list: async (_, { place }) => {
        if (place === undefined) return { records: [record('a')], next: 'p2' };
        log.push('changed-meanwhile');
        return { records: [record('b')] };
      },
      changes: async (_, { id }) =>
        id === '0' ? Promise.reject(gone(404)) : { records: log.slice(Number(id)).map(record), id: String(log.length) },
    });
    const first = await walkOn(walk);
    expect(first.ids).toEqual(['a', 'b']);
    const second = await walkOn(walk, first.cursor);
    expect(second.ids).toEqual(['changed-meanwhile']);
    expect((await walkOn(walk, second.cursor)).ids).toEqual([]);
    expect((await failureOf(walkOn(walk, '{"walk":"history","id":"0"}'))).code).toBe('CURSOR_EXPIRED');
  });
});

describe('a queue', () => {
  it('acknowledges a message when the next is asked for, and not before', async () => {
    const waiting = ['m1', 'm2'];
    const walk = queueWalk<object>({
      take: async () => (waiting[0] ? { id: waiting[0], records: [record(waiting[0])] } : undefined),
      acknowledge: async (_, id) => {
        if (waiting[0] !== id) throw gone(404);
        waiting.shift();
      },
    });
    const context = {
      ...NOTHING,
      now: () => NOON,
    };
    const one = await walk.pull(context);
    expect([one.done, waiting]).toEqual([false, ['m1', 'm2']]);
    // The process dies before the records are stored: the same message comes again.
    expect((await walk.pull(context)).records).toEqual(one.records);
    const two = await walk.pull({ ...context, cursor: one.nextCursor });
    expect([two.records[0].externalId, waiting]).toEqual(['m2', ['m2']]);
    // It dies after the acknowledgement: repeating it is no fault.
    waiting.shift();
    const end = await walk.pull({ ...context, cursor: two.nextCursor });
    expect([end.done, end.records, end.nextCursor]).toEqual([true, [], '{"walk":"queue"}']);
  });
});
