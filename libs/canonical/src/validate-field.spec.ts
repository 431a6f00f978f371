import fc from 'fast-check';
import { canonicalEquals, normaliseValues } from './canonical-equals.js';
import { fieldOf, OBJECTS } from './definitions.js';
import { OBJECT_NAMES, type CanonicalValue } from './objects.js';
import { parseInstant } from './parse-instant.js';
import { validateField } from './validate-field.js';

describe('what a field may hold', () => {
  it.each([
    ['interview', 'startsAt', '2026-03-01T10:00:00.000Z', undefined],
    ['interview', 'startsAt', '2026-02-31T10:00:00.000Z', 'instant'],
    ['interview', 'startsAt', '2026-03-01T10:00:00', 'instant'],
    ['interview', 'timeZone', 'Europe/Nowhere', 'zone'],
    ['interview', 'sequence', 1.5, 'integer'],
    ['interview', 'status', 'ON_HOLD', 'enum'],
    ['interview', 'conferenceUrl', 'javascript:alert(1)', 'url'],
    ['interview', 'location', null, undefined],
    ['candidate', 'employments', [{ organisation: 'X', startDate: '2020-02' }], undefined],
    ['candidate', 'employments', [{ startDate: '2021-02-29' }], 'list'],
    ['candidate', 'employments', [{ startDate: '2021-13' }], 'list'],
    ['candidate', 'doNotContact', { fax: true }, 'object'],
  ] as const)('%s.%s = %j breaks: %s', (object, field, value, rule) => {
    expect(validateField(object, field, value as unknown as CanonicalValue)?.rule).toBe(rule);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('no object has a field named %s', (word) => {
    for (const object of OBJECT_NAMES) {
      expect(fieldOf(object, word)).toBeUndefined();
      expect(validateField(object, word, 'x')?.rule).toBe('unknown');
      expect(canonicalEquals(object, word, 'x', 'y')).toBe(false);
    }
  });

  it('keeps a planted __proto__ out of what is stored', () => {
    const planted = JSON.parse('{"location":{"city":"X","__proto__":{"polluted":1}},"__proto__":{"polluted":1}}') as Record<
      string,
      CanonicalValue
    >;
    const normal = normaliseValues('candidate', planted) as { location: object; polluted?: unknown };
    expect([normal.polluted, (normal.location as { polluted?: unknown }).polluted]).toEqual([undefined, undefined]);
    expect(Object.getPrototypeOf(normal)).toBe(Object.prototype);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('accepts or names a rule for any value of any field, and never throws', () => {
    const places = OBJECT_NAMES.flatMap((object) => Object.keys(OBJECTS[object].fields).map((field) => ({ object, field })));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 4 }), ({ object, field }, value) => {
        const broken = validateField(object, field, value as CanonicalValue);
        if (broken) expect(broken.message.startsWith(`${field} `)).toBe(true);
        else expect(canonicalEquals(object, field, value as CanonicalValue, structuredClone(value) as CanonicalValue)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('parseInstant', () => {
  it('agrees with the calendar on every instant there is', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1000-01-01'), max: new Date('9999-01-01'), noInvalidDate: true }), (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-01-01',
    '',
  ])('refuses %s', (text) => expect(parseInstant(text)).toBeUndefined());

  it.each([
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['2026-03-01T10:00+0200', '2026-03-01T08:00:00.000Z'],
  ])('reads %s', (text, instant) => expect(new Date(parseInstant(text) ?? NaN).toISOString()).toBe(instant));
});
