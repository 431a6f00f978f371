import assert from 'node:assert/strict';
import type { ConnectorFailure } from '../../failure.js';
import type { RecordInput } from '../../session.js';
import { failureOf, found, walk, type ConformanceWrites, type Kit } from '../harness.js';
import { answer, assertCode, failWrite, type Check } from './check.js';

const TEXTS: [string, string][] = [
  ['emoji', 'Zoë 🚀 👩🏽‍💻'],
  ['several scripts', 'Łukasz 面接 Ω'],
  ['right-to-left text', 'مقابلة עברית'],
  ['combining marks', 'Zoe\u0308 & <b>"quoted"</b>; a\\b'],
];
const LONG = `long ${'lorem ipsum '.repeat(25_000)}`;

const writes = ({ server }: Kit): string | undefined => (server.write ? undefined : (server.noWrites ?? 'it does not write'));
const removable = (kit: Kit): string | undefined =>
  writes(kit) ?? (kit.server.write?.removes === false ? 'what is removed stays, marked' : undefined);
const pushOf = ({ connector, stream }: Kit) => connector.streams[stream]?.push;
const merging = (kit: Kit): string | undefined => writes(kit) ?? (pushOf(kit)?.merge ? undefined : 'the hub does not merge there');
const createdOnce = (kit: Kit): string | undefined =>
  writes(kit) ?? (pushOf(kit)?.createsOnce ? undefined : 'the hub looks for the write id first');
const guarded = (kit: Kit): string | undefined =>
  writes(kit) ?? (pushOf(kit)?.guardsVersions ? undefined : 'the hub reads the record right before it writes');

/** One record, made for one check. */
interface Made {
  writes: ConformanceWrites;
  writeId: string;
  externalId: string;
  parents: Record<string, string>;
}
function writesOf({ server }: Kit): ConformanceWrites {
  assert.ok(server.write);
  return server.write;
}
async function make(kit: Kit, text: string): Promise<Made> {
  const write = writesOf(kit);
  const writeId = write.newWriteId();
  const input = write.create(text);
  const { externalId } = await kit.session.create(kit.stream, { ...input, writeId });
  return { writes: write, writeId, externalId, parents: input.parents };
}
async function fetched(kit: Kit, { externalId, parents }: RecordInput) {
  return found(await kit.session.fetch(kit.stream, { externalId, parents }));
}
async function change(kit: Kit, made: Made, text: string): Promise<void> {
  const { version, payload } = await fetched(kit, made);
  const { writes: write, writeId, externalId } = made;
  await kit.session.update(kit.stream, { ...write.update(text), writeId, externalId, version, current: payload });
}
const shows = (payload: unknown, text: string): boolean => JSON.stringify(payload).includes(JSON.stringify(text).slice(1, -1));
const idsNow = async (kit: Kit): Promise<string[]> =>
  (await walk(kit)).records.filter(({ deleted }) => !deleted).map(({ externalId }) => externalId);

const foundWithin = (kit: Kit, write: Parameters<Kit['session']['find']>[1]) => within(kit, () => kit.session.find(kit.stream, write));
/** Asks until the vendor must show what was written. */
async function within<Seen>(kit: Kit, look: () => Promise<Seen | undefined>): Promise<Seen> {
  const visibleWithinMs = pushOf(kit)?.find.visibleWithinMs ?? 0;
  for (const end = Date.now() + visibleWithinMs; ;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error('what was written was not shown in time');
    await new Promise((later) => setTimeout(later, 50));
  }
}
/** A create whose answer is lost. */
async function loseCreate(kit: Kit, text: string) {
  const write = { ...writesOf(kit).create(text), writeId: writesOf(kit).newWriteId() };
  const failure = await failWrite(kit, { kind: 'drop-answer' }, () => kit.session.create(kit.stream, write));
  return { write, failure };
}
function assertLost({ code, outcomeUnknown }: ConnectorFailure): void {
  assert.deepEqual([code, outcomeUnknown], ['UNKNOWN_OUTCOME', true]);
}

/** On both sides of clock changes, and across them: Berlin in spring, twice in autumn, New York in spring. */
const CLOCK_CHANGES: [start: string, end: string][] = [
  ['2027-03-28T00:30:00.000Z', '2027-03-28T01:30:00.000Z'],
  ['2027-10-31T00:30:00.000Z', '2027-10-31T01:00:00.000Z'],
  ['2027-10-31T01:30:00.000Z', '2027-10-31T02:30:00.000Z'],
  ['2027-03-14T06:45:00.000Z', '2027-03-14T07:15:00.000Z'],
];

