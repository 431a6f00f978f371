import { createHmac, timingSafeEqual } from 'node:crypto';
import { textsAt, type ReadDelivery } from './delivery.js';
import type { HmacScheme, SharedTokenScheme, WebhookScheme } from './scheme.js';
import { signedBytes } from './signed-bytes.js';
import { verifyToken, type KeySource } from './verify-token.js';

export interface VerifyInput {
  delivery: ReadDelivery;
  /** All active secrets: rotation, and one key per type of event, mean that several are valid at once. */
  secrets: string[];
  now: Date;
  /** Public keys of the identity provider, for schemes that need them. */
  keys?: KeySource;
}
export type Verified =
  | { ok: true }
  | { ok: false; reason: 'no-secret' | 'no-signature' | 'no-timestamp' | 'stale' | 'no-signed-field' | 'mismatch' | 'no-public-address' };

/** Checks a delivery on its raw bytes, in constant time per key. Unverifiable is refused: there is no third answer. */
export function verifyWebhook(scheme: WebhookScheme, input: VerifyInput): Verified | Promise<Verified> {
  const usable = { ...input, secrets: input.secrets.filter((secret) => secret.length > 0) };
  if (usable.secrets.length === 0) return { ok: false, reason: 'no-secret' };
  if (scheme.kind === 'signed-token') return verifyToken(scheme, usable);
  return scheme.kind === 'hmac' ? verifyHmac(scheme, usable) : verifySharedToken(scheme, usable);
}

function verifyHmac(scheme: HmacScheme, { delivery, secrets, now }: VerifyInput): Verified {
  const offered = textsAt(scheme.signature, delivery).flatMap((text) => signaturesIn(text, scheme));
  if (offered.length === 0) return { ok: false, reason: 'no-signature' };
  const stale = scheme.timestamp && timeFault(scheme.timestamp, textsAt(scheme.timestamp, delivery), now);
  if (stale) return { ok: false, reason: stale };
  if (scheme.signed.includes('url') && delivery.url === undefined) return { ok: false, reason: 'no-public-address' };
  const spellings = signedBytes(scheme.signed, delivery);
  if (!spellings) return { ok: false, reason: 'no-signed-field' };
  const valid = secrets.flatMap((secret) => {
    const key = keyOf(secret, scheme);
    return spellings.map((bytes) => createHmac(scheme.digest, key).update(bytes).digest());
  });
  return anyEqual(offered, valid) ? { ok: true } : { ok: false, reason: 'mismatch' };
}

function verifySharedToken(scheme: SharedTokenScheme, { delivery, secrets }: VerifyInput): Verified {
  const shown = textsAt(scheme.token, delivery);
  if (shown.length === 0) return { ok: false, reason: 'no-signature' };
  const valid = secrets.map(digestOf);
  return shown.every((token) => anyEqual([digestOf(token)], valid)) ? { ok: true } : { ok: false, reason: 'mismatch' };
}

/** Signatures of the right prefix and exact length; node's decoders accept trash, so the text is re-encoded and compared first. */
function signaturesIn(text: string, { prefix = '', digest, encoding }: HmacScheme): Buffer[] {
  const separator = prefix.includes(',') ? /\s+/ : prefix.includes(' ') ? /,\s*/ : /[\s,]+/;
  const length = digest === 'sha1' ? 20 : 32;
  return text
    .split(separator)
    .filter((part) => part.length > 0 && part.startsWith(prefix))
    .map((part) => decodeExactly(part.slice(prefix.length), encoding))
    .filter((bytes): bytes is Buffer => bytes?.length === length);
}

function decodeExactly(text: string, encoding: 'hex' | 'base64'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  const again = bytes.toString(encoding);
  return (encoding === 'hex' ? text.toLowerCase() : text) === again ? bytes : undefined;
}

function timeFault(
  { unit, toleranceSeconds }: NonNullable<HmacScheme['timestamp']>,
  [text]: string[],
  now: Date,
): 'no-timestamp' | 'stale' | undefined {
  if (!text || !/^\d{1,15}$/.test(text)) return 'no-timestamp';
  const at = Number(text) * (unit === 's' ? 1_000 : 1);
  return Math.abs(now.getTime() - at) > toleranceSeconds * 1_000 ? 'stale' : undefined;
}

function keyOf(secret: string, { key = 'text' }: HmacScheme): Buffer {
  return key === 'base64' ? Buffer.from(secret.replace(/^whsec_/, ''), 'base64') : Buffer.from(secret, 'utf8');
}

/** Of equal length whatever the text, so that a comparison does not tell how long a secret is. */
function digestOf(text: string): Buffer {
  return createHmac('sha256', 'tributary-shared-token').update(text).digest();
}

/** Every pair is compared, so the time says nothing about which key or signature matched. */
function anyEqual(offered: Buffer[], valid: Buffer[]): boolean {
  const hits = offered.flatMap((one) => valid.map((other) => one.length === other.length && timingSafeEqual(one, other)));
  return hits.some(Boolean);
}
