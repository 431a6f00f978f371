import fc from 'fast-check';
import type { CanonicalValues } from '#hub/canonical';
import { mergeRecord } from '../merge-record.js';
import type { Member, MergeInput } from '../merge-types.js';
import { matchEverybody } from './match-everybody.js';
import { cannotShare, pairKey, partition, type Node, type PairDecision, type PartitionInput } from './partition.js';
import { PeopleScorer, type Person } from './score-people.js';
import { SHIPPED_MODEL } from './shipped-model.data.js';
import { stableIds, type Placed } from './stable-ids.js';

/** Each law is a check of an implementation, so that it can be seen to fail on one that breaks it. */
const CASES = 10_000;
const FAILING = 1_000;

const CONNECTIONS = ['ats', 'old-ats', 'crm', 'board', 'mail'];
const node = (at: number, connectionId: string): Node => ({
  recordId: `r${at}`,
  order: `o${at}`,
  connectionId,
  systemOfRecord: connectionId.endsWith('ats'),
  live: true,
});
const world = fc
  .record({
    connections: fc.array(fc.constantFrom(...CONNECTIONS), { minLength: 2, maxLength: 7 }),
    scores: fc.array(fc.integer({ min: -12, max: 20 }), { minLength: 21, maxLength: 21 }),
    verdicts: fc.array(fc.constantFrom('none', 'none', 'none', 'none', 'same', 'different', 'unsure'), { minLength: 21, maxLength: 21 }),
    ranks: fc.array(fc.nat(), { minLength: 21, maxLength: 21 }),
  })
  .map(({ connections, scores, verdicts, ranks }) => {
    const nodes = connections.map((connection, at) => node(at, connection));
    const pairs = nodes.flatMap((a, i) => nodes.slice(i + 1).map((b) => ({ a: a.recordId, b: b.recordId })));
    const scoreOf = new Map(pairs.map(({ a, b }, at) => [pairKey(a, b), scores[at]]));
    return {
      ranks,
      input: {
        nodes,
        links: pairs.map(({ a, b }, at) => ({ a, b, score: scores[at], auto: scores[at] > 6 })),
        decisions: pairs.flatMap(({ a, b }, at): PairDecision[] =>
          verdicts[at] === 'none' ? [] : [{ a, b, verdict: verdicts[at] as PairDecision['verdict'] }],
        ),
        score: (a: string, b: string) => scoreOf.get(pairKey(a, b)) ?? -20,
      } satisfies PartitionInput,
    };
  });
