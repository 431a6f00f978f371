import { compileMapping, parseMapping, type CompiledMapping } from '#hub/mapping';
import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperConnector, paperMapping, PaperVendor } from './paper-vendor.js';

const FUTURE = '2099-03-01T10:00:00.000Z';

function compiledFrom(file: string): CompiledMapping {
  const { mapping, faults } = parseMapping(file, 'ats/meetings.yaml');
  if (!mapping) throw new Error(JSON.stringify(faults));
  return compileMapping(mapping);
}

describe('lookup', () => {
  it('reads the stored record of another stream, also when records are compared', async () => {
    const [jobs, meetings] = [new PaperVendor(), new PaperVendor()];
    const house = await PaperHub.open({
      connectors: [
        paperConnector('ats', 'ats', { jobs: { entity: 'job', vendor: jobs }, meetings: { entity: 'interview', vendor: meetings } }),
      ],
      mappings: [
        paperMapping({ connector: 'ats', stream: 'jobs', into: 'job', fields: { title: { direction: 'in' } } }),
        compiledFrom(
          `mapping: ats.meetings\nversion: 1\nfrom: { connector: ats, stream: meetings }\ninto: interview\nfields:\n  - { to: status, value: SCHEDULED }\n  - { to: title, from: job, do: [{ lookup: { stream: jobs, take: title } }] }\n`,
        ),
      ],
    });
    try {
      const streams = await house.connect('ats', { systemOfRecord: true });
      jobs.put('j1', { title: 'Analyst' });
      meetings.put('m1', { job: 'j1' });
      meetings.put('m2', { job: 'unknown' });
      await house.sync(streams.jobs);
      await house.sync(streams.meetings);
      const titles = await house.rows(
        `SELECT external_id AS id, values ->> 'title' AS title FROM source_record WHERE object = 'interview' ORDER BY 1`,
      );
      expect(titles).toEqual([
        { id: 'm1', title: 'Analyst' },
        { id: 'm2', title: null },
      ]);
      await house.reconcile(streams.meetings);
      expect(await house.rows(`SELECT matched, total FROM reconciliation`)).toEqual([{ matched: 2, total: 2 }]);
    } finally {
      await house.close();
    }
  });
});

describe('writePolicy', () => {
  let ats: PaperVendor;
  let calendar: PaperVendor;
  let house: PaperHub;
  let meetings: PaperStream;
  let events: PaperStream;

  async function open(writePolicy: 'always' | 'ifBlank' | 'keepHumanEdit'): Promise<void> {
    const ours = { wins: 'ats' as const, onBoth: 'ats' as const };
    [ats, calendar] = [new PaperVendor(), new PaperVendor()];
    const fields = { status: ours, startsAt: ours, location: ours };
    house = await PaperHub.open({
      connectors: [
        paperConnector('ats', 'ats', { meetings: { entity: 'interview', vendor: ats } }),
        paperConnector('calendar', 'calendar', { events: { entity: 'interview', push: true, vendor: calendar, visibleWithinMs: 300 } }),
      ],
      mappings: [
        paperMapping({
          connector: 'ats',
          stream: 'meetings',
          into: 'interview',
          fields: { ...fields, location: { ...ours, direction: 'in' } },
        }),
        paperMapping({
          connector: 'calendar',
          stream: 'events',
          into: 'interview',
          fields: { ...fields, location: { ...ours, writePolicy } },
          createWhen: () => true,
        }),
      ],
    });
    meetings = (await house.connect('ats', { systemOfRecord: true })).meetings;
    events = (await house.connect('calendar')).events;
    ats.put('m1', { status: 'SCHEDULED', startsAt: FUTURE, location: 'Room 4' });
    await house.sync(meetings);
    await house.settle(meetings, events);
  }
  afterEach(() => house.close());

  const place = (): unknown => [...calendar.records.values()][0].data.location;
  const move = async (location: string): Promise<void> => {
    ats.edit('m1', { location });
    await house.sync(meetings);
    await house.settle(meetings, events);
  };

  it('always: what counts is written whenever it differs', async () => {
    await open('always');
    await move('Room 5');
    expect(place()).toBe('Room 5');
  });

  it('ifBlank: a value that stands there stays, and is no difference to reconcile', async () => {
    await open('ifBlank');
    await move('Room 5');
    expect(place()).toBe('Room 4');
    await house.reconcile(events);
    expect(await house.rows(`SELECT matched, total FROM reconciliation`)).toEqual([{ matched: 1, total: 1 }]);
  });

  it('keepHumanEdit: our own value is replaced, what a person put there is not', async () => {
    await open('keepHumanEdit');
    await move('Room 5');
    expect(place()).toBe('Room 5');
    calendar.edit([...calendar.records.keys()][0], { location: 'Garden' });
    await house.sync(events);
    await house.settle(meetings, events);
    await move('Room 6');
    expect(place()).toBe('Garden');
  });
});
