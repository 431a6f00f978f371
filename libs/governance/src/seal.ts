import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** What a sealed value belongs to. It is authenticated with the value, so that a row copied to another place does not open there. */
export interface SealedFor {
  tenantId: string;
  ownerId: string;
  field: string;
  version: number;
}

/** A value under its own random key, and that key under the master key. */
export interface Envelope {
  keyId: string;
  wrappedKey: Buffer;
  sealed: Buffer;
}

export class SecretUnreadable extends Error {}

/** First eight hex digits of the key's SHA-256: names a master key without saying anything about it. */
export function keyIdOf(masterKey: Buffer): string {
  return createHash('sha256').update(masterKey).digest('hex').slice(0, 8);
}

/** @throws RangeError when the key is not 32 bytes. */
export function sealSecret(masterKey: Buffer, plaintext: string | Buffer, place: SealedFor): Envelope {
  const dataKey = randomBytes(KEY_BYTES);
  return {
    keyId: keyIdOf(masterKey),
    wrappedKey: encrypt(masterKey, dataKey, `key|${placeText(place)}`),
    sealed: encrypt(dataKey, Buffer.from(plaintext), placeText(place)),
  };
}

/** @throws SecretUnreadable when a bit was changed, the place is another, or the master key is the wrong one. */
export function openSecret(masterKey: Buffer, envelope: Envelope, place: SealedFor): Buffer {
  return decrypt(decrypt(masterKey, envelope.wrappedKey, `key|${placeText(place)}`), envelope.sealed, placeText(place));
}

/** Brings an envelope under another master key; the value itself is neither read nor sealed again. */
export function rewrapSecret(keys: { from: Buffer; to: Buffer }, envelope: Envelope, place: SealedFor): Envelope {
  const aad = `key|${placeText(place)}`;
  return { ...envelope, keyId: keyIdOf(keys.to), wrappedKey: encrypt(keys.to, decrypt(keys.from, envelope.wrappedKey, aad), aad) };
}

function placeText({ tenantId, ownerId, field, version }: SealedFor): string {
  return `${tenantId}|${ownerId}|${field}|${version}`;
}

function encrypt(key: Buffer, plain: Buffer, aad: string): Buffer {
  if (key.length !== KEY_BYTES) throw new RangeError(`an encryption key has ${KEY_BYTES} bytes, not ${key.length}`);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(aad));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, box: Buffer, aad: string): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES }).setAAD(Buffer.from(aad));
    decipher.setAuthTag(box.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(box.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    throw new SecretUnreadable('a stored credential does not open: it was changed, moved, or sealed under another master key');
  }
}
