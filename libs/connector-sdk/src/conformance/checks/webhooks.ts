import assert from 'node:assert/strict';
import { messageIdOf, readDelivery } from '../../webhooks/delivery.js';
import { verifyWebhook, type Verified } from '../../webhooks/verify-webhook.js';
import { NOW, type Kit } from '../harness.js';
import type { Check } from './check.js';

const SECRET = 'conformance-secret';
const skip = ({ connector, server }: Kit) => (connector.webhook && server.webhook ? undefined : 'it has no webhooks');

function webhookOf({ connector, server }: Kit) {
  assert.ok(connector.webhook && server.webhook);
  return { ...server.webhook, definition: connector.webhook };
}
async function deliver(
  kit: Kit,
  change: { body?: Buffer; headers?: Record<string, string>; secrets?: string[]; now?: Date; signedWith?: string } = {},
): Promise<Verified> {
  const { sign, sample, definition } = webhookOf(kit);
  const signed = sign(sample, change.signedWith ?? SECRET, NOW);
  const delivery = await readDelivery(
    { method: 'POST', url: 'https://hub.example/api/v1/hooks/1', headers: change.headers ?? signed, rawBody: change.body ?? sample },
    definition.body,
  );
  return verifyWebhook(definition.verify, { delivery, secrets: change.secrets ?? [SECRET], now: change.now ?? NOW });
}

async function hintsOfSample(kit: Kit) {
  const { sample, sign, definition } = webhookOf(kit);
  const { body } = await readDelivery({ method: 'POST', headers: sign(sample, SECRET, NOW), rawBody: sample }, definition.body);
  return definition.hints(body);
}

/** How deliveries prove themselves, when they are repeated or late, and what they are taken to say. What no declaration can break, the SDK's own tests show. */
export const webhookChecks: Check[] = [
  { name: 'a signed delivery is believed', skip, run: async (kit) => assert.equal((await deliver(kit)).ok, true) },
  {
    name: 'a delivery that a stranger signed is refused',
    skip,
    run: async (kit) => assert.equal((await deliver(kit, { signedWith: 'guessed' })).ok, false),
  },
  {
    name: 'both secrets are believed while one replaces the other',
    skip,
    run: async (kit) => assert.equal((await deliver(kit, { secrets: ['newer', SECRET] })).ok, true),
  },
  {
    name: 'a delivery of long ago is refused',
    skip: (kit) => {
      const none = skip(kit);
      if (none) return none;
      const { verify } = webhookOf(kit).definition;
      return verify.kind === 'hmac' && verify.timestamp ? undefined : 'the vendor signs no time';
    },
    run: async (kit) => assert.equal((await deliver(kit, { now: new Date(NOW.getTime() + 30 * 86_400_000) })).ok, false),
  },
  {
    name: 'a delivery that is sent again has the same id',
    skip,
    async run(kit) {
      const { sign, sample, definition } = webhookOf(kit);
      const ids = await Promise.all(
        [0, 60_000].map(async (later) => {
          const headers = sign(sample, SECRET, new Date(NOW.getTime() + later));
          return messageIdOf(definition.messageId, await readDelivery({ method: 'POST', headers, rawBody: sample }, definition.body));
        }),
      );
      assert.equal(ids[0], ids[1]);
    },
  },
  {
    name: 'a delivery names records of its own streams',
    skip,
    async run(kit) {
      const hints = await hintsOfSample(kit);
      assert.ok(hints.length > 0, 'the sample names no record');
      for (const { stream, externalId } of hints) assert.ok(Object.hasOwn(kit.connector.streams, stream) && externalId !== '');
    },
  },
  {
    name: 'a delivery names the same records whenever and after whatever it comes',
    skip,
    async run(kit) {
      const first = await hintsOfSample(kit);
      assert.ok(first.length > 0);
      await Promise.resolve()
        .then(() => webhookOf(kit).definition.hints({ data: { id: 'between' } }))
        .catch(() => undefined);
      assert.deepEqual(await hintsOfSample(kit), first);
    },
  },
  {
    name: 'whatever a body says, its hints are a list',
    skip,
    async run(kit) {
      const { hints } = webhookOf(kit).definition;
      for (const body of [null, [], {}, 7, 'text', { action: 'unheardOf' }, { data: null }, { action: 'x', data: { id: {} } }]) {
        const named = await Promise.resolve().then(() => hints(body));
        assert.ok(Array.isArray(named) && named.every(({ stream }) => Object.hasOwn(kit.connector.streams, stream)), JSON.stringify(body));
      }
    },
  },
];
