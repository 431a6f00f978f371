import { createHmac, timingSafeEqual } from 'node:crypto';

/** The bytes that a sender signs; a closed list, so that a scheme stays data. */
type SignedBytes = 'body' | 'timestamp.body' | 'id.timestamp.body' | 'token+timestamp';
interface FieldLocation {
  header?: string;
  /** Name of a top-level field of the JSON body, for senders that sign inside it. */
  field?: string;
}
/** How a sender signs, as data (vendors.md §1). */
export interface WebhookScheme {
  signature: FieldLocation;
  digest: 'sha1' | 'sha256';
  encoding: 'hex' | 'base64';
  /** Text before each signature, such as `sha256=`. A sender may list several signatures separated by spaces or commas. */
  prefix?: string;
  signed: SignedBytes;
  timestamp?: FieldLocation & { unit: 's' | 'ms' };
  id?: FieldLocation;
  /** Oldest and newest accepted timestamp, in seconds; needs `timestamp`. */
  toleranceSeconds?: number;
  /** The stored secret is base64 and its decoded bytes are the key. */
  secretIsBase64?: boolean;
}
export interface Delivery {
  /** Lower-case names. */
  headers: Record<string, string>;
  rawBody: Buffer;
  /** All active keys: rotation means that two are valid for a while. */
  secrets: string[];
  now: Date;
}
export type Verified =
  { ok: true } | { ok: false; reason: 'no-secret' | 'no-signature' | 'no-timestamp' | 'stale' | 'no-signed-field' | 'mismatch' };

/** The common scheme: an HMAC over the raw body in one header. */
export function hmac(scheme: { header: string; digest: 'sha1' | 'sha256'; encoding: 'hex' | 'base64'; prefix?: string }): WebhookScheme {
  const { header, ...rest } = scheme;
  return { ...rest, signature: { header: header.toLowerCase() }, signed: 'body' };
}

/** Checks a delivery on its raw bytes, in constant time per key. Unverifiable is refused: there is no third answer. */
export function verifyWebhook(scheme: WebhookScheme, delivery: Delivery): Verified {
  const secrets = delivery.secrets.filter((secret) => secret.length > 0);
  if (secrets.length === 0) return { ok: false, reason: 'no-secret' };
  const read = reader(delivery);
  const offered = signaturesIn(read(scheme.signature), scheme);
  if (offered.length === 0) return { ok: false, reason: 'no-signature' };
  const stale = timeFault(scheme, read(scheme.timestamp), delivery.now);
  if (stale) return { ok: false, reason: stale };
  const bytes = signedBytes(scheme, read, delivery.rawBody);
  if (!bytes) return { ok: false, reason: 'no-signed-field' };
  const valid = secrets.map((secret) => createHmac(scheme.digest, keyOf(secret, scheme)).update(bytes).digest());
  return anyEqual(offered, valid) ? { ok: true } : { ok: false, reason: 'mismatch' };
}

type Read = (location?: FieldLocation) => string | undefined;

function reader({ headers, rawBody }: Delivery): Read {
  let body: Record<string, unknown> | undefined;
  const field = (name: string) => {
    body ??= jsonObject(rawBody);
    return Object.hasOwn(body, name) ? body[name] : undefined;
  };
  return (location) => {
    const value = location?.header ? headers[location.header.toLowerCase()] : location?.field ? field(location.field) : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
}

function jsonObject(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Signatures of the right prefix and exact length; node's decoders accept trash, so the text is re-encoded and compared first. */
function signaturesIn(text: string | undefined, { prefix = '', digest, encoding }: WebhookScheme): Buffer[] {
  const separator = prefix.includes(',') ? /\s+/ : prefix.includes(' ') ? /,\s*/ : /[\s,]+/;
  const parts = (text ?? '').split(separator).filter(Boolean);
  const length = digest === 'sha1' ? 20 : 32;
  return parts
    .filter((part) => part.startsWith(prefix))
    .map((part) => decodeExactly(part.slice(prefix.length), encoding))
    .filter((bytes): bytes is Buffer => bytes?.length === length);
}

function decodeExactly(text: string, encoding: 'hex' | 'base64'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  const again = bytes.toString(encoding);
  return (encoding === 'hex' ? text.toLowerCase() : text) === again ? bytes : undefined;
}

function timeFault(
  { timestamp, toleranceSeconds }: WebhookScheme,
  text: string | undefined,
  now: Date,
): 'no-timestamp' | 'stale' | undefined {
  if (!timestamp || toleranceSeconds === undefined) return undefined;
  if (!text || !/^\d{1,15}$/.test(text)) return 'no-timestamp';
  const at = Number(text) * (timestamp.unit === 's' ? 1_000 : 1);
  return Math.abs(now.getTime() - at) > toleranceSeconds * 1_000 ? 'stale' : undefined;
}

function signedBytes(scheme: WebhookScheme, read: Read, rawBody: Buffer): Buffer | undefined {
  if (scheme.signed === 'body') return rawBody;
  const timestamp = read(scheme.timestamp);
  const id = read(scheme.id);
  if (timestamp === undefined || (scheme.signed !== 'timestamp.body' && id === undefined)) return undefined;
  if (scheme.signed === 'token+timestamp') return Buffer.from(`${id}${timestamp}`);
  const head = scheme.signed === 'id.timestamp.body' ? `${id}.${timestamp}.` : `${timestamp}.`;
  return Buffer.concat([Buffer.from(head), rawBody]);
}

function keyOf(secret: string, { secretIsBase64 }: WebhookScheme): Buffer {
  return Buffer.from(secret, secretIsBase64 ? 'base64' : 'utf8');
}

/** Every pair is compared, so the time says nothing about which key or signature matched. */
function anyEqual(offered: Buffer[], valid: Buffer[]): boolean {
  const hits = offered.flatMap((one) => valid.map((other) => one.length === other.length && timingSafeEqual(one, other)));
  return hits.some(Boolean);
}