type Partitioner = (input: PartitionInput) => { groups: string[][] };
const shuffled = <T>(list: readonly T[], ranks: number[]): T[] =>
  list
    .map((item, at) => ({ item, rank: ranks[at % ranks.length] }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
const essence = ({ groups }: { groups: string[][] }) => groups.map((group) => [...group].sort().join()).sort();

/** What most tools do: whoever comes first takes the place. */
const firstComeFirstServed: Partitioner = ({ nodes, links }) => {
  const groups: Node[][] = [];
  const linked = new Set(links.filter(({ auto }) => auto).map(({ a, b }) => pairKey(a, b)));
  for (const one of nodes) {
    const home = groups.find(
      (group) =>
        group.some((other) => linked.has(pairKey(one.recordId, other.recordId))) && !group.some((other) => cannotShare(one, other)),
    );
    if (home) home.push(one);
    else groups.push([one]);
  }
  return { groups: groups.map((group) => group.map(({ recordId }) => recordId)) };
};

describe('law 1: one partition, whatever the order', () => {
  const law = (make: Partitioner, numRuns: number) =>
    fc.assert(
      fc.property(world, ({ input, ranks }) => {
        const mixed = {
          ...input,
          nodes: shuffled(input.nodes, ranks),
          links: shuffled(input.links, ranks),
          decisions: shuffled(input.decisions, ranks),
        };
        expect(essence(make(mixed))).toEqual(essence(make(input)));
      }),
      { numRuns },
    );
  it('holds', () => law(partition, CASES));
  it('fails where the first to come takes the place', () => expect(() => law(firstComeFirstServed, FAILING)).toThrow());
});

describe('law 3: what was told apart stays apart, and what was called the same stays together', () => {
  const apart = (make: Partitioner, numRuns: number) =>
    fc.assert(
      fc.property(world, ({ input }) => {
        const groupOf = new Map(make(input).groups.flatMap((group, at) => group.map((id) => [id, at] as const)));
        for (const { a, b, verdict } of input.decisions) if (verdict === 'different') expect(groupOf.get(a)).not.toBe(groupOf.get(b));
      }),
      { numRuns },
    );
  it('holds for different', () => apart(partition, CASES));
  it('fails where decisions are forgotten, as by a re-import', () =>
    expect(() => apart((input) => partition({ ...input, decisions: [] }), FAILING)).toThrow());
  it('fails where a decision binds its own pair only, and a third brings both together', () =>
    expect(() =>
      apart((input) => {
        const told = new Set(input.decisions.filter(({ verdict }) => verdict === 'different').map(({ a, b }) => pairKey(a, b)));
        return partition({ ...input, decisions: [], links: input.links.filter(({ a, b }) => !told.has(pairKey(a, b))) });
      }, FAILING),
    ).toThrow());

  it('holds for same, wherever no different stands against it', () => {
    fc.assert(
      fc.property(world, ({ input }) => {
        const decisions = input.decisions.filter(({ verdict }) => verdict === 'same');
        const groupOf = new Map(partition({ ...input, decisions }).groups.flatMap((group, at) => group.map((id) => [id, at] as const)));
        for (const { a, b } of decisions) expect(groupOf.get(a)).toBe(groupOf.get(b));
      }),
      { numRuns: CASES },
    );
  });
  it('never brings together two records of one system, or of the system of record, without a person', () => {
    fc.assert(
      fc.property(world, ({ input }) => {
        const known = new Map(input.nodes.map((one) => [one.recordId, one]));
        for (const group of partition({ ...input, decisions: [] }).groups)
          group.forEach((a, at) => {
            for (const b of group.slice(at + 1)) expect(cannotShare(known.get(a) as Node, known.get(b) as Node)).toBe(false);
          });
      }),
      { numRuns: CASES },
    );
  });
});

describe('law 4: every id ever issued leads to exactly one cluster', () => {
  const history = fc.record({
    sizes: fc.integer({ min: 2, max: 6 }),
    partitions: fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 }), { minLength: 2, maxLength: 6 }),
  });
  interface Registry {
    redirects: Map<string, string>;
    live: Set<string>;
    issued: Set<string>;
  }
  type Retire = (registry: Registry, oldId: string, newId: string) => void;
  const flatten: Retire = ({ redirects }, oldId, newId) => {
    for (const [id, to] of redirects) if (to === oldId) redirects.set(id, newId);
    redirects.set(oldId, newId);
  };
  const law = (retire: Retire, numRuns: number) =>
    fc.assert(
      fc.property(history, ({ sizes, partitions }) => {
        let records = Array.from({ length: sizes }, (_, at): Placed => ({ ...node(at, at === 0 ? 'ats' : 'crm'), createdAt: `t${at}` }));
        const registry: Registry = { redirects: new Map(), live: new Set(), issued: new Set() };
        for (const colours of partitions) {
          const groups = [0, 1, 2, 3]
            .map((colour) => records.filter((_, at) => colours[at] === colour))
            .filter((group) => group.length > 0);
          const { kept, retired } = stableIds(groups);
          const ids = kept.map((id) => id ?? `c${registry.issued.size + 1}`.padEnd(4, '-') + Math.random());
          for (const id of ids) registry.issued.add(id);
          registry.live = new Set(ids);
          for (const [oldId, group] of retired) retire(registry, oldId, ids[group]);
          records = groups.flatMap((group, at) => group.map((one) => ({ ...one, clusterId: ids[at] })));
          records.sort((a, b) => (a.order < b.order ? -1 : 1));
          if (new Set(ids).size < ids.length) return false;
          for (const id of registry.issued) {
            const leads = registry.live.has(id) ? id : registry.redirects.get(id);
            if (leads === undefined || !registry.live.has(leads)) return false;
          }
        }
        return true;
      }),
      { numRuns },
    );
  it('holds', () => law(flatten, CASES));
  it('fails where older redirects are left pointing at a retired id', () =>
    expect(() => law(({ redirects }, oldId, newId) => void redirects.set(oldId, newId), FAILING)).toThrow());
});

