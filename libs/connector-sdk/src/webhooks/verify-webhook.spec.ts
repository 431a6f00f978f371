import { generateKeyPairSync, sign } from 'node:crypto';
import { createLocalJWKSet, type JWK } from 'jose';
import vectors from '../../../../test/data/webhook-vectors/vectors.json';
import { answerHandshake } from './answer-handshake.js';
import { knownSenders, type KnownSender } from './known-senders.js';
import { readDelivery, type Delivery } from './delivery.js';
import { hmac, type BodyFormat, type WebhookScheme } from './scheme.js';
import * as sdk from './verify-webhook.js';

type Verified = sdk.Verified;
type VerifyInput = Omit<sdk.VerifyInput, 'delivery'> & { delivery: Delivery; body?: BodyFormat };
const verifyWebhook = async (scheme: WebhookScheme, { delivery, body, ...input }: VerifyInput): Promise<Verified> =>
  sdk.verifyWebhook(scheme, { ...input, delivery: await readDelivery(delivery, body) });

// Signatures computed with Python's hmac and `openssl dgst -hmac`, not with the code under test.
const BODY = '{"action":"candidateHire","name":"Zoë \\u003c 🚀"}';
const SHA256 = '5496e2a72147b1e81166cfd924a7383154be10d15aa58ace1459796aea8d7975';
const SHA256_KEY_2 = '50ad8e835ed337a945b58d920be3b83f9e576356c390ec6ca911ef46d784a6fa';
const NOW = new Date(1_796_119_200_000);

const deliver = (
  scheme: WebhookScheme,
  headers: Record<string, string>,
  more: { body?: string; secrets?: string[]; now?: Date } = {},
): Promise<Verified> =>
  verifyWebhook(scheme, {
    delivery: { method: 'POST', headers, rawBody: Buffer.from(more.body ?? BODY) },
    secrets: more.secrets ?? ['whsec-1'],
    now: more.now ?? NOW,
  });
const OK = { ok: true };
const no = (reason: string) => ({ ok: false, reason });

const ashby = hmac({ header: 'Ashby-Signature', digest: 'sha256', encoding: 'hex', prefix: 'sha256=' });

describe('an HMAC over the body', () => {
  test('known vectors', async () => {
    expect(await deliver(ashby, { 'ashby-signature': `sha256=${SHA256}` })).toEqual(OK);
    expect(await deliver(hmac({ header: 'x', digest: 'sha256', encoding: 'hex', prefix: 'sha256 ' }), { x: `sha256 ${SHA256}` })).toEqual(
      OK,
    );
    expect(
      await deliver(hmac({ header: 'x', digest: 'sha256', encoding: 'base64' }), { x: 'VJbipyFHsegRZs/ZJKc4MVS+ENFapYrOFFl5auqNeXU=' }),
    ).toEqual(OK);
    expect(await deliver(hmac({ header: 'x', digest: 'sha1', encoding: 'base64' }), { x: 'fGLx+btTVroIzE8nd0VMQXF6Moc=' })).toEqual(OK);
    expect(
      await deliver(hmac({ header: 'x', digest: 'sha1', encoding: 'hex' }), { x: '7c62f1f9bb5356ba08cc4f2777454c41717a3287' }),
    ).toEqual(OK);
  });
  test('every flipped byte of the body or of the signature is a mismatch', async () => {
    for (let at = 0; at < BODY.length; at += 7) {
      const body = BODY.slice(0, at) + String.fromCharCode(BODY.charCodeAt(at) ^ 1) + BODY.slice(at + 1);
      expect(await deliver(ashby, { 'ashby-signature': `sha256=${SHA256}` }, { body })).toEqual(no('mismatch'));
    }
    for (let at = 0; at < SHA256.length; at += 1) {
      const forged = SHA256.slice(0, at) + (SHA256[at] === '0' ? '1' : '0') + SHA256.slice(at + 1);
      expect(await deliver(ashby, { 'ashby-signature': `sha256=${forged}` })).toEqual(no('mismatch'));
    }
  });
  test.each([
    [{}],
    [{ 'ashby-signature': '' }],
    [{ 'ashby-signature': SHA256 }],
    [{ 'ashby-signature': 'sha256=' }],
    [{ 'ashby-signature': `sha256=${SHA256.slice(2)}` }],
    [{ 'ashby-signature': `sha256=${SHA256}00` }],
    [{ 'ashby-signature': `sha256=${SHA256.slice(0, -1)}zz` }],
    [{ 'ashby-signature': `sha1=${SHA256}` }],
  ])('%j is no signature', async (headers: Record<string, string>) => expect(await deliver(ashby, headers)).toEqual(no('no-signature')));
  test('two keys are valid during a rotation; no key verifies nothing', async () => {
    const headers = { 'ashby-signature': `sha256=${SHA256_KEY_2}` };
    expect(await deliver(ashby, headers, { secrets: ['whsec-1', 'whsec-2'] })).toEqual(OK);
    expect(await deliver(ashby, headers, { secrets: ['whsec-1'] })).toEqual(no('mismatch'));
    expect(await deliver(ashby, headers, { secrets: [] })).toEqual(no('no-secret'));
    expect(await deliver(ashby, headers, { secrets: [''] })).toEqual(no('no-secret'));
  });
});

