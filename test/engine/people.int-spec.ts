import type { CanonicalValues } from '#hub/canonical';
import { seededRandom } from '#hub/identity';
import {
  activateVersion,
  advanceRematch,
  decidePairs,
  draftRules,
  mergePeople,
  simulateVersion,
  trainPeople,
  undoPeople,
  unmergePeople,
} from '#hub/sync';
import { generatePeople } from '../gen/generate-people.js';
import { anna, canonicalPerson, PeopleHouse, SYSTEMS } from './people-house.js';

describe('people', () => {
  let house: PeopleHouse;
  beforeEach(async () => {
    house = await PeopleHouse.open();
  });
  afterEach(() => house.hub.close());

  it('joins what one address and one name prove, across systems', async () => {
    house.put('ats', 'a1', anna());
    house.put('crm', 'c1', anna({ phones: [{ e164: '+4915112345678' }] }));
    house.put('board', 'b1', anna({ firstName: 'Anna Maria' }));
    await house.sync('ats', 'crm', 'board');
    expect(await house.partition()).toEqual([['ats:a1', 'crm:c1'], ['board:b1']]);
    expect((await house.asked()).map(({ a, b }) => `${a} ${b}`)).toEqual(['a1 b1', 'b1 c1']);
    const events = await house.hub.rows<{ kind: string }>(`SELECT kind FROM identity_event ORDER BY at`);
    expect(events.map(({ kind }) => kind)).toEqual(['create', 'attach', 'create']);
  });

  it('keeps each open conflict of records that become one, and freezes their field once', async () => {
    const max = { firstName: 'Max', lastName: 'Weber', emails: [{ value: 'max@post.example' }] };
    for (const [at, person] of [anna(), max].entries()) {
      house.put('ats', `a${at}`, { ...person, currentCompany: 'Before' });
      house.put('crm', `c${at}`, { ...person, currentCompany: 'Before' });
    }
    await house.sync('ats', 'crm');
    await house.settle();
    for (const at of [0, 1]) {
      house.vendors.ats.edit(`a${at}`, { currentCompany: `Theirs ${at}` });
      house.vendors.crm.edit(`c${at}`, { currentCompany: `Ours ${at}` });
    }
    await house.sync('ats', 'crm');
    const open = () => house.hub.rows<{ field: string }>(`SELECT field FROM conflict WHERE settled_at IS NULL`);
    expect(await open()).toHaveLength(2);
    await mergePeople(house.hub.hub, house.actor, { records: [await house.idOf('a0'), await house.idOf('a1')], reason: 'one' });
    expect(await open()).toHaveLength(2);
    const frozen = await house.hub.rows(`SELECT frozen FROM cluster WHERE deleted_at IS NULL`);
    expect(frozen).toEqual([{ frozen: ['currentCompany'] }]);
  });

  it('stops believing an address that people of other names turn out to hold, also for those it had merged', async () => {
    house.put('ats', 'a1', anna());
    house.put('crm', 'c1', anna());
    await house.sync('ats', 'crm');
    expect(await house.partition()).toEqual([['ats:a1', 'crm:c1']]);
    house.put('board', 'b1', anna({ firstName: 'Bernd' }));
    await house.sync('board');
    expect(await house.partition()).toEqual([['ats:a1'], ['board:b1'], ['crm:c1']]);
    house.put('board', 'b1', anna({ firstName: 'Bernd', emails: [{ value: 'bernd@post.example' }] }));
    await house.sync('board');
    expect(await house.partition()).toEqual([['ats:a1', 'crm:c1'], ['board:b1']]);
  });

  it('makes one partition of any order and any split into batches', async () => {
    const rows = [...generatePeople({ records: 110, traps: 16, seed: 11 })];
    const random = seededRandom(3);
    const partitions: string[][][] = [];
    let atOnce: string[][] = [];
    for (const size of [rows.length, 29, 4]) {
      const other = await PeopleHouse.open();
      try {
        const order = rows.map((row) => ({ row, rank: random() })).sort((a, b) => a.rank - b.rank);
        for (let from = 0; from < order.length; from += size) {
          for (const { row } of order.slice(from, from + size))
            other.put(SYSTEMS[Number(row.record_id) % 3], `r${row.record_id}`, canonicalPerson(row));
          await other.sync(...SYSTEMS);
        }
        partitions.push(await other.partition());
        atOnce = await other.partitionAtOnce();
      } finally {
        await other.hub.close();
      }
    }
    expect(partitions[0].some((members) => members.length > 1)).toBe(true);
    expect(partitions[1]).toEqual(partitions[0]);
    expect(partitions[2]).toEqual(partitions[0]);
    expect(atOnce).toEqual(partitions[0]);
  });

  describe('merging by hand', () => {
    const max: CanonicalValues = { firstName: 'Max', lastName: 'Weber', emails: [{ value: 'max@post.example' }] };

    /** Two people whom somebody takes for one; one of them has a second record that is rightly his. */
    async function strangers(one = house): Promise<void> {
      one.put('ats', 'a1', anna({ currentCompany: 'Nord AG' }));
      await one.sync('ats');
      one.put('crm', 'c1', { ...max, phones: [{ e164: '+4915100000001' }], currentCompany: 'West GmbH' });
      one.put('board', 'b1', { ...max, social: [{ url: 'https://www.linkedin.com/in/max-weber' }] });
      await one.sync('crm', 'board');
      await one.settle();
    }

    it('says before what it would do, and does nothing by saying it', async () => {
      await strangers();
      const before = [await house.partition(), house.held()];
      const records = [await house.idOf('a1'), await house.idOf('c1')];
      const preview = await mergePeople(house.hub.hub, house.actor, { records, reason: 'one person', preview: true });
      expect([await house.partition(), house.held()]).toEqual(before);
      expect(preview.preview).toBe(true);
      expect(preview.clusters).toHaveLength(1);
      expect(preview.writes.map(({ connection, externalId }) => `${connection} ${externalId}`)).toEqual(['ats a1']);
      expect(preview.writes[0].fields).toContain('phones');
    });

    it('is undone in every system as if it had not happened, except for what people edited since', async () => {
      await strangers();
      const [partition, held, refs] = [await house.partition(), house.held(), [await house.refOf('a1'), await house.refOf('c1')]];
      await mergePeople(house.hub.hub, house.actor, { records: [await house.idOf('a1'), await house.idOf('c1')], reason: 'one person' });
      await house.settle();
      expect(await house.partition()).toEqual([['ats:a1', 'board:b1', 'crm:c1']]);
      expect(house.held()['ats:a1']).toMatchObject({ lastName: 'Weber', currentCompany: 'West GmbH' });
      house.vendors.ats.edit('a1', { location: { city: 'Bonn' } });
      house.vendors.crm.edit('c1', { currentCompany: 'Ost KG' });
      await house.sync('ats', 'crm', 'board');
      await house.settle();
      expect(house.held()['ats:a1']).toMatchObject({ currentCompany: 'Ost KG' });
      expect(house.held()['crm:c1']).toMatchObject({ location: { city: 'Bonn' } });
      const preview = await unmergePeople(house.hub.hub, house.actor, {
        record: await house.idOf('c1'),
        scope: 'subtree',
        reason: 'two people',
        preview: true,
      });
      expect(preview.writes.map(({ connection, externalId }) => `${connection} ${externalId}`)).toEqual(['ats a1', 'crm c1']);
      await unmergePeople(house.hub.hub, house.actor, { record: await house.idOf('c1'), scope: 'subtree', reason: 'two people' });
      await house.settle();
      await house.sync('ats', 'crm', 'board');
      await house.settle();
      expect(await house.partition()).toEqual(partition);
      expect([await house.refOf('a1'), await house.refOf('c1')]).toEqual(refs);
      expect(house.held()).toEqual({
        ...held,
        'ats:a1': { ...held['ats:a1'], location: { city: 'Bonn' } },
        'crm:c1': { ...held['crm:c1'], currentCompany: 'Ost KG' },
      });
    });

    it.each([2, 4, 6, 8, 13])('is undone whatever happened in between: history %i', async (seed) => {
      const other = await PeopleHouse.open();
      try {
        const merged = await lived(house, { seed, merges: true });
        const never = await lived(other, { seed, merges: false });
        expect(merged).toEqual(never);
      } finally {
        await other.hub.close();
      }
    });

    /** Edits and syncs by chance, between a merge and its undoing, or without either. */
    async function lived(one: PeopleHouse, { seed, merges }: { seed: number; merges: boolean }): Promise<unknown> {
      await strangers(one);
      const random = seededRandom(seed);
      const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
      const records = [await one.idOf('a1'), await one.idOf('c1')];
      const merge = merges ? await mergePeople(one.hub.hub, one.actor, { records, reason: 'one person' }) : undefined;
      for (let step = 0; step < 14; step += 1) {
        const act = pick(['edit', 'edit', 'sync', 'settle'] as const);
        const system = pick(SYSTEMS);
        const edit = pick([
          { currentCompany: `Firma ${step}` },
          { location: { city: `Ort ${step}` } },
          { phones: [{ e164: `+49151000000${10 + step}` }] },
        ]);
        if (act === 'settle') await one.settle();
        if (act === 'edit') one.vendors[system].edit({ ats: 'a1', crm: 'c1', board: 'b1' }[system], edit);
        if (act === 'sync') await one.sync(system);
      }
      await one.sync(...SYSTEMS);
      await one.settle();
      const byUndo = random() < 0.5;
      if (merge && byUndo) await undoPeople(one.hub.hub, one.actor, { operationId: merge.operationId, reason: 'two people' });
      if (merge && !byUndo) await unmergePeople(one.hub.hub, one.actor, { record: records[1], scope: 'subtree', reason: 'two people' });
      await one.settle();
      await one.sync(...SYSTEMS);
      await one.settle();
      return { partition: await one.partition(), held: one.held() };
    }

    it('never brings together again what was told apart, and does so once that is undone', async () => {
      house.put('ats', 'a1', anna());
      house.put('crm', 'c1', anna());
      await house.sync('ats', 'crm');
      const [one, other] = [await house.idOf('a1'), await house.idOf('c1')];
      const { operationId } = await unmergePeople(house.hub.hub, house.actor, { record: other, scope: 'record', reason: 'two Annas' });
      expect(await house.partition()).toEqual([['ats:a1'], ['crm:c1']]);
      house.put('crm', 'c1', anna({ phones: [{ e164: '+4915112345678' }] }));
      house.put('ats', 'a1', anna({ phones: [{ e164: '+4915112345678' }] }));
      await house.sync('ats', 'crm');
      expect(await house.partition()).toEqual([['ats:a1'], ['crm:c1']]);
      expect(await house.asked()).toEqual([]);
      await expect(mergePeople(house.hub.hub, house.actor, { records: [one, other], reason: 'still one' })).rejects.toMatchObject({
        code: 'TOLD_APART',
      });
      await undoPeople(house.hub.hub, house.actor, { operationId, reason: 'one Anna after all' });
      expect(await house.partition()).toEqual([['ats:a1', 'crm:c1']]);
    });

    it('takes one record out and leaves the others together, whichever of them tied them', async () => {
      house.put('ats', 'a1', anna());
      house.put('crm', 'c1', { firstName: 'Max', lastName: 'Weber', emails: [{ value: 'max@post.example' }] });
      house.put('board', 'b1', { firstName: 'Li', lastName: 'Chen', emails: [{ value: 'li@post.example' }] });
      await house.sync('ats', 'crm', 'board');
      const ids = { a1: await house.idOf('a1'), c1: await house.idOf('c1'), b1: await house.idOf('b1') };
      await mergePeople(house.hub.hub, house.actor, { records: Object.values(ids), reason: 'one person' });
      const [tie] = Object.entries(ids).sort(([, a], [, b]) => (a < b ? -1 : 1));
      await unmergePeople(house.hub.hub, house.actor, { record: tie[1], scope: 'record', reason: 'not this one' });
      const partition = await house.partition();
      expect(partition.map((members) => members.length).sort()).toEqual([1, 2]);
      expect(partition.find((members) => members.length === 1)?.[0]).toMatch(new RegExp(`:${tie[0]}$`));
    });

    it('lets a person join two records of the system of record, with all that hangs on them', async () => {
      house.put('ats', 'a1', anna());
      house.put('ats', 'a2', anna({ firstName: 'Ann' }));
      house.put('crm', 'c1', anna());
      await house.sync('ats', 'crm');
      await decidePairs(house.hub.hub, house.actor, {
        pairs: [{ a: await house.idOf('a1'), b: await house.idOf('a2') }],
        verdict: 'same',
        reason: 'the same file twice',
      });
      expect(await house.partition()).toEqual([['ats:a1', 'ats:a2', 'crm:c1']]);
      const items = await house.hub.rows(`SELECT state, resolution FROM error_item WHERE code = 'AMBIGUOUS_MATCH'`);
      expect(items.every((item) => item.state === 'resolved')).toBe(true);
    });
  });

  it('makes the same partition when eight systems write at once', async () => {
    const writers = ['ats', 'crm', 'board', 'w3', 'w4', 'w5', 'w6', 'w7'];
    const other = await PeopleHouse.open(writers);
    try {
      const rows = [...generatePeople({ records: 144, traps: 16, seed: 23 })];
      const place = (at: number): { writer: string; id: string } => ({ writer: writers[at % 8], id: `r${rows[at].record_id}` });
      for (let from = 0; from < rows.length; from += 40) {
        const chunk = rows.slice(from, from + 40);
        for (const [at, row] of chunk.entries()) other.put(place(from + at).writer, place(from + at).id, canonicalPerson(row));
        await Promise.all(writers.map((writer) => other.sync(writer)));
      }
      // Records that are taken back and given again meet the others once more, in another order.
      for (const at of [3, 17, 40, 77, 90]) other.put(place(at).writer, place(at).id, { ...canonicalPerson(rows[at]), lastName: 'Nobody' });
      await Promise.all(writers.map((writer) => other.sync(writer)));
      for (const at of [3, 17, 40, 77, 90]) other.put(place(at).writer, place(at).id, canonicalPerson(rows[at]));
      await Promise.all([...writers].reverse().map((writer) => other.sync(writer)));
      const partition = await other.partition();
      expect(partition).toEqual(await other.partitionAtOnce());
      expect(partition.filter((members) => members.length > 1).length).toBeGreaterThan(10);
    } finally {
      await other.hub.close();
    }
  });

  it('holds only what depends on an open question, and says so', async () => {
    house.put('ats', 'a1', anna());
    house.put('crm', 'c1', anna());
    await house.sync('ats', 'crm');
    house.put('crm', 'c1', anna({ currentCompany: 'West GmbH', phones: [{ e164: '+4915112345678' }] }));
    await house.sync('crm');
    house.put('board', 'b1', anna({ firstName: 'A.', currentCompany: 'Ost KG' }));
    await house.sync('board');
    expect((await house.asked()).map(({ a, b }) => `${a} ${b}`)).toEqual(['a1 b1', 'b1 c1']);
    await house.settle();
    expect(house.held()['ats:a1']).toMatchObject({ phones: [{ e164: '+4915112345678' }] });
    expect(house.held()['ats:a1'].currentCompany).toBeUndefined();
    const held = await house.hub.rows<{ held: string[] }>(
      `SELECT CASE WHEN e.record_a = s.id THEN held_a ELSE held_b END AS held FROM edge e JOIN source_record s ON s.id IN (e.record_a, e.record_b) AND s.external_id = 'a1' WHERE e.asked`,
    );
    expect(held).toEqual([{ held: ['currentCompany', 'firstName'] }]);
    await decidePairs(house.hub.hub, house.actor, {
      pairs: [{ a: await house.idOf('a1'), b: await house.idOf('b1') }],
      verdict: 'different',
      reason: 'another Anna',
    });
    expect(await house.asked()).toEqual([]);
    await house.settle();
    expect(house.held()['ats:a1']).toMatchObject({ currentCompany: 'West GmbH' });
  });

  describe('models and rules', () => {
    /** Enough people for a model, some of them twice. */
    async function town(): Promise<void> {
      for (const row of generatePeople({ records: 260, seed: 5 }))
        house.put(SYSTEMS[Number(row.record_id) % 3], `r${row.record_id}`, canonicalPerson(row));
      await house.sync(...SYSTEMS);
    }
    async function rematch(): Promise<void> {
      while (!(await advanceRematch(house.hub.hub, house.hub.tenantId, { forMs: 5_000 })).done);
    }

    it('activates only what was simulated, and becomes what the simulation said', async () => {
      await town();
      const hub = house.hub.hub;
      const { version, report } = await trainPeople(hub, house.actor);
      expect(report).toMatchObject({ records: 260, decided: { pairs: 0 }, threshold: { proved: false, auto: 6 } });
      await expect(activateVersion(hub, house.actor, { kind: 'model', version, reason: 'r' })).rejects.toMatchObject({
        code: 'NOT_SIMULATED',
      });
      const before = await house.partition();
      const simulation = await simulateVersion(hub, house.actor, { kind: 'model', version });
      expect(await house.partition()).toEqual(before);
      expect(simulation).toMatchObject({ records: 260, clustersBefore: before.length });
      await activateVersion(hub, house.actor, { kind: 'model', version, reason: 'it knows our people' });
      await rematch();
      const after = await house.partition();
      expect(after).toHaveLength(simulation.clustersAfter);
      expect((await house.asked()).filter(({ proposed }) => !proposed)).toHaveLength(simulation.review);
      expect(await simulateVersion(hub, house.actor, { kind: 'model', version })).toMatchObject({ merged: 0, split: 0, altered: 0 });
    });

    it('matches a later record under the active rules', async () => {
      const hub = house.hub.hub;
      house.put('ats', 'a1', anna());
      house.put('crm', 'c1', anna());
      await house.sync('ats', 'crm');
      const { version } = await draftRules(hub, house.actor, 'identity: 1\nmatch:\n  denied:\n    emails: ["*@post.example"]\n');
      expect(await simulateVersion(hub, house.actor, { kind: 'rules', version })).toMatchObject({ merged: 0, split: 1 });
      await activateVersion(hub, house.actor, { kind: 'rules', version, reason: 'an agency' });
      await rematch();
      expect(await house.partition()).toEqual([['ats:a1'], ['crm:c1']]);
      house.put('board', 'b1', anna());
      await house.sync('board');
      expect(await house.partition()).toEqual([['ats:a1'], ['board:b1'], ['crm:c1']]);
    });

    it('chooses golden values by the active rules', async () => {
      const hub = house.hub.hub;
      house.put('ats', 'a1', anna({ currentCompany: 'Nord AG' }));
      house.put('crm', 'c1', anna({ currentCompany: 'West GmbH' }));
      await house.sync('ats', 'crm');
      const golden = async () =>
        (
          await house.hub.rows<{ company: string }>(`SELECT values ->> 'currentCompany' AS company FROM cluster WHERE deleted_at IS NULL`)
        )[0].company;
      expect(await golden()).toBe('West GmbH');
      const { version } = await draftRules(
        hub,
        house.actor,
        'identity: 1\nsurvivorship:\n  candidate:\n    currentCompany: { wins: [calendar, ats] }\n',
      );
      expect(await simulateVersion(hub, house.actor, { kind: 'rules', version })).toMatchObject({
        merged: 0,
        split: 0,
        altered: 1,
        alteredFields: { currentCompany: 1 },
      });
      await activateVersion(hub, house.actor, { kind: 'rules', version, reason: 'r' });
      await rematch();
      expect(await golden()).toBe('Nord AG');
    });

    it('refuses rules with every fault and its place', async () => {
      await expect(
        draftRules(house.hub.hub, house.actor, 'identity: 1\nmatch:\n  auto: high\n  identifirs: [email]\n'),
      ).rejects.toMatchObject({
        code: 'INVALID_RULES',
        errors: [{ detail: expect.stringContaining('4:15') as string }, { detail: expect.stringContaining('3:9') as string }],
      });
    });
  });
});
