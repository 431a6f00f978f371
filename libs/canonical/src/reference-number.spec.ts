import fc from 'fast-check';
import { findRefs, mintRef, parseRef } from './reference-number.js';
import fixture from './reference-number.vectors.json';

const { vectors } = fixture;

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const prefix = fc.constantFrom('J' as const, 'C' as const, 'A' as const);

describe('reference numbers', () => {
  it.each(vectors)('agrees with the independently computed %s', (ref) => {
    expect(parseRef(ref)?.ref).toBe(ref);
  });

  it('refuses every single substitution', () => {
    fc.assert(
      fc.property(prefix, fc.nat(8), fc.constantFrom(...ALPHABET), (kind, at, other) => {
        const ref = mintRef(kind);
        const changed = `${ref.slice(0, 2 + at)}${other}${ref.slice(3 + at)}`;
        expect(changed === ref || parseRef(changed) === undefined).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('refuses at least 99.5 % of adjacent transpositions', () => {
    let swapped = 0;
    let missed = 0;
    for (let i = 0; i < 20_000; i += 1) {
      const ref = mintRef('C');
      const at = 2 + (i % 8);
      const changed = ref.slice(0, at) + ref[at + 1] + ref[at] + ref.slice(at + 2);
      if (changed === ref) continue;
      swapped += 1;
      if (parseRef(changed)) missed += 1;
    }
    expect(missed / swapped).toBeLessThan(0.005);
  });

  it('reads what people type and ignores what is none', () => {
    const ref = mintRef('A', { random: () => new Uint8Array([0, 1, 0, 1, 0, 1, 0, 1]) });
    const typed = ref.toLowerCase().replace(/0/g, 'o').replace(/1/g, 'l');
    expect(parseRef(typed)).toEqual({ ref, kind: 'application' });
    expect(findRefs(`Re: [${ref}] interview, ${ref.toLowerCase()} and A-AAAAAAAAB`)).toEqual([{ ref, kind: 'application' }]);
  });

  it('carries the client prefix within sixteen characters and refuses a bad one', () => {
    const ref = mintRef('J', { clientPrefix: 'ACME' });
    expect(ref).toHaveLength(16);
    expect(parseRef(ref)).toEqual({ ref, kind: 'job' });
    expect(() => mintRef('J', { clientPrefix: 'LOUD' })).toThrow('client prefix');
  });
});
