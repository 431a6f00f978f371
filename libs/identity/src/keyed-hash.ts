import { createHmac, hash } from 'node:crypto';

const BLOCK = 64;
const DIGEST = 32;
/** Longest text, in UTF-16 units, whose UTF-8 form is sure to fit behind the inner pad. */
const LONGEST = 256;
const pads = new WeakMap<Buffer, Pads>();
interface Pads {
  inner: Buffer;
  outer: Buffer;
}

/**
 * First 64 bits, signed, of HMAC-SHA256 (RFC 2104). Two one-shot digests in place take half the time of `createHmac`, which
 * matters at 200,000 records; the padded key is kept for as long as the caller keeps the secret.
 */
export function keyedHash(secret: Buffer, text: string): bigint {
  if (text.length > LONGEST) return createHmac('sha256', secret).update(text).digest().readBigInt64BE(0);
  const { inner, outer } = padsOf(secret);
  const written = inner.write(text, BLOCK);
  outer.write(hash('sha256', inner.subarray(0, BLOCK + written), 'binary'), BLOCK, 'binary');
  return BigInt.asIntN(64, BigInt(`0x${hash('sha256', outer, 'hex').slice(0, 16)}`));
}

function padsOf(secret: Buffer): Pads {
  const known = pads.get(secret);
  if (known) return known;
  const key = Buffer.alloc(BLOCK);
  (secret.length > BLOCK ? Buffer.from(hash('sha256', secret, 'hex'), 'hex') : secret).copy(key);
  const made = { inner: padded(key, { with: 0x36, room: 3 * LONGEST }), outer: padded(key, { with: 0x5c, room: DIGEST }) };
  pads.set(secret, made);
  return made;
}

function padded(key: Buffer, pad: { with: number; room: number }): Buffer {
  return Buffer.concat([key.map((byte) => byte ^ pad.with), Buffer.alloc(pad.room)]);
}
