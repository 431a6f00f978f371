import { PaperHub } from './paper-hub.js';
import { paperConnector, paperMapping, PaperVendor } from './paper-vendor.js';

const BATCH = 5_000;

describe('a record in two batches of one walk', () => {
  it('ends as the later batch says, also where that is what was known before the walk', async () => {
    const vendor = new PaperVendor();
    vendor.pageSize = BATCH;
    const house = await PaperHub.open({
      connectors: [paperConnector('ats', 'ats', { jobs: { entity: 'job', vendor } })],
      mappings: [paperMapping({ connector: 'ats', stream: 'jobs', into: 'job', fields: { title: { direction: 'in' } } })],
    });
    try {
      const { jobs } = await house.connect('ats', { systemOfRecord: true });
      vendor.put('r', { title: 'Analyst' });
      await house.sync(jobs);
      vendor.put('r', { title: 'Engineer' });
      for (let at = 1; at < BATCH; at += 1) vendor.put(`j${at}`, { title: `Job ${at}` });
      vendor.put('r', { title: 'Analyst' });
      await house.sync(jobs);
      const [record] = await house.rows<{ title: string }>(`SELECT values ->> 'title' AS title FROM source_record WHERE external_id = 'r'`);
      expect({ title: record.title, pulls: vendor.pulls }).toEqual({ title: 'Analyst', pulls: 3 });
    } finally {
      await house.close();
    }
  });
});
