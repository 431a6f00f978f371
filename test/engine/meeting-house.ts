import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperConnector, paperMapping, PaperVendor, type PaperMappingOptions } from './paper-vendor.js';

export const FUTURE = '2099-03-01T10:00:00.000Z';
export const LATER = '2099-03-02T15:00:00.000Z';
export const LATEST = '2099-03-03T09:00:00.000Z';
export const TWO_WAY = { wins: 'newest' as const, onBoth: 'freeze' as const };

export interface MeetingHouse {
  ats: PaperVendor;
  calendar: PaperVendor;
  house: PaperHub;
  meetings: PaperStream;
  events: PaperStream;
}
type AtsMapping = Pick<PaperMappingOptions, 'fields' | 'refuse' | 'block' | 'createWhen'>;

/** What is scheduled is planned in the other system, too. */
export const isPlanned = (values: Record<string, unknown>): boolean => values.status === 'SCHEDULED';

/** An ATS with meetings and a calendar with events, both ways; what is planned in the ATS gets an event. */
export async function openMeetings(ofAts: AtsMapping): Promise<MeetingHouse> {
  const [ats, calendar] = [new PaperVendor(), new PaperVendor()];
  const stream = (vendor: PaperVendor) => ({ entity: 'interview' as const, push: true, vendor, visibleWithinMs: 300 });
  const house = await PaperHub.open({
    connectors: [
      paperConnector('ats', 'ats', { meetings: stream(ats) }),
      paperConnector('calendar', 'calendar', { events: { ...stream(calendar), createsOnce: true } }),
    ],
    mappings: [
      paperMapping({ connector: 'ats', stream: 'meetings', into: 'interview', ...ofAts }),
      paperMapping({ connector: 'calendar', stream: 'events', into: 'interview', fields: ofAts.fields, createWhen: isPlanned }),
    ],
  });
  const { meetings } = await house.connect('ats', { systemOfRecord: true });
  const { events } = await house.connect('calendar');
  return { ats, calendar, house, meetings, events };
}
