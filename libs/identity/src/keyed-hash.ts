import { hash } from 'node:crypto';

const BLOCK = 64;
const pads = new WeakMap<Buffer, Pads>();
interface Pads { inner: Buffer; outer: Buffer }

/**
 * First 64 bits, signed, of HMAC-SHA256 (RFC 2104). Two one-shot digests take half the time of `createHmac`, which matters at
 * 200,000 records; the padded key is kept for as long as the caller keeps the secret.
 */
export function keyedHash(secret: Buffer, text: string): bigint {
  const { inner, outer } = padsOf(secret);
  outer.write(hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'binary'), BLOCK, 'binary');
  return BigInt.asIntN(64, BigInt(`0x${hash('sha256', outer, 'hex').slice(0, 16)}`));
}

function padsOf(secret: Buffer): Pads {
  const known = pads.get(secret);
  if (known) return known;
  const key = Buffer.alloc(BLOCK);
  (secret.length > BLOCK ? Buffer.from(hash('sha256', secret, 'hex'), 'hex') : secret).copy(key);
  const made = { inner: key.map((byte) => byte ^ 0x36) as Buffer, outer: Buffer.concat([key.map((byte) => byte ^ 0x5c), Buffer.alloc(32)]) };
  pads.set(secret, made);
  return made;
}
