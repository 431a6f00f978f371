import { hmac, verifyWebhook, type WebhookScheme } from './webhooks.js';

// Signatures computed with Python's hmac and `openssl dgst -hmac`, not with the code under test.
const BODY = '{"action":"candidateHire","name":"Zoë \\u003c 🚀"}';
const SHA256 = '5496e2a72147b1e81166cfd924a7383154be10d15aa58ace1459796aea8d7975';
const SHA256_KEY_2 = '50ad8e835ed337a945b58d920be3b83f9e576356c390ec6ca911ef46d784a6fa';
const NOW = new Date(1_796_119_200_000);

const deliver = (scheme: WebhookScheme, headers: Record<string, string>, more: { body?: string; secrets?: string[]; now?: Date } = {}) =>
  verifyWebhook(scheme, { headers, rawBody: Buffer.from(more.body ?? BODY), secrets: more.secrets ?? ['whsec-1'], now: more.now ?? NOW });
const OK = { ok: true };
const no = (reason: string) => ({ ok: false, reason });

const ashby = hmac({ header: 'Ashby-Signature', digest: 'sha256', encoding: 'hex', prefix: 'sha256=' });

describe('an HMAC over the body', () => {
  test('known vectors', () => {
    expect(deliver(ashby, { 'ashby-signature': `sha256=${SHA256}` })).toEqual(OK);
    expect(deliver(hmac({ header: 'x', digest: 'sha256', encoding: 'hex', prefix: 'sha256 ' }), { x: `sha256 ${SHA256}` })).toEqual(OK);
    expect(
      deliver(hmac({ header: 'x', digest: 'sha256', encoding: 'base64' }), { x: 'VJbipyFHsegRZs/ZJKc4MVS+ENFapYrOFFl5auqNeXU=' }),
    ).toEqual(OK);
    expect(deliver(hmac({ header: 'x', digest: 'sha1', encoding: 'base64' }), { x: 'fGLx+btTVroIzE8nd0VMQXF6Moc=' })).toEqual(OK);
    expect(deliver(hmac({ header: 'x', digest: 'sha1', encoding: 'hex' }), { x: '7c62f1f9bb5356ba08cc4f2777454c41717a3287' })).toEqual(OK);
  });
  test('every flipped byte of the body or of the signature is a mismatch', () => {
    for (let at = 0; at < BODY.length; at += 7) {
      const body = BODY.slice(0, at) + String.fromCharCode(BODY.charCodeAt(at) ^ 1) + BODY.slice(at + 1);
      expect(deliver(ashby, { 'ashby-signature': `sha256=${SHA256}` }, { body })).toEqual(no('mismatch'));
    }
    for (let at = 0; at < SHA256.length; at += 1) {
      const forged = SHA256.slice(0, at) + (SHA256[at] === '0' ? '1' : '0') + SHA256.slice(at + 1);
      expect(deliver(ashby, { 'ashby-signature': `sha256=${forged}` })).toEqual(no('mismatch'));
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
  ])('%j is no signature', (headers: Record<string, string>) => expect(deliver(ashby, headers)).toEqual(no('no-signature')));
  test('two keys are valid during a rotation; no key verifies nothing', () => {
    const headers = { 'ashby-signature': `sha256=${SHA256_KEY_2}` };
    expect(deliver(ashby, headers, { secrets: ['whsec-1', 'whsec-2'] })).toEqual(OK);
    expect(deliver(ashby, headers, { secrets: ['whsec-1'] })).toEqual(no('mismatch'));
    expect(deliver(ashby, headers, { secrets: [] })).toEqual(no('no-secret'));
    expect(deliver(ashby, headers, { secrets: [''] })).toEqual(no('no-secret'));
  });
});

test('timestamp.body within its tolerance', () => {
  const scheme: WebhookScheme = {
    ...ashby,
    prefix: '',
    signature: { header: 's' },
    signed: 'timestamp.body',
    timestamp: { header: 't', unit: 's' },
    toleranceSeconds: 300,
  };
  const headers = { s: 'ce35f008d11e9037d0db2bfb000f3fe55aad905ddebdd8a4140f2b6fed72016b', t: '1796119200' };
  const at = (seconds: number) => deliver(scheme, headers, { now: new Date(NOW.getTime() + seconds * 1_000) });
  expect([at(0), at(300), at(-300)]).toEqual([OK, OK, OK]);
  expect([at(301), at(-301)]).toEqual([no('stale'), no('stale')]);
  expect(deliver(scheme, { s: headers.s, t: '1796119201' })).toEqual(no('mismatch'));
  expect(deliver(scheme, { s: headers.s })).toEqual(no('no-timestamp'));
  expect(deliver(scheme, { s: headers.s, t: 'soon' })).toEqual(no('no-timestamp'));
});

test('id.timestamp.body with a base64 key and several signatures', () => {
  const good = 'v1,SZt2oH9bOl0/NYSbcqlr7OOHiGfZlJd/2Si1YFStZeM=';
  const scheme: WebhookScheme = {
    signature: { header: 'finch-signature' },
    digest: 'sha256',
    encoding: 'base64',
    prefix: 'v1,',
    signed: 'id.timestamp.body',
    id: { header: 'finch-event-id' },
    timestamp: { header: 'finch-timestamp', unit: 's' },
    toleranceSeconds: 300,
    secretIsBase64: true,
  };
  const headers = { 'finch-event-id': 'evt_1', 'finch-timestamp': '1796119200' };
  const secrets = ['c2VjcmV0LWJ5dGVz'];
  expect(deliver(scheme, { ...headers, 'finch-signature': `v1,${'A'.repeat(43)}= ${good}` }, { secrets })).toEqual(OK);
  expect(deliver(scheme, { 'finch-timestamp': '1796119200', 'finch-signature': good }, { secrets })).toEqual(no('no-signed-field'));
});

test('token+timestamp inside the body (the body itself is not covered)', () => {
  const scheme: WebhookScheme = {
    signature: { field: 'signature' },
    digest: 'sha256',
    encoding: 'hex',
    signed: 'token+timestamp',
    id: { field: 'token' },
    timestamp: { field: 'triggeredAt', unit: 'ms' },
    toleranceSeconds: 60,
  };
  const body = {
    token: 'tok-9',
    triggeredAt: 1_796_119_200_000,
    signature: 'cb5faaa5e4400f1bd89c6539687bc0b49d5c98855f3bd1cf920429b2f9d7eb8d',
  };
  expect(deliver(scheme, {}, { body: JSON.stringify(body) })).toEqual(OK);
  expect(deliver(scheme, {}, { body: JSON.stringify({ ...body, token: 'tok-8' }) })).toEqual(no('mismatch'));
  expect(deliver(scheme, {}, { body: '[1' })).toEqual(no('no-signature'));
});
