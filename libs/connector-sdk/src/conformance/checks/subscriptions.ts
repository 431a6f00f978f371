import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { NOW, type Kit } from '../harness.js';
import type { Check } from './check.js';

const skip = ({ connector, server }: Kit) => (connector.subscription && server.subscriptions ? undefined : 'it makes no subscriptions');

async function subscribe({ session }: Kit) {
  const id = randomUUID();
  const made = await session.subscribe({ id, url: `https://hub.example/api/v1/hooks/${id}`, secret: 'conformance-secret' });
  assert.ok(made);
  return made;
}
function at({ server }: Kit) {
  assert.ok(server.subscriptions);
  return server.subscriptions;
}

/** Subscriptions: they stand until they are removed, and one takes over before the other ends. */
export const subscriptionChecks: Check[] = [
  {
    name: 'a subscription stands at the vendor until it is removed',
    skip,
    async run(kit) {
      const made = await subscribe(kit);
      assert.ok(at(kit).open().includes(made.externalId), 'the vendor does not know it');
      await kit.session.unsubscribe(made);
      assert.ok(!at(kit).open().includes(made.externalId), 'the vendor still calls');
    },
  },
  {
    name: 'removing a subscription that is gone is no failure',
    skip,
    async run(kit) {
      const made = await subscribe(kit);
      await kit.session.unsubscribe(made);
      await assert.doesNotReject(kit.session.unsubscribe(made));
    },
  },
  {
    name: 'a subscription is renewed before it ends',
    skip,
    async run(kit) {
      const { expiresAt, ...made } = await subscribe(kit);
      await kit.session.unsubscribe(made);
      const renewBeforeMs = kit.connector.subscription?.renewBeforeMs ?? 0;
      // A vendor has a clock of its own.
      const now = Math.min(NOW.getTime(), Date.now());
      assert.ok(!expiresAt || (renewBeforeMs > 0 && expiresAt.getTime() - renewBeforeMs > now), 'it ends before it is renewed');
    },
  },
  {
    name: 'a new subscription stands while the old one is removed',
    skip,
    async run(kit) {
      const [old, renewed] = [await subscribe(kit), await subscribe(kit)];
      await kit.session.unsubscribe(old);
      assert.ok(at(kit).open().includes(renewed.externalId), 'nobody calls now');
      await kit.session.unsubscribe(renewed);
    },
  },
  {
    name: 'only the token that the vendor sent confirms a subscription',
    skip: (kit) => skip(kit) ?? (kit.connector.webhook?.confirmation ? undefined : 'the vendor asks for no confirmation'),
    async run(kit) {
      const { tokenOf } = at(kit);
      assert.ok(tokenOf);
      const made = await subscribe(kit);
      await assert.rejects(kit.session.confirmSubscription({ ...made, token: 'guessed' }));
      await kit.session.confirmSubscription({ ...made, token: tokenOf(made.externalId) });
      await kit.session.unsubscribe(made);
    },
  },
];
