import { RateLimit } from './rate-limit.js';

describe('the rate limit per key', () => {
  it('lets a burst through, then as many as flow in, and keeps keys apart', () => {
    const limit = new RateLimit(10, 3);
    expect([0, 0, 0, 0].map(() => limit.take('a', 1_000))).toEqual([true, true, true, false]);
    expect(limit.take('b', 1_000)).toBe(true);
    expect(limit.take('a', 1_050)).toBe(false);
    expect(limit.take('a', 1_160)).toBe(true);
    expect(limit.take('a', 1_161)).toBe(false);
  });
});
