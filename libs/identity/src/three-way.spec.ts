import fc from 'fast-check';
import type { CanonicalValue } from '#hub/canonical';
import { outwardDifference } from './outward-difference.js';
import { threeWay } from './three-way.js';

const sideOf = (base: { ours?: CanonicalValue; theirs?: CanonicalValue } | undefined, golden?: CanonicalValue, incoming?: CanonicalValue) =>
  threeWay({ object: 'interview', field: 'location', base, golden, incoming });
const agreedOn = (value: CanonicalValue) => ({ ours: value, theirs: value });
const value = fc.option(fc.oneof(fc.constantFrom<CanonicalValue>('Room 1', 'Room 2', null, 7, true), fc.array(fc.constantFrom('a', 'b'))), {
  nil: undefined,
});

describe('threeWay', () => {
  it.each([
    ['same', 'Room 1', 'Room 1'],
    ['theirs', 'Room 1', 'Room 2'],
    ['ours', 'Room 2', 'Room 1'],
    ['agreed', 'Room 2', 'Room 2'],
    ['both', 'Room 2', 'Room 3'],
    ['theirs', 'Room 1', null],
    ['ours', null, 'Room 1'],
    ['agreed', null, null],
    ['both', null, 'Room 2'],
    ['theirs', 'Room 1', undefined],
    ['both', null, undefined],
  ] as const)('%s when golden is %s and %s comes in', (expected, golden, incoming) =>
    expect(sideOf(agreedOn('Room 1'), golden, incoming)).toBe(expected),
  );

  it('lets the other side speak first where nothing was agreed', () => expect(sideOf(undefined, 'Room 1', 'Room 2')).toBe('theirs'));

  it('three-way-no-swap: when both sides change in one interval neither takes the other’s value', () => {
    fc.assert(
      fc.property(value, value, value, (base, golden, incoming) => {
        const ours = sideOf({ ours: base, theirs: base }, golden, incoming);
        const theirs = sideOf({ ours: base, theirs: base }, incoming, golden);
        const mirrored = { same: 'same', ours: 'theirs', theirs: 'ours', agreed: 'agreed', both: 'both' }[ours];
        expect(theirs).toBe(mirrored);
      }),
      { numRuns: 10_000 },
    );
  });

  it('three-way-field-not-record: a change of one field says nothing about another', () => {
    const bases = { location: agreedOn('Room 1'), status: agreedOn('SCHEDULED') };
    const golden = { location: 'Room 2', status: 'SCHEDULED' };
    const incoming = { location: 'Room 1', status: 'CANCELLED' };
    const side = (field: 'location' | 'status') =>
      threeWay({ object: 'interview', field, base: bases[field], golden: golden[field], incoming: incoming[field] });
    expect([side('location'), side('status')]).toEqual(['ours', 'theirs']);
  });

  it('canonical-date-rounding: an instant spelt or rounded otherwise is no change', () => {
    const base = agreedOn('2026-11-24T09:00:00Z');
    const sides = ['2026-11-24T09:00:00.000Z', '2026-11-24T10:00:00+01:00'].map((incoming) =>
      threeWay({ object: 'interview', field: 'startsAt', base, golden: '2026-11-24T09:00:00Z', incoming }),
    );
    expect(sides).toEqual(['same', 'same']);
  });

  it('read-back-no-reformat-loop: what the vendor made of our value is no edit of theirs, and not written again', () => {
    const base = { ours: 'Room 1', theirs: 'ROOM 1 (HQ)' };
    expect(sideOf(base, 'Room 1', 'ROOM 1 (HQ)')).toBe('same');
    expect(
      outwardDifference({ object: 'interview', golden: { location: 'Room 1' }, bases: { location: base }, outwardFields: ['location'] }),
    ).toEqual([]);
  });

  it('read-back-keeps-newer-edit: an edit of ours after the read-back is still ours', () => {
    expect(sideOf({ ours: 'Room 1', theirs: 'ROOM 1' }, 'Room 2', 'ROOM 1')).toBe('ours');
  });
});

describe('outwardDifference', () => {
  const difference = (golden: Record<string, CanonicalValue>, bases = {}) =>
    outwardDifference({ object: 'interview', golden, bases, outwardFields: ['location', 'status'] });
  it('names what is new, changed or cleared', () => {
    expect(difference({ location: 'Room 1', status: 'SCHEDULED' })).toEqual(['location', 'status']);
    expect(
      difference({ location: 'Room 2', status: 'SCHEDULED' }, { location: agreedOn('Room 1'), status: agreedOn('SCHEDULED') }),
    ).toEqual(['location']);
    expect(difference({ location: null }, { location: agreedOn('Room 1') })).toEqual(['location']);
  });
  it('stays silent on what golden never said, on what may not go out, and on equal values', () => {
    expect(difference({}, { location: agreedOn('Room 1') })).toEqual([]);
    expect(difference({ timezone: 'UTC' })).toEqual([]);
    expect(difference({ location: null }, { location: agreedOn(null) })).toEqual([]);
  });
});