/** Writing: one record, whole, whatever happens to the answer. */
export const writingChecks: Check[] = [
  ...TEXTS.map(([what, text]): Check => ({
    name: `a created record holds ${what} as it was`,
    skip: writes,
    run: async (kit) => assert.ok(shows((await fetched(kit, await make(kit, text))).payload, text), 'the text came back changed'),
  })),
  {
    name: '300 KB of text come back whole, or are refused',
    skip: writes,
    async run(kit) {
      const made = await make(kit, LONG).catch((error: ConnectorFailure) => error);
      if (made instanceof Error) return assertCode(made as ConnectorFailure, ['INVALID_VALUE']);
      assert.ok(shows((await fetched(kit, made)).payload, LONG), 'the text was cut');
    },
  },
  {
    name: 'a created record is in the next walk',
    skip: writes,
    async run(kit) {
      const { cursor } = await walk(kit);
      const { externalId } = await make(kit, 'next walk');
      assert.ok((await walk(kit, cursor)).records.some((record) => record.externalId === externalId));
    },
  },
  {
    name: 'a created record is found by its write id',
    skip: writes,
    async run(kit) {
      const { writeId, externalId, writes: write } = await make(kit, 'findable');
      assert.equal((await foundWithin(kit, { ...write.create('findable'), writeId })).externalId, externalId);
    },
  },
  {
    name: 'a write id that was never used finds nothing',
    skip: writes,
    async run(kit) {
      await make(kit, 'another one');
      const write = writesOf(kit);
      assert.equal(await kit.session.find(kit.stream, { ...write.create('never made'), writeId: write.newWriteId() }), undefined);
    },
  },
  {
    name: 'an update is seen by a fetch',
    skip: writes,
    async run(kit) {
      const made = await make(kit, 'before');
      await change(kit, made, 'after 🎯');
      assert.ok(shows((await fetched(kit, made)).payload, 'after 🎯'));
    },
  },
  {
    name: 'times on either side of a clock change come back as they were',
    skip: (kit) => writes(kit) ?? (kit.server.write?.times ? undefined : 'it writes no times'),
    async run(kit) {
      const { times, newWriteId } = writesOf(kit);
      assert.ok(times);
      for (const instants of CLOCK_CHANGES) {
        const write = { ...times.create(...instants), writeId: newWriteId() };
        const { externalId } = await kit.session.create(kit.stream, write);
        const { payload } = await fetched(kit, { externalId, parents: write.parents });
        assert.deepEqual(
          times.read(payload).map((text) => new Date(text).toISOString()),
          instants,
        );
      }
    },
  },
  {
    name: 'an update is in the next walk',
    skip: writes,
    async run(kit) {
      const made = await make(kit, 'before');
      const { cursor } = await walk(kit);
      await change(kit, made, 'changed since');
      const again = (await walk(kit, cursor)).records.find(({ externalId }) => externalId === made.externalId);
      assert.ok(again && shows(again.payload, 'changed since'));
    },
  },
  {
    name: 'an update during a walk is in that walk or in the next',
    skip: writes,
    async run(kit) {
      const made = await make(kit, 'before');
      const first = await kit.session.pull(kit.stream, {});
      await change(kit, made, 'changed meanwhile');
      const rest = first.done ? { records: [], cursor: first.nextCursor } : await walk(kit, first.nextCursor);
      const next = await walk(kit, rest.cursor);
      const seen = [...rest.records, ...next.records].filter(({ externalId }) => externalId === made.externalId);
      assert.ok(
        seen.some(({ payload }) => shows(payload, 'changed meanwhile')),
        'the change was lost',
      );
    },
  },
  {
    name: 'an update changes the version, where there are versions',
    skip: writes,
    async run(kit) {
      const made = await make(kit, 'before');
      const { version } = await fetched(kit, made);
      await change(kit, made, 'after');
      assert.ok(version === undefined || (await fetched(kit, made)).version !== version);
    },
  },
  {
    name: 'an update against an old version changes nothing',
    skip: guarded,
    async run(kit) {
      const made = await make(kit, 'first');
      const { version, payload } = await fetched(kit, made);
      const { writes: write, writeId, externalId } = made;
      const update = (text: string) =>
        kit.session.update(kit.stream, { ...write.update(text), writeId, externalId, version, current: payload });
      await update('second');
      assertCode(await failureOf(update('third')), ['TRANSIENT']);
      const now = (await fetched(kit, made)).payload;
      assert.ok(shows(now, 'second') && !shows(now, 'third'));
    },
  },
  {
    name: 'a removed record is gone',
    skip: removable,
    async run(kit) {
      const made = await make(kit, 'to be removed');
      await kit.session.remove(kit.stream, made);
      assert.equal((await kit.session.fetch(kit.stream, made)).state, 'gone');
    },
  },
  {
    name: 'a removed record is told by the next walk',
    skip: (kit) => removable(kit) ?? (kit.connector.streams[kit.stream]?.deletes === 'tombstone' ? undefined : 'its walks tell no deletes'),
    async run(kit) {
      const made = await make(kit, 'to be removed');
      const { cursor } = await walk(kit);
      await kit.session.remove(kit.stream, made);
      const told = (await walk(kit, cursor)).records.find(({ externalId }) => externalId === made.externalId);
      assert.equal(told?.deleted, true);
    },
  },
  {
    name: 'removing what is gone already is no failure, or NOT_FOUND',
    skip: removable,
    async run(kit) {
      const made = await make(kit, 'to be removed twice');
      await kit.session.remove(kit.stream, made);
      await kit.session.remove(kit.stream, made).catch((error: ConnectorFailure) => assertCode(error, ['NOT_FOUND']));
    },
  },
  {
    name: 'a merge leaves the record that is kept, and the other is moved or gone',
    skip: merging,
    async run(kit) {
      const [kept, dropped] = [await make(kit, 'kept'), await make(kit, 'dropped')];
      await kit.session.merge(kit.stream, { kept: kept.externalId, dropped: dropped.externalId });
      await within(kit, async () => (await kit.session.fetch(kit.stream, dropped)).state !== 'found');
      await fetched(kit, kept);
    },
  },
  {
    name: 'a merge whose answer is lost is UNKNOWN_OUTCOME',
    skip: merging,
    async run(kit) {
      const [kept, dropped] = [await make(kit, 'kept'), await make(kit, 'dropped')];
      const sides = { kept: kept.externalId, dropped: dropped.externalId };
      assertLost(await failWrite(kit, { kind: 'drop-answer' }, () => kit.session.merge(kit.stream, sides)));
    },
  },
  {
    name: 'a create whose answer is lost is UNKNOWN_OUTCOME',
    skip: writes,
    run: async (kit) => assertLost((await loseCreate(kit, 'lost answer')).failure),
  },
  {
    name: 'a create whose answer is lost is found by its write id',
    skip: writes,
    async run(kit) {
      const { write } = await loseCreate(kit, 'lost and found');
      await foundWithin(kit, write);
    },
  },
  {
    name: 'a create whose answer is lost made one record',
    skip: writes,
    async run(kit) {
      const before = await idsNow(kit);
      await loseCreate(kit, 'lost once');
      assert.equal((await idsNow(kit)).length, before.length + 1);
    },
  },
  {
    name: 'a create that is repeated with its write id makes no second record',
    skip: createdOnce,
    async run(kit) {
      const { write } = await loseCreate(kit, 'repeated');
      const before = await idsNow(kit);
      await kit.session.create(kit.stream, write);
      assert.deepEqual((await idsNow(kit)).sort(), before.sort());
    },
  },
  {
    name: 'an update whose answer is lost is UNKNOWN_OUTCOME',
    skip: writes,
    async run(kit) {
      const made = await make(kit, 'before');
      const { version, payload } = await fetched(kit, made);
      const { writes: write, writeId, externalId } = made;
      const update = { ...write.update('lost update'), writeId, externalId, version, current: payload };
      assertLost(await failWrite(kit, { kind: 'drop-answer' }, () => kit.session.update(kit.stream, update)));
    },
  },
  {
    name: 'a server error on a create is UNKNOWN_OUTCOME',
    skip: writes,
    async run(kit) {
      const write = { ...writesOf(kit).create('server error'), writeId: writesOf(kit).newWriteId() };
      assertLost(await failWrite(kit, answer(502), () => kit.session.create(kit.stream, write)));
    },
  },
  ...(
    [
      [401, ['AUTH']],
      [403, ['PERMISSION', 'AUTH']],
      [422, ['INVALID_VALUE']],
      [429, ['RATE_LIMITED']],
    ] as [number, string[]][]
  ).map(([status, codes]): Check => ({
    name: `a ${status} on a create is ${codes[0]}, and nothing was made`,
    skip: writes,
    async run(kit) {
      const before = await idsNow(kit);
      const write = { ...writesOf(kit).create(`refused with ${status}`), writeId: writesOf(kit).newWriteId() };
      const session = kit.open();
      kit.proxy.arm(answer(status), { methods: ['PUT', 'POST', 'PATCH'], times: 50 });
      const failure = await failureOf(session.create(kit.stream, write)).finally(() => kit.proxy.clear());
      session.close();
      assertCode(failure, codes);
      assert.equal(failure.outcomeUnknown, false);
      assert.deepEqual((await idsNow(kit)).sort(), before.sort());
    },
  })),
];