interface Vector {
  sender: string;
  computedBy: string;
  secrets: string[];
  method: string;
  url: string;
  headers: Record<string, string | undefined>;
  body: string;
  now: number;
  /** The scheme does not cover the body. */
  uncovered?: boolean;
}
const ALL = vectors as Vector[];
const senderOf = ({ sender }: Vector): KnownSender => (knownSenders as Record<string, KnownSender>)[sender];
/** One byte that no scheme of uncovered bodies looks at, and any other sees. */
const changedBody = ({ body }: Vector): string =>
  body.includes('event_metadata') ? body.replace('event_metadata', 'event_metadatx') : `${body} `;
const inputOf = (vector: Vector): VerifyInput => ({
  delivery: {
    method: vector.method,
    url: vector.url,
    headers: vector.headers as Record<string, string>,
    rawBody: Buffer.from(vector.body),
  },
  secrets: vector.secrets,
  now: new Date(vector.now),
  body: senderOf(vector).body,
});

describe('known senders, by vectors that were computed elsewhere', () => {
  test('every sender has one, but for the one whose tokens are made below', () => {
    const proven = new Set(ALL.map(({ sender }) => sender));
    expect(Object.keys(knownSenders).filter((name) => !proven.has(name))).toEqual(['gmail']);
  });
  test.each(ALL.map((vector): [string, string, Vector] => [vector.sender, vector.computedBy, vector]))(
    '%s (%s)',
    async (_sender, _by, vector) => {
      const { verify } = senderOf(vector);
      const input = inputOf(vector);
      const outcome = (change: Partial<VerifyInput>) => verifyWebhook(verify, { ...input, ...change });
      expect(await outcome({})).toEqual(OK);
      expect(await outcome({ secrets: ['guessed'] })).toEqual(no('mismatch'));
      expect(await outcome({ secrets: [] })).toEqual(no('no-secret'));
      const bodyChanged = await outcome({ delivery: { ...input.delivery, rawBody: Buffer.from(changedBody(vector)) } });
      expect(bodyChanged.ok).toBe(vector.uncovered ?? false);
      if (verify.kind !== 'hmac') return;
      if (verify.timestamp) {
        const late = new Date(vector.now + (verify.timestamp.toleranceSeconds + 1) * 1_000);
        expect(await outcome({ now: late })).toEqual(no('stale'));
      }
      if (!verify.signed.includes('url')) return;
      expect(await outcome({ delivery: { ...input.delivery, url: undefined } })).toEqual(no('no-public-address'));
      expect((await outcome({ delivery: { ...input.delivery, url: vector.url.replace('/hooks/', '/other/') } })).ok).toBe(false);
    },
  );
  test('one forged entry among several is enough to refuse them all', async () => {
    const graph = ALL.find(({ sender }) => sender === 'graph') as Vector;
    for (const value of [
      [{ clientState: 'client-state' }, { clientState: 'guessed' }],
      [{ clientState: 'client-state' }, { resource: 'b' }],
    ]) {
      const input = inputOf({ ...graph, body: JSON.stringify({ value }) });
      expect(await verifyWebhook(knownSenders.graph.verify as WebhookScheme, input)).toEqual(no('mismatch'));
    }
    expect((await verifyWebhook(knownSenders.graph.verify as WebhookScheme, inputOf({ ...graph, body: '{"value":[]}' }))).ok).toBe(false);
  });
});

