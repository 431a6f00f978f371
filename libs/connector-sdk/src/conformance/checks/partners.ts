import assert from 'node:assert/strict';
import { memoryReceived } from '../../memory-ports.js';
import type { PartnerAnswer, PartnerRoute } from '../../partners/partner-api.js';
import type { ReceivedStore } from '../../ports.js';
import { readDelivery } from '../../webhooks/delivery.js';
import { verifyWebhook } from '../../webhooks/verify-webhook.js';
import { NOW, walk, type Kit } from '../harness.js';
import { callPartner, keepIn } from '../call-partner.js';
import { secretsOf, type Check } from './check.js';

const skip = ({ connector, server }: Kit) => (connector.partnerApi && server.partner ? undefined : 'nobody calls it');
const STRANGE = [
  undefined,
  null,
  [],
  {},
  7,
  'text',
  { job: null },
  { candidate: 'x', applicant: [] },
  { id: { id: {} }, job: { jobId: 7 } },
];

function partnerOf({ connector, server }: Kit) {
  assert.ok(connector.partnerApi && server.partner);
  return { api: connector.partnerApi, ...server.partner, routes: Object.keys(connector.partnerApi.routes) as PartnerRoute[] };
}
async function believed(kit: Kit, { secrets, tampered = false }: { secrets: string[]; tampered?: boolean }): Promise<boolean> {
  const { api, calls, sign } = partnerOf(kit);
  const rawBody = Buffer.from(JSON.stringify(calls[0].body));
  const headers = tampered ? {} : sign(rawBody);
  const delivery = await readDelivery({ method: 'POST', url: 'https://hub.example/api/v1/partners/1/x', headers, rawBody });
  return (await verifyWebhook(api.verify, { delivery, secrets, now: NOW })).ok;
}
async function answerTo(
  kit: Kit,
  call: { route: PartnerRoute; body?: unknown; query?: Record<string, string> },
  store?: ReceivedStore,
): Promise<PartnerAnswer> {
  return callPartner(kit, call, store ?? memoryReceived(() => NOW));
}

/** What partners call on us: how calls prove themselves, what is kept of them, and that no words of theirs break a route. */
export const partnerChecks: Check[] = [
  {
    name: 'a call that proves itself is believed, also while one secret replaces the other',
    skip,
    async run(kit) {
      const { secret } = partnerOf(kit);
      assert.ok(await believed(kit, { secrets: [secret] }));
      assert.ok(await believed(kit, { secrets: ['newer', secret] }));
    },
  },
  {
    name: 'a call that proves nothing is refused',
    skip,
    async run(kit) {
      const { secret } = partnerOf(kit);
      assert.ok(!(await believed(kit, { secrets: ['another secret'] })));
      assert.ok(!(await believed(kit, { secrets: [secret], tampered: true })));
      assert.ok(!(await believed(kit, { secrets: [] })));
    },
  },
  {
    name: 'what a call brings is kept for streams of its own, as JSON',
    skip,
    async run(kit) {
      for (const call of partnerOf(kit).calls) {
        const { status, keep = [] } = await answerTo(kit, call);
        assert.ok(status >= 200 && status < 300 && keep.length > 0, `${call.route}: ${status}`);
        for (const { stream, externalId, payload } of keep) {
          assert.ok(Object.hasOwn(kit.connector.streams, stream) && externalId.length > 0 && externalId.length <= 1_000, stream);
          assert.deepEqual(JSON.parse(JSON.stringify(payload)), payload);
        }
      }
    },
  },
  {
    name: 'a call that is repeated brings nothing new',
    skip,
    async run(kit) {
      const store = memoryReceived(() => NOW);
      const [call] = partnerOf(kit).calls;
      await keepIn(store, await answerTo(kit, call, store));
      assert.deepEqual((await answerTo(kit, call, store)).keep ?? [], []);
    },
  },
  {
    name: 'files are named by their hash, and their bytes are in no payload',
    skip,
    async run(kit) {
      for (const call of partnerOf(kit).calls) {
        for (const { payload, files = [] } of (await answerTo(kit, call)).keep ?? []) {
          const text = JSON.stringify(payload);
          for (const { sha256, bytes } of files) assert.ok(text.includes(sha256) && !text.includes(bytes.toString('base64')));
        }
      }
    },
  },
  {
    name: 'whatever a call says, a route answers and keeps nothing strange',
    skip,
    async run(kit) {
      const { routes } = partnerOf(kit);
      for (const route of routes)
        for (const body of STRANGE) {
          const { status, body: said, keep = [] } = await Promise.resolve(answerTo(kit, { route, body }));
          assert.ok(Number.isInteger(status) && status >= 200 && status < 500, `${route}: ${status}`);
          assert.ok(JSON.stringify(said) !== undefined && keep.length === 0, route);
        }
    },
  },
  {
    name: 'answers to partners tell no credential',
    skip,
    async run(kit) {
      const { calls, routes, secret } = partnerOf(kit);
      const answers = [];
      for (const call of [...calls, ...routes.map((route) => ({ route, body: { anything: secret } }))])
        answers.push(await answerTo(kit, call));
      for (const hidden of [...secretsOf(kit), secret]) assert.ok(!JSON.stringify(answers).includes(hidden));
    },
  },
  {
    name: 'what came again is walked again',
    skip,
    async run(kit) {
      for (const stream of Object.keys(kit.connector.streams).filter((name) => kit.connector.streams[name].received)) {
        const { records, cursor } = await walk({ ...kit, stream });
        const [first] = records;
        await kit.received(stream).write(first.externalId, first.payload);
        assert.deepEqual(
          (await walk({ ...kit, stream }, cursor)).records.map(({ externalId }) => externalId),
          [first.externalId],
        );
      }
    },
  },
];
