import assert from 'node:assert/strict';
import type { Fault } from '../fault-proxy.js';
import { failureOf, NOW, sampleOf, TIMEOUT_MS, walk, type Kit } from '../harness.js';
import { answer, assertCode, failWith, MARK, onlyHttp, type Check } from './check.js';

type Reading = { how: string; read: (kit: Kit) => Promise<() => Promise<unknown>> };
/** What is called is settled before the fault is armed. */
const READINGS: Reading[] = [
  {
    how: 'on a walk',
    read:
      async ({ session, stream }) =>
      () =>
        session.pull(stream, {}),
  },
  {
    how: 'on a fetch',
    async read(kit) {
      const { externalId } = await sampleOf(kit);
      return () => kit.session.fetch(kit.stream, { externalId, parents: {} });
    },
  },
];
const page = (type: string, body: string): Fault => ({ kind: 'answer', status: 200, headers: { 'content-type': type }, body });
const PASSING = ['TRANSIENT'];
/** The vendor, or something before it, answers what is no answer: it may pass, or the vendor has changed. */
const FOREIGN = ['TRANSIENT', 'SCHEMA_DRIFT', 'CONFIG'];
const FAULTS: [string, Fault, string[]][] = [
  ['a 500', answer(500), PASSING],
  ['a 502', answer(502), PASSING],
  ['a 503', answer(503), PASSING],
  ['a 504', answer(504), PASSING],
  ['a dropped answer', { kind: 'drop-answer' }, PASSING],
  ['a dropped request', { kind: 'drop-request' }, PASSING],
  ['a truncated body', { kind: 'truncate' }, PASSING],
  ['a body over the cap', { kind: 'oversize', bytes: 3_000_000 }, PASSING],
  ['a page of HTML', page('text/html', '<html><body>Please log in</body></html>'), FOREIGN],
  ['an answer of another shape', page('application/json', '{"unexpected":[]}'), FOREIGN],
];

/** Each fault of the wire has its code, on every way of reading; none becomes a short page or a vanished record. */
export const failingChecks: Check[] = [
  ...READINGS.flatMap(({ how, read }) =>
    FAULTS.map(([what, fault, codes]): Check => ({
      name: `${what} ${how} is ${codes.length > 1 ? 'a failure' : codes[0]}`,
      async run(kit) {
        const failure = await failWith(kit, fault, await read(kit));
        assertCode(failure, codes);
        assert.equal(failure.outcomeUnknown, false);
      },
    })),
  ),
  {
    name: 'a body that never ends is cut off in time',
    async run(kit) {
      const started = Date.now();
      assertCode(await failWith(kit, { kind: 'stall' }, () => kit.session.pull(kit.stream, {})), PASSING);
      assert.ok(Date.now() - started < TIMEOUT_MS * 6, 'it took too long');
    },
  },
  {
    name: 'after a fault the same session works again',
    async run(kit) {
      await failWith(kit, { kind: 'drop-answer' }, () => kit.session.pull(kit.stream, {}));
      await walk(kit);
    },
  },
  {
    name: 'the right to one record that is gone is not a lost connection',
    async run(kit) {
      const { externalId } = await sampleOf(kit);
      kit.proxy.arm(answer(403), { times: 50 });
      const told = await kit.session.fetch(kit.stream, { externalId, parents: {} }).then(
        ({ state }) => state,
        ({ code }: { code: string }) => code,
      );
      kit.proxy.clear();
      assert.ok(['gone', 'PERMISSION', 'AUTH'].includes(told), told);
    },
  },
  {
    name: 'a redirect to another address is not followed',
    skip: onlyHttp,
    async run(kit) {
      const before = kit.proxy.elsewhere.seen.length;
      const location = `${kit.proxy.elsewhere.url}/stolen`;
      assertCode(await failWith(kit, { ...answer(302, { location }), body: '' } as Fault, () => kit.session.pull(kit.stream, {})), [
        'CONFIG',
        'TRANSIENT',
        'SCHEMA_DRIFT',
      ]);
      assert.equal(kit.proxy.elsewhere.seen.length, before, 'the other address was called');
    },
  },
  {
    name: 'a private address that the installation does not allow is not called',
    async run(kit) {
      const session = kit.open({ egress: [] });
      const before = kit.proxy.seen.length;
      const failure = await failureOf(session.pull(kit.stream, {})).finally(() => session.close());
      assertCode(failure, ['CONFIG']);
      assert.equal(kit.proxy.seen.length, before, 'it was called');
    },
  },
];

