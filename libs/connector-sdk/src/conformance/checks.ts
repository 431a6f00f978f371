import assert from 'node:assert/strict';
import { failureOf, found, NOW, TIMEOUT_MS, walk, type Kit } from './harness.js';
import type { Fault } from './fault-proxy.js';

/** One property that every connector must have. Throws when it does not hold. */
export type Check = (kit: Kit) => Promise<void>;

const MARK = 'vendor-body-7731@secret.example';
const answer = (status: number, headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  status,
  headers,
  body: `{"message":"${MARK}"}`,
});

/** Reading: walks, repeats, fetches and lost cursors. */
export const readingChecks: Record<string, Check> = {
  'a full walk ends and yields every record with an id and a JSON payload': async (kit) => {
    const { records } = await walk(kit);
    assert.ok(records.length >= kit.server.expectAtLeast, `${records.length} records`);
    for (const { externalId, payload } of records) {
      assert.ok(typeof externalId === 'string' && externalId.length > 0);
      assert.deepEqual(JSON.parse(JSON.stringify(payload)), payload);
    }
  },
  'the same record read twice, by walk or by fetch, is the same': async (kit) => {
    const [first, second] = [await walk(kit), await walk(kit)];
    const byId = new Map(second.records.map((record) => [record.externalId, record]));
    for (const record of first.records) assert.deepEqual(byId.get(record.externalId), record);
    const [sample] = first.records.filter(({ deleted, mergedInto }) => !deleted && !mergedInto);
    assert.ok(sample);
    const fetched = found(await kit.session.fetch(kit.stream, { externalId: sample.externalId, parents: {} }));
    assert.deepEqual(fetched, sample);
  },
  'a walk from the last cursor yields nothing new': async (kit) => {
    const { cursor } = await walk(kit);
    assert.ok(cursor, 'a finished walk has a cursor');
    const again = await walk(kit, cursor);
    assert.deepEqual(again.records, []);
  },
  'an unknown id is gone, not a failure': async ({ session, stream, server }) => {
    assert.equal((await session.fetch(stream, { externalId: server.unknownId, parents: {} })).state, 'gone');
  },
  'a cursor that the vendor no longer knows is CURSOR_EXPIRED': async (kit) => {
    if (!kit.server.loseCursor) return;
    const { cursor } = await walk(kit);
    const lost = await kit.server.loseCursor(cursor ?? '');
    assert.equal((await failureOf(walk(kit, lost))).code, 'CURSOR_EXPIRED');
  },
};

const RETRY_FORMS: [Record<string, string>, number][] = [
  [{ 'retry-after': '17' }, 17_000],
  [{ 'retry-after': new Date(NOW.getTime() + 19_000).toUTCString() }, 19_000],
  [{ 'x-ratelimit-reset': String(NOW.getTime() / 1_000 + 23) }, 23_000],
  [{}, 30_000],
  [{ 'retry-after': '9999999' }, 3_600_000],
];

async function failWith({ proxy, open, stream }: Kit, fault: Fault, credentials?: Record<string, string>) {
  const session = open(credentials);
  proxy.arm(fault, { times: 50 });
  try {
    return await failureOf(session.pull(stream, {}));
  } finally {
    proxy.clear();
    session.close();
  }
}

/** Failing: each fault has its code, and no failure tells a secret. */
export const failingChecks: Record<string, Check> = {
  '429 waits as the vendor says, in every form': async (kit) => {
    for (const [headers, retryAfterMs] of RETRY_FORMS) {
      const failure = await failWith(kit, answer(429, headers));
      assert.deepEqual({ code: failure.code, retryAfterMs: failure.retryAfterMs }, { code: 'RATE_LIMITED', retryAfterMs });
    }
  },
  'a body that never ends is cut off in time': async (kit) => {
    const started = Date.now();
    assert.equal((await failWith(kit, { kind: 'stall' })).code, 'TRANSIENT');
    assert.ok(Date.now() - started < TIMEOUT_MS * 6, 'it took too long');
  },
  'a body over the cap is refused': async (kit) => {
    assert.equal((await failWith(kit, { kind: 'oversize', bytes: 3_000_000 })).code, 'TRANSIENT');
  },
  'a truncated body is a transient failure, never a short page': async (kit) => {
    assert.equal((await failWith(kit, { kind: 'truncate' })).code, 'TRANSIENT');
  },
  'a server error and a dropped connection are transient on a read': async (kit) => {
    for (const fault of [answer(500), answer(503), { kind: 'drop-answer' } as const]) {
      const failure = await failWith(kit, fault);
      assert.deepEqual({ code: failure.code, outcomeUnknown: failure.outcomeUnknown }, { code: 'TRANSIENT', outcomeUnknown: false });
    }
  },
  'a 401 is AUTH': async (kit) => {
    assert.equal((await failWith(kit, answer(401))).code, 'AUTH');
  },
  'no failure tells a credential or a body': async (kit) => {
    const secrets = Object.fromEntries(Object.keys(kit.server.credentials).map((name) => [name, `tell-nobody-${name}`]));
    const faults = [
      answer(400),
      answer(401),
      answer(403),
      answer(409),
      answer(422),
      answer(429),
      answer(500),
      { kind: 'truncate' } as const,
    ];
    for (const fault of faults) {
      const failure = await failWith(kit, fault, secrets);
      const told = [String(failure), failure.stack, JSON.stringify({ ...failure }), String(failure.cause ?? '')].join('\n');
      assert.doesNotMatch(told, /tell-nobody|dGVsbC1ub2JvZHkt|7731|secret\.example/);
    }
  },
};

