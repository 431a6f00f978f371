import fc from 'fast-check';
import { areApart } from './are-apart.js';
import { decideMatches } from './decide-matches.js';
import { KEY_KINDS } from './match-keys.js';
import type { Arrival, Assignment, Holder, Occupant } from './match-types.js';

const DOMAIN = KEY_KINDS.domain;
const key = (hash: number, kind: number = DOMAIN) => ({ kind, hash: BigInt(hash) });
const arrival = (recordId: string, connectionId: string, more: Partial<Arrival> = {}): Arrival => ({
  recordId,
  connectionId,
  systemOfRecord: connectionId === 'ats',
  keys: [key(1)],
  order: recordId,
  ...more,
});
const holder = (recordId: string, clusterId: string, more: Partial<Holder> = {}): Holder => ({
  keyHash: 1n,
  keyKind: DOMAIN,
  recordId,
  clusterId,
  connectionId: 'crm',
  systemOfRecord: false,
  ...more,
});
const decide = (arrivals: Arrival[], holders: Holder[] = [], occupants?: Occupant[]) =>
  decideMatches({ object: 'client', arrivals, holders, occupants });

describe('decideMatches', () => {
  it('leads a new cluster where no key is shared', () => {
    expect(decide([arrival('a', 'ats')]).get('a')).toEqual({ kind: 'new', leader: 'a', rule: 'first' });
  });
  it('keeps two records of one connection distinct, without a review', () => {
    const decided = decide([arrival('a', 'crm'), arrival('b', 'crm')], [holder('h', 'K')]);
    expect([decided.get('a'), decided.get('b')]).toEqual([
      { kind: 'new', leader: 'a', rule: 'first' },
      { kind: 'new', leader: 'b', rule: 'first' },
    ]);
  });
  it('keeps a second record of the system of record distinct, whichever connection brings it', () => {
    const first = holder('h', 'K', { connectionId: 'old-ats', systemOfRecord: true });
    expect(decide([arrival('a', 'ats')], [first]).get('a')).toEqual({ kind: 'new', leader: 'a', rule: 'first' });
  });
  it('never attaches a second record of the system of record along a chain: the one there need not hold the key', () => {
    const resident = { clusterId: 'K', recordId: 'r', connectionId: 'ats', systemOfRecord: true };
    expect(decide([arrival('a', 'ats')], [holder('h', 'K')], [resident]).get('a')).toMatchObject({
      kind: 'review',
      leader: 'a',
      candidates: ['K'],
    });
  });
  it('lets neither of two rivals take the place', () => {
    const decided = decide([arrival('a', 'ats'), arrival('b', 'ats')], [holder('h', 'K')]);
    expect(decided.get('a')).toMatchObject({ kind: 'review', candidates: ['K'], records: ['a', 'b'] });
    expect(decided.get('b')).toMatchObject({ kind: 'review', candidates: ['K'], records: ['a', 'b'] });
  });
  it('asks for a review when keys point at two clusters', () => {
    const decided = decide([arrival('a', 'ats', { keys: [key(1), key(2)] })], [holder('h', 'L'), holder('i', 'K', { keyHash: 2n })]);
    expect(decided.get('a')).toMatchObject({ kind: 'review', candidates: ['K', 'L'] });
  });
  it('lets the members of one batch see each other, through a third where need be', () => {
    const batch = [arrival('c', 'crm', { keys: [key(2)] }), arrival('b', 'mail', { keys: [key(1), key(2)] }), arrival('a', 'ats')];
    const decided = decide(batch);
    for (const { recordId } of batch) expect(decided.get(recordId)).toEqual({ kind: 'new', leader: 'a', rule: 'domain' });
  });
  it('leaves a record whose cluster is known where it is, and lets others find it there', () => {
    const decided = decide([arrival('a', 'ats', { cluster: 'K' }), arrival('b', 'crm')], [holder('h', 'L', { connectionId: 'crm' })]);
    expect(decided.get('a')).toEqual({ kind: 'attach', clusterId: 'K', rule: 'known' });
    expect(decided.get('b')).toEqual({ kind: 'attach', clusterId: 'K', rule: 'domain' });
  });
  it('never joins by the id that a message was answered under', () => {
    const keys = [key(3, KEY_KINDS.messageId)];
    expect(decide([arrival('a', 'mail', { keys }), arrival('b', 'crm', { keys })]).get('b')).toEqual({
      kind: 'new',
      leader: 'b',
      rule: 'first',
    });
  });
  it.each([
    ['client', 'domain', KEY_KINDS.domain],
    ['job', 'requisition-code', KEY_KINDS.requisitionCode],
    ['interview', 'calendar-uid', KEY_KINDS.calendarUid],
  ] as const)('joins a %s by its %s', (object, rule, kind) => {
    const decided = decideMatches({
      object,
      arrivals: [arrival('a', 'ats', { keys: [key(9, kind)] })],
      holders: [holder('h', 'K', { keyHash: 9n, keyKind: kind })],
    });
    expect(decided.get('a')).toEqual({ kind: 'attach', clusterId: 'K', rule });
  });
});

