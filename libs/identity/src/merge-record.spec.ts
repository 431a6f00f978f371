import fc from 'fast-check';
import { canonicalHash, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import { mergeRecord } from './merge-record.js';
import type { FieldPolicy, Member, MergeInput } from './merge-types.js';

const RULES = ['ats', 'calendar', 'newest', 'union'];
const policiesOf = (wins: string): Record<string, FieldPolicy> => ({
  location: { wins, onBoth: 'freeze' },
  tags: { wins, onBoth: 'freeze' },
  emails: { wins, onBoth: 'freeze' },
});
const member = (recordId: string, values: CanonicalValues, more: Partial<Member> = {}): Member => ({
  recordId,
  connectionId: `c-${recordId}`,
  category: 'crm',
  systemOfRecord: false,
  priority: 100,
  values,
  changedAt: '2026-11-01T00:00:00.000Z',
  ...more,
});
const merge = (members: Member[], wins = 'ats', more: Partial<MergeInput> = {}) =>
  mergeRecord({ object: 'interview', members, policies: policiesOf(wins), ...more });

const ats = (values: CanonicalValues, more: Partial<Member> = {}) =>
  member('ats', values, { category: 'ats', systemOfRecord: true, ...more });
const calendar = (values: CanonicalValues, more: Partial<Member> = {}) => member('cal', values, { category: 'calendar', ...more });

describe('mergeRecord', () => {
  it('lets the system of record win under ats, and where no rule is written', () => {
    const members = [
      calendar({ location: 'Room 2', timezone: 'UTC' }, { priority: 1, changedAt: '2026-11-09T00:00:00.000Z' }),
      ats({ location: 'Room 1', timezone: 'CET' }),
    ];
    expect(merge(members).values).toEqual({ location: 'Room 1', timezone: 'CET' });
  });
  it('lets the named category win, then the system of record', () => {
    expect(merge([ats({ location: 'Room 1' }), calendar({ location: 'Room 2' })], 'calendar').values.location).toBe('Room 2');
    expect(merge([ats({ location: 'Room 1' }), member('x', { location: 'Room 3' }, { priority: 1 })], 'calendar').values.location).toBe(
      'Room 1',
    );
  });
  it('believes the lower priority, then the newer value', () => {
    expect(merge([member('a', { location: 'A' }, { priority: 2 }), member('b', { location: 'B' }, { priority: 1 })]).values.location).toBe(
      'B',
    );
    expect(
      merge([member('a', { location: 'A' }), member('b', { location: 'B' }, { changedAt: '2026-11-02T00:00:00.000Z' })]).values.location,
    ).toBe('B');
  });
  it('takes the newest by the time of the field, not of the record', () => {
    const old = member(
      'a',
      { location: 'A' },
      { changedAt: '2026-11-20T00:00:00.000Z', fieldChangedAt: { location: '2026-11-02T00:00:00.000Z' } },
    );
    const fresh = member('b', { location: 'B' }, { changedAt: '2026-11-03T00:00:00.000Z' });
    expect(merge([old, fresh], 'newest')).toMatchObject({
      values: { location: 'B' },
      provenance: { location: { record: 'b', connection: 'c-b', rule: 'newest', at: '2026-11-03T00:00:00.000Z' } },
    });
  });
  it('asks who is the system of record only when the times are equal', () => {
    const edited = calendar({ location: 'Room 2' }, { changedAt: '2026-11-02T00:00:00+01:00' });
    expect(merge([ats({ location: 'Room 1' }), edited], 'newest').values.location).toBe('Room 2');
    const atOnce = calendar({ location: 'Room 2' }, { changedAt: '2026-11-01T01:00:00+01:00', priority: 1 });
    expect(merge([atOnce, ats({ location: 'Room 1' })], 'newest').values.location).toBe('Room 1');
  });
  it('treats absent as no say and cleared as a say', () => {
    expect(merge([ats({}), calendar({ location: 'Room 2' })]).values).toEqual({ location: 'Room 2' });
    expect(merge([ats({ location: null }), calendar({ location: 'Room 2' })]).values).toEqual({ location: null });
  });
  it('hears our own value behind a vendor’s reformatting of it', () => {
    const reformatted = ats({ location: 'ROOM 2 (HQ)' }, { bases: { location: { ours: 'Room 2', theirs: 'ROOM 2 (HQ)' } } });
    expect(merge([reformatted, calendar({ location: 'Room 1' })]).values.location).toBe('Room 2');
    expect(merge([{ ...reformatted, values: { location: 'Room 9' } }]).values.location).toBe('Room 9');
    expect(merge([{ ...reformatted, bases: { location: { theirs: 'ROOM 2 (HQ)' } } }]).values.location).toBe('ROOM 2 (HQ)');
  });
  it('keeps a frozen field as it was, absent if it was absent', () => {
    const members = [ats({ location: 'Room 9', timezone: 'UTC' })];
    expect(merge(members, 'ats', { before: { location: 'Room 1' }, frozen: ['location'] })).toMatchObject({
      values: { location: 'Room 1', timezone: 'UTC' },
      changed: ['timezone'],
    });
    const frozen = merge(members, 'ats', { before: {}, frozen: ['location'] });
    expect(frozen.values).toEqual({ timezone: 'UTC' });
    expect(Object.keys(frozen.provenance)).toEqual(['timezone']);
  });
  it('names as changed what differs canonically from before, also what nobody says any more', () => {
    const members = [ats({ startsAt: '2026-11-24T09:00:00.000Z', location: 'Room 2' })];
    const { changed } = merge(members, 'ats', { before: { startsAt: '2026-11-24T10:00:00+01:00', location: 'Room 1', timezone: 'UTC' } });
    expect([...changed].sort()).toEqual(['location', 'timezone']);
    expect(merge(members).changed).toEqual(['startsAt', 'location']);
  });
  it('unites lists by what their elements name: each once, one primary, the strongest first', () => {
    const crm = member('crm', {
      emails: [{ value: 'B@x.com', primary: true }, { value: 'A@x.com' }],
    });
    const own = ats({
      emails: [{ value: 'c@x.com' }, { value: 'a@x.com', primary: true }],
    });
    const { values, provenance } = mergeRecord({ object: 'candidate', members: [crm, own], policies: policiesOf('union') });
    expect(values.emails).toEqual([{ value: 'a@x.com', primary: true }, { value: 'B@x.com', primary: false }, { value: 'c@x.com' }]);
    expect(provenance.emails).toMatchObject({ record: 'ats', rule: 'union' });
  });
  it('tells elements apart by what their definition names, and those without it by all they say', () => {
    const phones = mergeRecord({
      object: 'candidate',
      members: [
        ats({ phones: [{ e164: '+14155550100', raw: '415 555 0100' }, { raw: 'x1' }] }),
        member('crm', { phones: [{ e164: '+14155550100', raw: '+1 415 555 0100' }, { raw: 'x2' }] }),
      ],
      policies: { phones: { wins: 'union', onBoth: 'freeze' } },
    }).values.phones;
    expect(phones).toEqual([{ e164: '+14155550100', raw: '415 555 0100' }, { raw: 'x1' }, { raw: 'x2' }]);
  });
  it('treats cleared as an empty list in a union, and a plain value as a choice', () => {
    expect(merge([ats({ tags: null }), calendar({ tags: ['a'] })], 'union')).toMatchObject({
      values: { tags: ['a'] },
      provenance: { tags: { record: 'cal' } },
    });
    expect(merge([ats({ tags: null }), calendar({ tags: null })], 'union').values).toEqual({ tags: null });
    expect(merge([ats({ location: 'Room 1' }), calendar({ location: 'Room 2' })], 'union').values.location).toBe('Room 1');
  });
  it('future-clock-never-wins: a vendor’s own clock has no say, only the hub’s', () => {
    const liar = member('liar', { location: 'Mars', vendorUpdatedAt: '2999-01-01T00:00:00Z' }, { changedAt: '2026-11-01T00:00:00.000Z' });
    const honest = member(
      'honest',
      { location: 'Room 1', vendorUpdatedAt: '2026-11-02T00:00:00Z' },
      { changedAt: '2026-11-02T00:00:00.000Z' },
    );
    expect(merge([liar, honest], 'newest').values.location).toBe('Room 1');
  });
});

const instants = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'];
const location = fc.constantFrom<CanonicalValue>('Room 1', 'Room 2', 'Room 3', null);
const tags = fc.option(fc.subarray(['a', 'b', 'c', 'd']), { nil: null });
const values: fc.Arbitrary<CanonicalValues> = fc.record({ location, tags }, { requiredKeys: [] });
const members = fc
  .uniqueArray(
    fc.record({
      recordId: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6'),
      category: fc.constantFrom('ats', 'calendar', 'crm'),
      systemOfRecord: fc.boolean(),
      priority: fc.integer({ min: 1, max: 2 }),
      values,
      changedAt: fc.constantFrom(...instants),
      bases: fc.option(fc.record({ location: fc.record({ ours: location, theirs: location }, { requiredKeys: [] }) }), { nil: undefined }),
    }),
    { selector: ({ recordId }) => recordId, minLength: 1, maxLength: 6 },
  )
  .map((list): Member[] => list.map((one) => ({ ...one, connectionId: `c-${one.recordId}` })));
const rule = fc.constantFrom(...RULES);
const order = fc.array(fc.nat(), { minLength: 6, maxLength: 6 });
const shuffled = (list: Member[], ranks: number[]): Member[] =>
  list
    .map((item, index) => ({ item, rank: ranks[index] }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
const essence = (list: Member[], wins: string) => {
  const { values: golden, provenance } = merge(list, wins);
  return { hash: canonicalHash(golden), golden, provenance };
};

describe('survivorship laws', () => {
  it('commutative: no order of arrival changes the result or its provenance', () => {
    fc.assert(
      fc.property(members, rule, order, (list, wins, ranks) => expect(essence(shuffled(list, ranks), wins)).toEqual(essence(list, wins))),
      { numRuns: 10_000 },
    );
  });

  it('idempotent: hearing a member again changes nothing', () => {
    fc.assert(
      fc.property(members, rule, fc.nat(5), (list, wins, index) =>
        expect(essence([...list, list[index % list.length]], wins)).toEqual(essence(list, wins)),
      ),
      { numRuns: 10_000 },
    );
  });

  it('associative: the winner of all is the winner among the winners of the parts', () => {
    fc.assert(
      fc.property(members, fc.constantFrom('ats', 'calendar', 'newest'), fc.nat(6), (list, wins, cut) => {
        const winner = (part: Member[]) => part.filter(({ recordId }) => recordId === merge(part, wins).provenance.location?.record);
        const parts = [...winner(list.slice(0, cut)), ...winner(list.slice(cut))];
        expect(merge(parts, wins).values.location).toEqual(merge(list, wins).values.location);
      }),
      { numRuns: 10_000 },
    );
  });

  it('a union holds what any member says and nothing else', () => {
    fc.assert(
      fc.property(members, (list) => {
        const said = list.flatMap((one) => (Array.isArray(one.values.tags) ? one.values.tags : []));
        const golden = merge(list, 'union').values.tags;
        expect([...(Array.isArray(golden) ? golden : [])].sort()).toEqual([...new Set(said)].sort());
      }),
      { numRuns: 10_000 },
    );
  });

  it('merged again from its own result, nothing changes', () => {
    fc.assert(
      fc.property(members, rule, (list, wins) => expect(merge(list, wins, { before: merge(list, wins).values }).changed).toEqual([])),
      { numRuns: 10_000 },
    );
  });

  it('a member alone comes out the same by the short way as by the long one', () => {
    fc.assert(
      fc.property(members, rule, ([one], wins) => {
        const alone = { ...one, bases: undefined };
        const { values: golden, provenance } = merge([{ ...alone, bases: {} }], wins);
        expect(merge([alone], wins)).toEqual({ values: golden, provenance, changed: Object.keys(golden) });
      }),
      { numRuns: 10_000 },
    );
  });

  it('tie-converges-both-views: equals in every respect end on one value, whichever side looks', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), rule, (left, right, wins) => {
        const here = member('r1', { location: left });
        const there = member('r2', { location: right });
        expect(merge([here, there], wins).values).toEqual(merge([there, here], wins).values);
        const swapped = [member('r1', { location: right }), member('r2', { location: left })];
        expect(canonicalHash(merge(swapped, wins).values)).toBe(canonicalHash(merge([here, there], wins).values));
      }),
      { numRuns: 10_000 },
    );
  });
});