/** Writing: one record whatever happens to the answer. */
export const writingChecks: Record<string, Check> = {
  'create, fetch, update, find, remove: each sees the one before, in any script': async (kit) => {
    const { session, stream, server } = kit;
    if (!server.write) return;
    const { create, update, newWriteId, removes = true } = server.write;
    const [writeId, text, later] = [newWriteId(), 'Zoë 面接 🚀', 'Łukasz ازمون 🎯'];
    const before = await walk(kit);
    const { externalId } = await session.create(stream, { ...create(text), writeId });
    const made = found(await session.fetch(stream, { externalId, parents: create(text).parents }));
    assert.ok(JSON.stringify(made.payload).includes(text), 'the text came back changed');
    const delta = await walk(kit, before.cursor);
    assert.ok(
      delta.records.some((record) => record.externalId === externalId),
      'the next walk does not show it',
    );
    const change = { ...update(later), writeId, externalId, current: made.payload };
    await session.update(stream, { ...change, version: made.version });
    assert.ok(JSON.stringify(found(await session.fetch(stream, { externalId, parents: change.parents })).payload).includes(later));
    assert.equal((await session.find(stream, { ...create(text), writeId }))?.externalId, externalId);
    if (removes) await removeAndLook(kit, externalId);
  },
  'an update against an old version changes nothing': async ({ session, stream, server }) => {
    if (!server.write || server.write.guardsVersions === false) return;
    const { create, update, newWriteId } = server.write;
    const writeId = newWriteId();
    const { externalId } = await session.create(stream, { ...create('first'), writeId });
    const { version, payload } = found(await session.fetch(stream, { externalId, parents: create('first').parents }));
    const change = (text: string) => session.update(stream, { ...update(text), writeId, externalId, version, current: payload });
    await change('second');
    assert.equal((await failureOf(change('third'))).code, 'TRANSIENT');
    const now = JSON.stringify(found(await session.fetch(stream, { externalId, parents: create('first').parents })).payload);
    assert.ok(now.includes('second') && !now.includes('third'));
  },
  'a create whose answer is lost is UNKNOWN_OUTCOME, and is found by its write id': async (kit) => {
    const { session, stream, server, proxy } = kit;
    if (!server.write) return;
    const write = { ...server.write.create('lost answer'), writeId: server.write.newWriteId() };
    const before = (await walk(kit)).records.length;
    proxy.arm({ kind: 'drop-answer' }, { methods: ['PUT', 'POST', 'PATCH'], times: 1 });
    const failure = await failureOf(session.create(stream, write)).finally(() => proxy.clear());
    assert.deepEqual([failure.code, failure.outcomeUnknown], ['UNKNOWN_OUTCOME', true]);
    const receipt = await foundWithin(kit, write);
    if (server.write.createsOnce) assert.equal((await session.create(stream, write)).externalId, receipt.externalId);
    assert.equal((await walk(kit)).records.length, before + 1);
  },
};

async function removeAndLook(kit: Kit, externalId: string): Promise<void> {
  const { cursor } = await walk(kit);
  await kit.session.remove(kit.stream, { externalId, parents: {} });
  assert.equal((await kit.session.fetch(kit.stream, { externalId, parents: {} })).state, 'gone');
  const kinds = kit.connector.streams[kit.stream]?.deletes;
  if (kinds !== 'tombstone') return;
  const { records } = await walk(kit, cursor);
  assert.ok(
    records.some((record) => record.externalId === externalId && record.deleted === true),
    'no tombstone',
  );
}

async function foundWithin({ session, stream, connector }: Kit, write: Parameters<Kit['session']['find']>[1]) {
  const visibleWithinMs = connector.streams[stream]?.push?.find.visibleWithinMs ?? 0;
  for (const end = Date.now() + visibleWithinMs; ;) {
    const receipt = await session.find(stream, write);
    if (receipt) return receipt;
    if (Date.now() > end) throw new Error('the write id was not found in time');
    await new Promise((later) => setTimeout(later, 50));
  }
}
