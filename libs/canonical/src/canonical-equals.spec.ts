import fc from 'fast-check';
import { canonicalEquals, normaliseValues } from './canonical-equals.js';
import { canonicalHash } from './canonical-json.js';
import { validateField } from './validate-field.js';

describe('canonical equality', () => {
  it('compares instants by instant, addresses by letters, sets by members', () => {
    expect(canonicalEquals('interview', 'startsAt', '2026-03-01T10:00:00Z', '2026-03-01T11:00:00.000+01:00')).toBe(true);
    expect(
      canonicalEquals('candidate', 'emails', [{ value: 'A@x.org' }, { value: 'b@x.org' }], [{ value: 'b@x.org' }, { value: 'a@x.org' }]),
    ).toBe(true);
    expect(canonicalEquals('candidate', 'tags', ['a', 'b', 'a'], ['b', 'a'])).toBe(true);
    expect(canonicalEquals('candidate', 'firstName', 'Zo\u0065\u0308', 'Zo\u00eb')).toBe(true);
  });

  it('tells absent from cleared', () => {
    expect(canonicalEquals('interview', 'location', undefined, null)).toBe(false);
    expect(canonicalEquals('interview', 'location', null, null)).toBe(true);
  });

  it('hashes alike whatever the order of keys, and normalises once for all', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalHash(turned as never)).toBe(canonicalHash(value as never));
      }),
    );
    const once = normaliseValues('candidate', { emails: [{ value: 'B@x.org ' }, { value: 'a@x.org' }], displayName: 'Zo\u0065\u0308' });
    expect(normaliseValues('candidate', once)).toEqual(once);
  });

  it('names the broken rule and never the value', () => {
    const fault = validateField('candidate', 'emails', [{ value: 'not-an-address' }]);
    expect(fault?.message).toBe('emails has a part value that must be an e-mail address such as name@example.org');
    expect(validateField('interview', 'startsAt', '2026-02-31')?.rule).toBe('instant');
    expect(validateField('interview', 'shoeSize', 43)?.rule).toBe('unknown');
  });
});