describe('a token that an identity provider signed', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' } as JWK;
  const keys = { of: () => createLocalJWKSet({ keys: [jwk] }) };
  const URL_OF_HOOK = 'https://hub.example.com/api/v1/hooks/5';
  const CLAIMS = {
    iss: 'https://accounts.google.com',
    aud: URL_OF_HOOK,
    email: 'push@project.iam.example',
    email_verified: true,
    exp: NOW.getTime() / 1_000 + 600,
  };
  /** By node's own crypto, not by the library under test. */
  const tokenOf = (claims: object, { key = privateKey, alg = 'RS256' } = {}): string => {
    const text = [{ alg, kid: 'k1', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${alg === 'none' ? '' : sign('sha256', Buffer.from(text), key).toString('base64url')}`;
  };
  const show = (token: string, change: Partial<VerifyInput> & { url?: string } = {}): Promise<Verified> =>
    verifyWebhook(knownSenders.gmail.verify, {
      delivery: {
        method: 'POST',
        url: 'url' in change ? change.url : `${URL_OF_HOOK}?x=1`,
        headers: { authorization: `Bearer ${token}` },
        rawBody: Buffer.from('{}'),
      },
      secrets: ['push@project.iam.example'],
      now: NOW,
      keys,
      ...change,
    });
  test('is believed', async () => expect(await show(tokenOf(CLAIMS))).toEqual(OK));
  test.each<[string, string, string]>([
    ['expired', tokenOf({ ...CLAIMS, exp: NOW.getTime() / 1_000 - 120 }), 'stale'],
    ['without an end', tokenOf({ ...CLAIMS, exp: undefined }), 'mismatch'],
    ['for another address', tokenOf({ ...CLAIMS, aud: 'https://other.example' }), 'mismatch'],
    ['of another issuer', tokenOf({ ...CLAIMS, iss: 'https://evil.example' }), 'mismatch'],
    ['of another account', tokenOf({ ...CLAIMS, email: 'someone@else.example' }), 'mismatch'],
    ['of an account that is not verified', tokenOf({ ...CLAIMS, email_verified: false }), 'mismatch'],
    ['signed by a stranger', tokenOf(CLAIMS, { key: stranger }), 'mismatch'],
    ['signed by nobody', tokenOf(CLAIMS, { alg: 'none' }), 'no-signature'],
    ['that is none', 'abc', 'no-signature'],
  ])('is refused when it is %s', async (_what, token, reason) => expect(await show(token)).toEqual(no(reason)));
  test('is refused where the installation does not know its address', async () =>
    expect(await show(tokenOf(CLAIMS), { url: undefined })).toEqual(no('no-public-address')));
});

test('the shape of signatures in a header of pairs, or of two parts, is held', async () => {
  const pair = ALL.find(({ sender }) => sender === 'calendly') as Vector;
  const split = ALL.find(({ sender }) => sender === 'docuSeal') as Vector;
  for (const [vector, header] of [
    [pair, { 'calendly-webhook-signature': 't=1796119200' }],
    [pair, { 'calendly-webhook-signature': 'v2=00' }],
    [split, { 'x-docuseal-signature': '1796119200' }],
    [split, {}],
  ] as const)
    expect(await verifyWebhook(senderOf(vector).verify, inputOf({ ...vector, headers: header }))).toEqual(no('no-signature'));
  const [, signature] = (pair.headers['calendly-webhook-signature'] as string).split(',');
  const untimed = inputOf({ ...pair, headers: { 'calendly-webhook-signature': signature } });
  expect(await verifyWebhook(senderOf(pair).verify, untimed)).toEqual(no('no-timestamp'));
});

describe('handshakes', () => {
  test('echo', () => {
    const ask = (query: object, method = 'POST') =>
      answerHandshake(knownSenders.graph.handshake as never, { method, query: query as never });
    expect(ask({ validationToken: '<b>abc' })).toEqual({ status: 200, contentType: 'text/plain; charset=utf-8', body: '<b>abc' });
    for (const query of [{}, { validationToken: '' }, { validationToken: ['a', 'b'] }, { validationToken: 'x'.repeat(2_001) }])
      expect(ask(query)).toBeUndefined();
    expect(ask({ validationToken: 'a' }, 'GET')).toBeUndefined();
  });
  test('signed challenge', () => {
    const asked = { method: 'GET', query: { challengeCode: '890e4665-4dfe-4ab1-b689-ed553bceeed0' } };
    const handshake = knownSenders.linkedIn.handshake as never;
    // openssl dgst -sha256 -hmac client-secret
    expect(JSON.parse(answerHandshake(handshake, asked, 'client-secret')?.body ?? '')).toEqual({
      challengeCode: '890e4665-4dfe-4ab1-b689-ed553bceeed0',
      challengeResponse: '8ab4bbad570533d66462deba280bde93c1cad8b543e7f526d3e962acaf6c391a',
    });
    expect(answerHandshake(handshake, asked)).toBeUndefined();
  });
});