const text = fc.constantFrom('a', 'b', 'c');
const spoken = fc.option(text, { nil: undefined });

describe('law 2: an unmerge gives back what a system said, except for what was edited there since', () => {
  const life = fc.record({ own: spoken, foreign: text, edit: fc.option(text, { nil: undefined }), reformats: fc.boolean() });
  const alone = (more: Partial<Member>, values: CanonicalValues): MergeInput => ({
    object: 'candidate',
    policies: { headline: { wins: 'newest', onBoth: 'freeze' } },
    members: [
      {
        recordId: 'r',
        connectionId: 'c',
        category: 'crm',
        systemOfRecord: false,
        priority: 1,
        changedAt: '2026-01-01T00:00:00.000Z',
        values,
        ...more,
      },
    ],
  });
  const law = (restore: boolean, numRuns: number) =>
    fc.assert(
      fc.property(life, ({ own, foreign, edit, reformats }) => {
        if (own === foreign) return;
        const returned = reformats ? `${foreign} ` : foreign;
        const base = { ours: foreign, theirs: returned };
        const shown: CanonicalValues = { headline: edit ?? returned };
        const restored = restore ? { headline: { insteadOf: foreign, ...(own === undefined ? {} : { value: own }) } } : undefined;
        const after = mergeRecord({ ...alone({ bases: { headline: base }, restored }, shown), before: {} }).values.headline;
        const never = mergeRecord(
          alone({}, edit !== undefined && edit !== returned ? { headline: edit } : own === undefined ? {} : { headline: own }),
        ).values.headline;
        expect(after ?? null).toEqual(never ?? null);
      }),
      { numRuns },
    );
  it('holds', () => law(true, CASES));
  it('fails where what we wrote is taken for its own word', () => expect(() => law(false, FAILING)).toThrow());
});

describe('law 5: survivorship', () => {
  const member = (at: number) =>
    fc
      .record({ city: spoken, postal: spoken, connection: fc.constantFrom('ats', 'crm', 'mail'), minute: fc.integer({ min: 0, max: 5 }) })
      .map(({ city, postal, connection, minute }): Member => ({
        recordId: `r${at}`,
        connectionId: `${connection}-${at}`,
        category: connection,
        systemOfRecord: connection === 'ats',
        priority: 1,
        changedAt: `2026-01-01T00:0${minute}:00.000Z`,
        values: { ...(city === undefined ? {} : { headline: city }), ...(postal === undefined ? {} : { currentTitle: postal }) },
      }));
  const members = fc.integer({ min: 1, max: 5 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => member(at))));
  const wins = fc.constantFrom<string | string[]>('ats', 'newest', ['crm', 'newest'], ['mail', 'crm', 'ats'], ['calendar']);
  const policies = fc
    .record({ wins, blank: fc.constantFrom<'absent' | 'value'>('absent', 'value'), grouped: fc.boolean() })
    .map(({ wins: order, blank, grouped }) => {
      const policy = { wins: order, onBoth: 'freeze', blank, ...(grouped ? { group: 'work' } : {}) };
      return { headline: policy, currentTitle: policy };
    });
  const ranks = fc.array(fc.nat(), { minLength: 5, maxLength: 5 });
  const merge = (list: Member[], rules: MergeInput['policies'], more: Partial<MergeInput> = {}) =>
    mergeRecord({ object: 'candidate', members: list, policies: rules, before: {}, ...more });

  it('is commutative and idempotent under every rule, with fallbacks, blanks and groups', () => {
    fc.assert(
      fc.property(members, policies, ranks, (list, rules, order) => {
        const whole = merge(list, rules);
        const { values, provenance } = merge(shuffled(list, order), rules);
        expect({ values, provenance }).toEqual({ values: whole.values, provenance: whole.provenance });
        expect(merge([...list, list[0]], rules).values).toEqual(whole.values);
      }),
      { numRuns: CASES },
    );
  });
  it('takes all fields of a group from one record', () => {
    fc.assert(
      fc.property(members, policies, (list, rules) => {
        if (rules.headline.group === undefined) return;
        const { provenance } = merge(list, rules);
        if (provenance.headline && provenance.currentTitle) expect(provenance.currentTitle.record).toBe(provenance.headline.record);
      }),
      { numRuns: CASES },
    );
  });
  it('lets a pin win always, and a frozen field only over a pin', () => {
    fc.assert(
      fc.property(members, policies, text, fc.boolean(), (list, rules, value, frozen) => {
        const pins = { headline: { recordId: 'r0', connectionId: 'c', value, at: '2026-01-01T00:00:00.000Z' } };
        const merged = merge(list, rules, { pins, ...(frozen ? { frozen: ['headline'], before: { headline: 'frozen' } } : {}) });
        expect(merged.values.headline).toBe(frozen ? 'frozen' : value);
      }),
      { numRuns: CASES },
    );
  });
});