const SILENT: [string, Fault][] = [
  ...[400, 401, 403, 409, 422, 429, 500].map((status): [string, Fault] => [`a ${status}`, answer(status)]),
  ['a truncated body', { kind: 'truncate' }],
];
/** What is said of a failure may be shown to anybody. */
export const secrecyChecks: Check[] = SILENT.map(([what, fault]) => ({
  name: `${what} tells no credential and no body`,
  async run(kit) {
    const secrets = Object.fromEntries(Object.keys(kit.server.credentials).map((name) => [name, `tell-nobody-${name}`]));
    const session = kit.open({ credentials: secrets });
    const failure = await failWith(kit, fault, () => session.pull(kit.stream, {})).finally(() => session.close());
    const told = [String(failure), failure.stack, JSON.stringify({ ...failure }), String(failure.cause ?? '')].join('\n');
    assert.doesNotMatch(told, new RegExp(`tell-nobody|${Buffer.from('tell-nobody').toString('base64').slice(0, 12)}|${MARK}|7731`));
  },
}));

/** A session that has its token already: what it calls next is the vendor, not who gives tokens. */
async function warm(kit: Kit, budget = kit.budget()): Promise<Kit['session']> {
  const session = kit.open({ budget });
  await session.pull(kit.stream, {});
  return session;
}

const FORMS: [string, Record<string, string>, number][] = [
  ['seconds', { 'retry-after': '17' }, 17_000],
  ['a date', { 'retry-after': new Date(NOW.getTime() + 19_000).toUTCString() }, 19_000],
  ['a point in time', { 'x-ratelimit-reset': String(NOW.getTime() / 1_000 + 23) }, 23_000],
  ['nothing', {}, 30_000],
  ['a wait of months', { 'retry-after': '9999999' }, 3_600_000],
];
/** Throttling, in each form in which vendors say it. */
export const throttleChecks: Check[] = [
  ...FORMS.map(([form, headers, retryAfterMs]): Check => ({
    name: `a 429 with ${form} waits as the vendor says`,
    skip: (kit) =>
      (form === 'nothing' ? undefined : onlyHttp(kit)) ??
      (typeof kit.connector.throttle === 'object' && kit.connector.throttle.headers ? 'it declares its own headers' : undefined),
    async run(kit) {
      const session = kit.open();
      const failure = await failWith(kit, answer(429, headers), () => session.pull(kit.stream, {})).finally(() => session.close());
      assert.deepEqual({ code: failure.code, retryAfterMs: failure.retryAfterMs }, { code: 'RATE_LIMITED', retryAfterMs });
    },
  })),
  {
    name: 'a 503 that says how long is a throttle',
    skip: onlyHttp,
    async run(kit) {
      const session = await warm(kit);
      const failure = await failWith(kit, answer(503, { 'retry-after': '21' }), () => session.pull(kit.stream, {})).finally(() =>
        session.close(),
      );
      assert.deepEqual([failure.code, failure.retryAfterMs], ['RATE_LIMITED', 21_000]);
    },
  },
  {
    name: 'after a 429 nobody calls the account',
    async run(kit) {
      const budget = kit.budget();
      const [one, other] = [await warm(kit, budget), await warm(kit, budget)];
      await failWith(kit, answer(429, { 'retry-after': '40' }), () => one.pull(kit.stream, {}));
      const before = kit.proxy.seen.length;
      const failure = await failureOf(other.pull(kit.stream, {}));
      [one, other].forEach((session) => session.close());
      assertCode(failure, ['RATE_LIMITED']);
      assert.equal(kit.proxy.seen.length, before, 'it was called');
    },
  },
];
