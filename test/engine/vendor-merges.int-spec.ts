import {
  approveVendorMerge,
  mergePeople,
  proposeVendorMerge,
  recreateRecord,
  undoPeople,
  unmergePeople,
  withdrawVendorMerge,
} from '#hub/sync';
import { anna, PeopleHouse } from './people-house.js';
import type { PaperStreamOptions } from './paper-vendor.js';

const OTHER = { firstName: 'Anna', lastName: 'Schmidt', emails: [{ value: 'a.schmidt@werk.example' }], currentCompany: 'West GmbH' };

describe('merges inside the ATS', () => {
  let house: PeopleHouse;
  afterEach(() => house.hub.close());

  /** Two records of the ATS, which a person holds for one; a record of the CRM belongs to the second. */
  async function open(options: Partial<PaperStreamOptions> = { merges: true }): Promise<void> {
    house = await PeopleHouse.open(['ats', 'crm'], options);
    house.put('ats', 'a1', anna({ currentCompany: 'Nord AG' }));
    await house.sync('ats');
    house.put('ats', 'a2', OTHER);
    house.put('crm', 'c2', OTHER);
    await house.sync('ats', 'crm');
    await house.settle();
  }
  const ids = async () => ({ keep: await house.idOf('a1'), drop: await house.idOf('a2') });
  async function joined(): Promise<void> {
    await mergePeople(house.hub.hub, house.actor, { records: Object.values(await ids()), reason: 'one person' });
    await house.settle();
  }
  const propose = async () => (await proposeVendorMerge(house.hub.hub, house.actor, { ...(await ids()), reason: 'twice' })).id;
  const approve = (id: string) => approveVendorMerge(house.hub.hub, house.actor, { id, reason: 'seen' });
  const merges = () =>
    house.hub.rows<{ id: string; state: string; note: string | null }>(`SELECT id, state, note FROM vendor_merge ORDER BY proposed_at`);
  const sent = () => house.vendors.ats.writes.filter(({ verb }) => verb === 'merge');
  const recreate = (mergeId: string, preview = false) =>
    recreateRecord(house.hub.hub, house.actor, { mergeId, reason: 'two people', preview });

  it('keeps what both said before anything is sent, and sends nothing that was not approved', async () => {
    await open();
    await joined();
    const id = await propose();
    await house.settle();
    expect(sent()).toEqual([]);
    const snapshots = await house.hub.rows(
      `SELECT external_id, values ->> 'currentCompany' AS company, payload FROM record_snapshot ORDER BY 1`,
    );
    expect(snapshots).toMatchObject([{ external_id: 'a1' }, { external_id: 'a2' }]);
    expect(JSON.parse((snapshots[1] as { payload: string }).payload)).toMatchObject({ id: 'a2', lastName: 'Schmidt' });
    await approve(id);
    await house.settle();
    expect(sent()).toEqual([{ verb: 'merge', id: 'a2' }]);
    expect(await merges()).toMatchObject([{ id, state: 'merged' }]);
    expect(await house.partition()).toEqual([['ats:a1', 'ats:a2', 'crm:c2']]);
    expect(Object.keys(house.held())).toEqual(['ats:a1', 'crm:c2']);
  });

  it.each([
    ['two people', async () => undefined, 'NOT_ONE_PERSON'],
    [
      'one that is gone there',
      async () => {
        await joined();
        house.vendors.ats.remove('a2');
      },
      'GONE_THERE',
    ],
  ])('does not propose to merge %s', async (_, arrange, code) => {
    await open();
    await arrange();
    await expect(propose()).rejects.toMatchObject({ code });
    expect(await merges()).toEqual([]);
  });

  it('names records of two systems, and one with itself, as what they are', async () => {
    await open();
    await joined();
    const { keep } = await ids();
    const ask = (drop: string) => proposeVendorMerge(house.hub.hub, house.actor, { keep, drop, reason: 'twice' });
    await expect(ask(await house.idOf('c2'))).rejects.toMatchObject({ status: 422, errors: [{ pointer: '/drop', code: 'stream' }] });
    await expect(ask(keep)).rejects.toMatchObject({ status: 422, errors: [{ pointer: '/drop', code: 'two' }] });
  });

  it('approves only what was seen: a record that was edited since is proposed again', async () => {
    await open();
    await joined();
    const first = await propose();
    house.vendors.ats.edit('a2', { location: { city: 'Bonn' } });
    await expect(approve(first)).rejects.toMatchObject({ code: 'CHANGED_SINCE' });
    const second = await propose();
    expect(await merges()).toMatchObject([
      { id: first, state: 'withdrawn', note: 'proposed again' },
      { id: second, state: 'proposed' },
    ]);
    await expect(approve(first)).rejects.toMatchObject({ code: 'NOT_SO_FAR' });
    await approve(second);
    await expect(propose()).rejects.toMatchObject({ code: 'MERGE_APPROVED' });
  });

  it.each([
    ['edited', () => Promise.resolve(house.vendors.ats.edit('a1', { location: { city: 'Bonn' } })), /was changed after/],
    ['deleted', () => Promise.resolve(house.vendors.ats.remove('a2')), /not there any more/],
    [
      'told apart',
      async () => unmergePeople(house.hub.hub, house.actor, { record: await house.idOf('a2'), scope: 'subtree', reason: 'two people' }),
      /told apart/,
    ],
  ])('sends nothing when, between approval and sending, one was %s', async (_, meanwhile, note) => {
    await open();
    await joined();
    await approve(await propose());
    await meanwhile();
    await house.hub.push(house.streams.ats);
    expect(sent()).toEqual([]);
    const [merge] = await merges();
    expect(merge).toMatchObject({ state: 'withdrawn', note: expect.stringMatching(note) as string });
  });

  it('merges once when the answer is lost, also where reads show it late', async () => {
    await open({ merges: true, visibleWithinMs: 1_500 });
    await joined();
    await approve(await propose());
    house.vendors.ats.dropAfterMerge = 1;
    house.vendors.ats.mergeShownAfter = 2_500;
    await house.settle();
    expect(sent()).toHaveLength(1);
    expect(await merges()).toMatchObject([{ state: 'merged' }]);
  });

  it('parks what the ATS refuses, and goes on once it does not', async () => {
    await open();
    await joined();
    house.vendors.ats.refuseMerges = true;
    await approve(await propose());
    await house.settle();
    const items = () =>
      house.hub.rows<{ id: string; message: string; state: string }>(`SELECT id, message, state FROM error_item WHERE stage = 'push'`);
    expect(await items()).toMatchObject([
      { state: 'open', message: 'ats did not take the merge of candidate: these two cannot be merged' },
    ]);
    house.vendors.ats.refuseMerges = false;
    await house.hub.rows(`UPDATE error_item SET state = 'retrying', retry_mode = 'fresh' WHERE stage = 'push'`);
    await house.hub.retries(house.streams.ats);
    await house.settle();
    expect(sent()).toHaveLength(1);
    expect(await merges()).toMatchObject([{ state: 'merged' }]);
    await house.hub.retries(house.streams.ats);
    expect(await items()).toMatchObject([{ state: 'resolved' }]);
  });

  it('waits for a person where the ATS does not let the hub merge', async () => {
    await open({});
    await joined();
    const id = await propose();
    await approve(id);
    await house.settle();
    expect(await merges()).toMatchObject([{ id, state: 'approved' }]);
    house.vendors.ats.merge('a2', 'a1');
    await house.sync('ats');
    expect(await merges()).toMatchObject([{ id, state: 'merged' }]);
  });

  it('takes back a merge that was not sent', async () => {
    await open();
    await joined();
    const id = await propose();
    await approve(id);
    await withdrawVendorMerge(house.hub.hub, house.actor, { id, reason: 'not sure' });
    await house.settle();
    expect(sent()).toEqual([]);
    expect(await merges()).toMatchObject([{ state: 'withdrawn', note: 'not sure' }]);
  });

  it('goes with its records when they become part of an older person, and is sent to nobody who was not asked to allow it', async () => {
    await open();
    await joined();
    const id = await propose();
    await house.hub.rows(`UPDATE connection SET allowed_effects = '{}'`);
    await expect(approve(id)).rejects.toMatchObject({ code: 'EFFECT_NOT_ALLOWED' });
    await house.hub.rows(`UPDATE connection SET allowed_effects = '{silent}'`);
    await approve(id);
    house.put('crm', 'c9', { firstName: 'Max', lastName: 'Weber', emails: [{ value: 'max@post.example' }] });
    await house.sync('crm');
    await house.hub.rows(`UPDATE source_record SET created_at = now() - interval '9 days' WHERE external_id = 'c9'`);
    await house.hub.rows(`UPDATE connection SET system_of_record = false`);
    const before = await house.refOf('a1');
    await mergePeople(house.hub.hub, house.actor, { records: [await house.idOf('a1'), await house.idOf('c9')], reason: 'one person' });
    expect(await house.refOf('a1')).not.toBe(before);
    await house.settle();
    expect(sent()).toEqual([{ verb: 'merge', id: 'a2' }]);
  });

  it('of two records of one person, takes an edit of the younger for news, and tells the elder', async () => {
    await open();
    await joined();
    for (const [id, currentCompany] of [
      ['a1', 'Sued AG'],
      ['a2', 'Ost KG'],
    ]) {
      house.vendors.ats.edit(id, { currentCompany });
      await house.sync('ats');
      await house.settle();
    }
    expect(await house.hub.rows(`SELECT field FROM conflict WHERE settled_at IS NULL`)).toEqual([]);
    expect(house.held()).toMatchObject({ 'ats:a1': { currentCompany: 'Ost KG' }, 'crm:c2': { currentCompany: 'Ost KG' } });
  });

  describe('that were wrong', () => {
    /** Somebody in the ATS merges two people of whom nobody asked the hub. */
    async function mergedThere(): Promise<string> {
      await house.sync('ats');
      house.vendors.ats.merge('a2', 'a1');
      await house.sync('ats');
      await house.settle();
      return (await merges())[0].id;
    }

    it('are undone by a new record of the snapshot, which stays apart', async () => {
      await open();
      const before = house.held()['ats:a2'];
      const ref = await house.refOf('a2');
      const id = await mergedThere();
      expect(await house.partition()).toEqual([['ats:a1', 'ats:a2', 'crm:c2']]);
      const preview = await recreate(id, true);
      expect(preview.writes.filter(({ operation }) => operation === 'create')).toMatchObject([
        { connection: 'ats', values: { currentCompany: 'West GmbH' } },
      ]);
      expect(await house.partition()).toEqual([['ats:a1', 'ats:a2', 'crm:c2']]);
      await recreate(id);
      await expect(recreate(id)).rejects.toMatchObject({ code: 'WRITE_UNDER_WAY' });
      await house.settle();
      const made = [...house.vendors.ats.records.keys()].find((key) => key.startsWith('made')) as string;
      expect(house.held()[`ats:${made}`]).toEqual(before);
      expect(await house.partition()).toEqual([['ats:a1'], ['ats:a2', `ats:${made}`, 'crm:c2']]);
      expect(await house.refOf(made)).toBe(ref);
      await house.sync('ats', 'crm');
      await house.settle();
      expect(await house.partition()).toEqual([['ats:a1'], ['ats:a2', `ats:${made}`, 'crm:c2']]);
      expect(house.vendors.ats.writes.filter(({ verb }) => verb === 'create')).toHaveLength(1);
      await expect(recreate(id)).rejects.toMatchObject({ code: 'RECREATED' });
      house.vendors.ats.edit(made, { currentCompany: 'Ost KG' });
      await house.sync('ats');
      await house.settle();
      expect(house.held()['crm:c2']).toMatchObject({ currentCompany: 'Ost KG' });
      expect(house.held()['ats:a1']).not.toMatchObject({ currentCompany: 'Ost KG' });
    });

    it('are made one again when that is undone', async () => {
      await open();
      const { operationId } = await recreate(await mergedThere());
      await undoPeople(house.hub.hub, house.actor, { operationId, reason: 'one person after all' });
      await house.settle();
      expect(house.vendors.ats.writes.filter(({ verb }) => verb === 'create')).toEqual([]);
      expect(await house.partition()).toEqual([['ats:a1', 'ats:a2', 'crm:c2']]);
    });

    it('are recreated once, where only a name and an address tell the new record from the one that is left', async () => {
      await open({ merges: true, naturalKey: 'lastName', visibleWithinMs: 500 });
      const id = await mergedThere();
      await recreate(id);
      house.vendors.ats.dropAfterCreate = 1;
      await house.hub.push(house.streams.ats);
      await house.sync('ats');
      await house.settle();
      const made = [...house.vendors.ats.records.keys()].filter((key) => key.startsWith('made'));
      expect(made).toHaveLength(1);
      expect(await house.partition()).toEqual([['ats:a1'], ['ats:a2', `ats:${made[0]}`, 'crm:c2']]);
    });

    it('stay undone when the ATS tells of them again', async () => {
      await open();
      await recreate(await mergedThere());
      await house.settle();
      const apart = await house.partition();
      await house.hub.rows(
        `INSERT INTO hint (tenant_id, id, stream_id, external_id, moved_to, cause) SELECT tenant_id, gen_random_uuid(), id, 'a2', 'a1', 'webhook' FROM stream WHERE id = $1`,
        [house.streams.ats.streamId],
      );
      await house.hub.hints(house.streams.ats);
      await house.sync('ats');
      expect(await house.partition()).toEqual(apart);
    });
  });

  it('leaves whom a person told apart two people when the ATS merges them', async () => {
    await open();
    await joined();
    await unmergePeople(house.hub.hub, house.actor, { record: await house.idOf('a2'), scope: 'subtree', reason: 'two people' });
    await house.settle();
    house.vendors.ats.merge('a2', 'a1');
    await house.sync('ats', 'crm');
    expect(await house.partition()).toEqual([['ats:a1'], ['ats:a2', 'crm:c2']]);
    expect(await house.hub.rows(`SELECT external_id FROM source_alias`)).toEqual([{ external_id: 'a2' }]);
  });
});