/** What the engine keeps between batches: records, their clusters, and who asked for a review. */
function runBatches(arrivals: Arrival[], sizes: number[]): { clusterOf: Map<string, string>; reviews: number } {
  const clusterOf = new Map<string, string>();
  const stored: Arrival[] = [];
  let reviews = 0;
  for (let start = 0, step = 0; start < arrivals.length; step++) {
    const batch = arrivals.slice(start, (start += sizes[step % sizes.length]));
    const asked = new Set(batch.flatMap((each) => each.keys.map(({ hash }) => hash)));
    const holders = stored.flatMap((record) =>
      record.keys
        .filter(({ hash }) => asked.has(hash))
        .map((held) => holderOf(record, { held, clusterId: clusterOf.get(record.recordId) as string })),
    );
    const occupants = stored.map((record) => ({ ...record, clusterId: clusterOf.get(record.recordId) as string }));
    const decided = decideMatches({ object: 'client', arrivals: batch, holders, occupants });
    for (const [recordId, assignment] of decided) clusterOf.set(recordId, clusterFor(assignment));
    reviews += [...decided.values()].filter(({ kind }) => kind === 'review').length;
    stored.push(...batch);
  }
  return { clusterOf, reviews };
}

function holderOf(record: Arrival, { held, clusterId }: { held: Arrival['keys'][number]; clusterId: string }): Holder {
  return { ...record, keyHash: held.hash, keyKind: held.kind, clusterId };
}
function clusterFor(assignment: Assignment): string {
  return assignment.kind === 'attach' ? assignment.clusterId : `cluster of ${assignment.leader}`;
}
function partitionOf(clusterOf: Map<string, string>): string[] {
  const groups = new Map<string, string[]>();
  for (const [record, cluster] of clusterOf) groups.set(cluster, [...(groups.get(cluster) ?? []), record]);
  return [...groups.values()].map((records) => records.sort().join()).sort();
}

const people = fc
  .array(
    fc.record({
      connectionId: fc.constantFrom('ats', 'crm', 'mail', 'form', 'calendar', 'old-ats'),
      keys: fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.constant(DOMAIN)), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((list) =>
    list.map((one, index): Arrival => ({
      ...one,
      recordId: `r${index}`,
      order: `r${index}`,
      systemOfRecord: one.connectionId.endsWith('ats'),
      keys: one.keys.map(([hash, kind]) => key(hash * 10 + kind, kind)),
    })),
  );
const splits = fc.record({
  people,
  seed: fc.array(fc.nat(), { minLength: 9, maxLength: 9 }),
  sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
});
const shuffled = <T>(list: T[], seed: number[]): T[] =>
  list
    .map((item, index) => ({ item, rank: seed[index] }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);

describe('decideMatches over batches', () => {
  it('makes one partition of any order and any split in which nobody is sent to review', () => {
    let compared = 0;
    let joined = 0;
    fc.assert(
      fc.property(splits, ({ people: arrivals, seed, sizes }) => {
        const whole = runBatches(arrivals, [arrivals.length]);
        const split = runBatches(shuffled(arrivals, seed), sizes);
        if (whole.reviews > 0) expect(split.reviews).toBeGreaterThan(0);
        if (split.reviews > 0) return;
        compared += 1;
        if (new Set(whole.clusterOf.values()).size < arrivals.length) joined += 1;
        expect(partitionOf(split.clusterOf)).toEqual(partitionOf(whole.clusterOf));
      }),
      { numRuns: 20_000 },
    );
    expect(compared).toBeGreaterThan(5_000);
    expect(joined).toBeGreaterThan(1_000);
  });

  it('makes one partition of every batch size from 1 to N when each person is known by one key', () => {
    const persons = fc.array(fc.subarray(['ats', 'crm', 'mail', 'form'], { minLength: 1 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(persons, fc.array(fc.nat(), { minLength: 24, maxLength: 24 }), (list, seed) => {
        const records = list.flatMap((connections, person) =>
          connections.map((each) => arrival(`${person}-${each}`, each, { keys: [key(person)] })),
        );
        const mixed = shuffled(records, seed);
        for (let size = 1; size <= records.length; size++) {
          const run = runBatches(mixed, [size]);
          expect(run.reviews).toBe(0);
          expect(partitionOf(run.clusterOf)).toHaveLength(list.length);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('never puts two records of one connection, or of the system of record, into one cluster', () => {
    fc.assert(
      fc.property(splits, ({ people: arrivals, seed, sizes }) => {
        const { clusterOf } = runBatches(shuffled(arrivals, seed), sizes);
        const pairs = arrivals.flatMap((a, index) => arrivals.slice(index + 1).map((b) => [a, b] as const));
        const together = pairs.filter(([a, b]) => clusterOf.get(a.recordId) === clusterOf.get(b.recordId));
        return together.every(([a, b]) => !areApart(a, b));
      }),
      { numRuns: 10_000 },
    );
  });
});
