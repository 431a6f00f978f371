import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { keyIdOf, openSecret, rewrapSecret, sealSecret, SecretUnreadable, type Envelope, type SealedFor } from './seal.js';

const key = randomBytes(32);
const place: SealedFor = { tenantId: 't', ownerId: 'o', field: 'password', version: 3 };

function flip(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

describe('sealSecret', () => {
  it('opens to what was sealed, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (plaintext) => openSecret(key, sealSecret(key, plaintext, place), place).toString('utf8') === plaintext,
      ),
    );
  });

  it('never seals the same value to the same bytes, and never contains it', () => {
    const [a, b] = [sealSecret(key, 'hunter2hunter2', place), sealSecret(key, 'hunter2hunter2', place)];
    expect(a.sealed.equals(b.sealed) || a.wrappedKey.equals(b.wrappedKey)).toBe(false);
    expect(Buffer.concat([a.sealed, a.wrappedKey]).includes('hunter2')).toBe(false);
  });

  it('refuses any flipped bit', () => {
    const envelope = sealSecret(key, 'secret', place);
    for (const part of ['sealed', 'wrappedKey'] as const) {
      for (let bit = 0; bit < envelope[part].length * 8; bit += 1) {
        expect(() => openSecret(key, { ...envelope, [part]: flip(envelope[part], bit) }, place)).toThrow(SecretUnreadable);
      }
    }
  });

  it.each([{ tenantId: 'x' }, { ownerId: 'x' }, { field: 'user' }, { version: 2 }])('refuses to open in another place: %o', (other) => {
    expect(() => openSecret(key, sealSecret(key, 'secret', place), { ...place, ...other })).toThrow(SecretUnreadable);
  });

  it('refuses a data key where a value belongs, truncated boxes and another master key', () => {
    const envelope = sealSecret(key, 'secret', place);
    const broken: Envelope[] = [
      { ...envelope, sealed: envelope.wrappedKey },
      { ...envelope, wrappedKey: envelope.sealed },
      { ...envelope, sealed: envelope.sealed.subarray(0, 20) },
      { ...envelope, sealed: Buffer.alloc(0) },
    ];
    for (const each of broken) expect(() => openSecret(key, each, place)).toThrow(SecretUnreadable);
    expect(() => openSecret(randomBytes(32), envelope, place)).toThrow(SecretUnreadable);
  });

  it('moves to another master key without sealing the value again', () => {
    const next = randomBytes(32);
    const before = sealSecret(key, 'secret', place);
    const after = rewrapSecret({ from: key, to: next }, before, place);
    expect([after.keyId, after.sealed.equals(before.sealed), openSecret(next, after, place).toString()]).toEqual([
      keyIdOf(next),
      true,
      'secret',
    ]);
    expect(() => openSecret(key, after, place)).toThrow(SecretUnreadable);
  });

  it('says nothing of the value in its error', () => {
    expect.assertions(1);
    try {
      openSecret(randomBytes(32), sealSecret(key, 'hunter2', place), place);
    } catch (error) {
      expect(JSON.stringify([String(error), error])).not.toContain('hunter2');
    }
  });
});
