import { randomBytes } from 'node:crypto';
import { parseMasterKey } from './master-key.js';

describe('parseMasterKey', () => {
  const key = randomBytes(32);
  it.each(['hex', 'base64', 'base64url'] as const)('reads 32 bytes as %s', (encoding) => {
    expect(parseMasterKey(`${key.toString(encoding)}\n`)).toEqual(key);
  });
  it.each(['', 'short', key.subarray(1).toString('base64'), `${key.toString('hex')}00`, 'not base64 at all but long enough to be it!!'])(
    'refuses %j without repeating it',
    (text) => {
      expect(() => parseMasterKey(text)).toThrow(/32 random bytes/);
      if (text) expect(() => parseMasterKey(text)).not.toThrow(text);
    },
  );
});
