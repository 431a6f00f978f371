import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperConnector, paperMapping, PaperVendor } from './paper-vendor.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a record whose parent is not here yet', () => {
  let people: PaperVendor;
  let papers: PaperVendor;
  let house: PaperHub;
  let candidates: PaperStream;
  let applications: PaperStream;

  beforeEach(async () => {
    people = new PaperVendor();
    papers = new PaperVendor();
    house = await PaperHub.open({
      connectors: [
        paperConnector('ats', 'ats', {
          candidates: { entity: 'candidate', vendor: people },
          applications: { entity: 'application', vendor: papers },
        }),
      ],
      mappings: [
        paperMapping({ connector: 'ats', stream: 'candidates', into: 'candidate', fields: { displayName: {} } }),
        paperMapping({
          connector: 'ats',
          stream: 'applications',
          into: 'application',
          fields: { status: {} },
          parents: ({ of }) => [{ role: 'candidate', object: 'candidate', externalId: String(of), required: true }],
        }),
      ],
    });
    ({ candidates, applications } = await house.connect('ats', { systemOfRecord: true }));
    papers.put('a1', { status: 'ACTIVE', of: 'c1' });
    people.put('c1', { displayName: 'Ada Test' });
  });
  afterEach(() => house.close());

  const waiting = (): Promise<{ released: boolean }[]> => house.rows(`SELECT released_at IS NOT NULL AS released FROM waiting`);

  it('waits, and comes in with the batch that brings the parent', async () => {
    expect((await house.sync(applications)).totals).toMatchObject({ read: 1, waiting: 1, created: 0 });
    await house.sync(candidates);
    expect(await waiting()).toEqual([{ released: true }]);
    expect((await house.retries(applications)).totals).toMatchObject({ created: 1 });
    expect(await waiting()).toEqual([]);
  });

  it('is not forgotten when the parent arrives while it is being put to wait', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    // A row of the same key that is neither there nor not there stops the child between its look for the parent and its commit.
    const obstacle = house
      .tx(async (tx) => {
        await tx.query(
          `INSERT INTO waiting (tenant_id, stream_id, external_id, raw_id, parent_stream_id, parent_external_id) VALUES ($1, $2, 'a1', gen_random_uuid(), $3, 'c1')`,
          [tx.tenantId, applications.streamId, candidates.streamId],
        );
        await held;
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await pause(200);
    const child = house.sync(applications);
    await pause(500);
    const parent = house.sync(candidates);
    await pause(500);
    letGo();
    await Promise.all([obstacle, child, parent]);
    expect(await waiting()).toEqual([{ released: true }]);
  });
});