const person = (at: number) =>
  fc
    .record({
      first: fc.constantFrom('Anna', 'Ann', 'Robert', 'Bob', 'B.', 'Jörg', 'Li', undefined),
      last: fc.constantFrom('Schmidt', 'Schmitt', 'Lee', 'Weber', 'Weber-Lee', undefined),
      email: fc.option(fc.constantFrom('anna@post.example', 'bob@post.example', 'family@post.example', 'a.schmidt@work.example'), {
        nil: undefined,
      }),
      phone: fc.option(fc.constantFrom('+4915112345678', '+4915112345679', '+493012345678'), { nil: undefined }),
      city: fc.constantFrom('Bonn', 'Köln', undefined),
      company: fc.constantFrom('Nord AG', 'West GmbH', undefined),
    })
    .map(({ first, last, email, phone, city, company }): Person => ({
      recordId: `r${at}`,
      order: `o${at}`,
      values: {
        ...(first === undefined ? {} : { firstName: first }),
        ...(last === undefined ? {} : { lastName: last }),
        ...(email === undefined ? {} : { emails: [{ value: email }] }),
        ...(phone === undefined ? {} : { phones: [{ e164: phone }] }),
        ...(city === undefined ? {} : { location: { city } }),
        ...(company === undefined ? {} : { currentCompany: company }),
      },
    }));
const matcher = { model: SHIPPED_MODEL, bands: { auto: 6, review: -100 } };

describe('law 6: the waterfall is the score', () => {
  const law = (leaveOut: string, numRuns: number) =>
    fc.assert(
      fc.property(person(0), person(1), (a, b) => {
        const edge = new PeopleScorer([a, b], matcher).edge(a.recordId, b.recordId);
        const sum = edge?.contributions.filter(({ name }) => name !== leaveOut).reduce((total, { weight }) => total + weight, 0) ?? 0;
        expect(Math.abs(sum - (edge?.score ?? 0))).toBeLessThan(1e-9);
      }),
      { numRuns },
    );
  it('holds to a billionth', () => law('', CASES));
  it('fails where one part is kept from the reader', () => expect(() => law('related people', FAILING)).toThrow());

  it('is the same in whatever company two people are scored, and from either side', () => {
    fc.assert(
      fc.property(person(0), person(1), person(2), person(3), (a, b, c, d) => {
        const pair = new PeopleScorer([a, b], matcher).edge('r0', 'r1');
        const crowd = new PeopleScorer([d, b, c, a], matcher).edge('r1', 'r0');
        expect(crowd?.score).toBe(pair?.score);
        expect(crowd?.vector).toBe(pair?.vector);
      }),
      { numRuns: CASES },
    );
  });
});

describe('matching everybody at once', () => {
  it('is a function of the records: no order changes pairs or groups', () => {
    const town = fc.tuple(...Array.from({ length: 6 }, (_, at) => person(at)));
    fc.assert(
      fc.property(town, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), (people, ranks) => {
        const placed = people.map((one, at) => ({ ...node(at, CONNECTIONS[at % 4]), ...one }));
        const run = (list: typeof placed) =>
          matchEverybody({ people: list, decisions: [], model: SHIPPED_MODEL, bands: { auto: 6, review: -2 } });
        const [one, other] = [run(placed), run(shuffled(placed, ranks))];
        expect(essence(other)).toEqual(essence(one));
        expect(other.edges.map(({ a, b, band, score }) => [pairKey(a, b), band, score]).sort()).toEqual(
          one.edges.map(({ a, b, band, score }) => [pairKey(a, b), band, score]).sort(),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
