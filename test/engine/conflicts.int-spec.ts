import type { CanonicalValue } from '#hub/canonical';
import { settleByHand } from '#hub/sync';
import { anna, PeopleHouse, SYSTEMS } from './people-house.js';

describe('several systems disagree about one field', () => {
  let house: PeopleHouse;

  beforeEach(async () => {
    house = await PeopleHouse.open();
    for (const [system, id] of [
      ['ats', 'a1'],
      ['crm', 'c1'],
      ['board', 'b1'],
    ])
      house.put(system, id, anna({ currentCompany: 'Nord AG' }));
    await house.sync(...SYSTEMS);
    await house.settle();
    house.vendors.board.edit('b1', { currentCompany: 'Board' });
    await house.sync('board');
    house.vendors.ats.edit('a1', { currentCompany: 'Ats' });
    house.vendors.crm.edit('c1', { currentCompany: 'Crm' });
    await house.sync('ats', 'crm');
    await house.settle();
  });
  afterEach(() => house.hub.close());

  const disputed = (): Promise<{ id: string; record: string; theirs: CanonicalValue }[]> =>
    house.hub.rows(
      `SELECT x.id, s.external_id AS record, x.theirs FROM conflict x JOIN source_record s ON s.id = x.record_id WHERE x.settled_at IS NULL ORDER BY 2`,
    );
  const companies = (): CanonicalValue[] => Object.values(house.held()).map(({ currentCompany }) => currentCompany);
  const openCodes = async (): Promise<string[]> =>
    (await house.hub.rows<{ code: string }>(`SELECT code FROM error_item WHERE state NOT IN ('awaiting_proof', 'resolved')`)).map(
      ({ code }) => code,
    );

  it('and each edit is kept, in its system and in the queue', async () => {
    expect(companies()).toEqual(['Ats', 'Crm', 'Board']);
    expect(await disputed()).toMatchObject([
      { record: 'a1', theirs: 'Ats' },
      { record: 'c1', theirs: 'Crm' },
    ]);
    expect(await openCodes()).toEqual(['CONFLICT', 'CONFLICT']);
  });

  it('and one choice ends all', async () => {
    const [, { id }] = await disputed();
    await settleByHand(house.hub.hub, house.actor, { conflictId: id, choose: 'theirs', reason: 'she told us' });
    await house.settle();
    expect(companies()).toEqual(['Crm', 'Crm', 'Board']);
    expect([await disputed(), await openCodes()]).toEqual([[], []]);
    house.vendors.ats.edit('a1', { currentCompany: 'Later' });
    await house.sync('ats');
    await house.settle();
    expect(companies()).toEqual(['Later', 'Later', 'Board']);
  });

  it('and whoever takes the edit back disagrees no more', async () => {
    house.vendors.ats.edit('a1', { currentCompany: 'Nord AG' });
    await house.sync('ats');
    await house.settle();
    expect(await disputed()).toMatchObject([{ record: 'c1', theirs: 'Crm' }]);
    expect(await openCodes()).toEqual(['CONFLICT']);
    house.vendors.crm.edit('c1', { currentCompany: 'Board' });
    await house.sync('crm');
    await house.settle();
    expect(companies()).toEqual(['Board', 'Board', 'Board']);
    expect([await disputed(), await openCodes()]).toEqual([[], []]);
  });
});
