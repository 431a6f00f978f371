import assert from 'node:assert/strict';
import { failureOf, walk } from '../harness.js';
import { answer, assertCode, failWith, onlyHttp, type Check } from './check.js';

const PER_FIELD = 'the credential that is missing is named';

/** Credentials: missing, wrong, refused, changed. */
export const accessChecks: Check[] = [
  {
    name: 'a 401 is AUTH',
    run: async (kit) => assertCode(await failWith(kit, answer(401), () => kit.session.pull(kit.stream, {})), ['AUTH']),
  },
  {
    name: 'a 401 makes one further call at most',
    skip: onlyHttp,
    async run(kit) {
      const before = kit.proxy.seen.length;
      await failWith(kit, answer(401), () => kit.session.pull(kit.stream, {}));
      assert.ok(kit.proxy.seen.length - before <= 2, `${kit.proxy.seen.length - before} calls`);
    },
  },
  {
    name: 'a 403 on a walk is PERMISSION or AUTH',
    run: async (kit) => assertCode(await failWith(kit, answer(403), () => kit.session.pull(kit.stream, {})), ['PERMISSION', 'AUTH']),
  },
  {
    name: PER_FIELD,
    skip: ({ connector }) => (connector.auth.credentials.length > 0 ? undefined : 'it needs none'),
    async run(kit) {
      for (const field of Object.keys(kit.server.credentials)) {
        const { [field]: _, ...others } = kit.server.credentials;
        const session = kit.open({ credentials: others });
        const failure = await failureOf(session.pull(kit.stream, {})).finally(() => session.close());
        assert.deepEqual([failure.code, failure.field], ['AUTH', field]);
      }
    },
  },
  {
    name: 'wrong credentials are AUTH at the vendor itself',
    skip: ({ server }) => (server.takesAnyCredentials ? 'this server takes any' : undefined),
    async run(kit) {
      const wrong = Object.fromEntries(Object.keys(kit.server.credentials).map((name) => [name, 'not-this-one']));
      const session = kit.open({ credentials: wrong });
      assertCode(await failureOf(session.pull(kit.stream, {})).finally(() => session.close()), ['AUTH']);
    },
  },
  {
    name: 'changed credentials are used by the next call of the same session',
    skip: ({ server }) => (server.takesAnyCredentials ? 'this server takes any' : undefined),
    async run(kit) {
      const held = Object.fromEntries(Object.keys(kit.server.credentials).map((name) => [name, 'not-this-one']));
      const session = kit.open({ credentials: held });
      await failureOf(session.pull(kit.stream, {}));
      Object.assign(held, kit.server.credentials);
      await walk({ ...kit, session }).finally(() => session.close());
    },
  },
];
