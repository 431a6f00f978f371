import { ConnectorFailure, queueWalk, type Connector, type RawRecord } from '#hub/connector-sdk';
import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperConnector, paperMapping, PaperVendor } from './paper-vendor.js';

describe('a vendor that hands out messages until they are acknowledged', () => {
  let messages: { id: string; records: RawRecord[] }[];
  let storedWhenAcknowledged: number[];
  let house: PaperHub;
  let people: PaperStream;

  beforeEach(async () => {
    messages = ['m1', 'm2', 'm3'].map((id) => ({
      id,
      records: [{ externalId: `of-${id}`, payload: { id: `of-${id}`, displayName: id } }],
    }));
    storedWhenAcknowledged = [];
    const plain = paperConnector('payroll', 'hris', { people: { entity: 'candidate', vendor: new PaperVendor() } });
    const walk = queueWalk<object>({
      take: async () => messages[0],
      acknowledge: async (_, id) => {
        if (messages[0]?.id !== id) throw new ConnectorFailure({ code: 'NOT_FOUND', status: 404 });
        storedWhenAcknowledged.push((await house.rows(`SELECT 1 FROM source_record WHERE external_id = $1`, [`of-${id}`])).length);
        messages.shift();
      },
    });
    const connector = { ...plain, streams: { people: { ...plain.streams.people, ...walk, deletes: 'none' } } } as Connector;
    const mapping = paperMapping({ connector: 'payroll', stream: 'people', into: 'candidate', fields: { displayName: {} } });
    house = await PaperHub.open({ connectors: [connector], mappings: [mapping] });
    ({ people } = await house.connect('payroll'));
  });
  afterEach(() => house.close());

  it('hears of a message only after its records are stored', async () => {
    expect((await house.sync(people)).totals).toMatchObject({ read: 3, created: 3 });
    expect([storedWhenAcknowledged, messages]).toEqual([[1, 1, 1], []]);
  });

  it('gives a message again that was read and not stored', async () => {
    const [first] = messages;
    const take = messages;
    await house.sync(people);
    take.unshift(first);
    expect((await house.sync(people)).totals).toMatchObject({ read: 1, created: 0, unchanged: 1 });
    expect(messages).toEqual([]);
  });
});
