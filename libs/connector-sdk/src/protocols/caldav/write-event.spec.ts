import { mintRef } from '#hub/canonical';
import { readBody } from './event-body.js';
import { masterEvent, parseCalendar, readEvent } from './read-event.js';
import { newCalendar, patchEvent } from './write-event.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const STAMP = { now: NOW, organizer: 'hr@example.com' };
const ZONES = { start: 'Europe/Berlin', end: 'Europe/Berlin' };
const WRITE_ID = '0b0e6a0c-7d0a-4a53-9a60-0d9b4bb5a001';
const read = (ics: string) => readEvent({ name: 'x.ics', href: '/x.ics', etag: '"1"', ics }, 'UTC');
const unfold = (ics: string) => ics.replace(/\r\n[ \t]/g, '');
const BODY = {
  summary: 'Gespräch 🚀 mit Zoë, Runde 2',
  description: `${'ü'.repeat(120)}\nNext line; with, marks`,
  location: 'Room 4; left',
  url: 'https://meet.example.com/a?b=c&d=e',
  status: 'confirmed',
  start: { at: '2026-12-01T10:00:00', zone: 'Europe/Berlin' },
  end: { instant: '2026-12-01T10:00:00Z', zone: 'Europe/Berlin' },
  attendees: [{ email: 'ida@example.com', name: 'Ida "I" Test' }],
  ref: 'A-7K3M9QXZ2',
};
const create = (body: Record<string, unknown> = BODY) => newCalendar(WRITE_ID, readBody(body, ZONES), STAMP).toString();

test('what is written reads back the same', () => {
  const payload = read(create());
  expect(payload).toMatchObject({
    uid: WRITE_ID,
    writeId: WRITE_ID,
    sequence: 0,
    status: 'CONFIRMED',
    summary: BODY.summary,
    description: BODY.description,
    location: BODY.location,
    url: BODY.url,
    start: { at: '2026-12-01T10:00:00', zone: 'Europe/Berlin', instant: '2026-12-01T09:00:00Z', allDay: false },
    end: { at: '2026-12-01T11:00:00', zone: 'Europe/Berlin', instant: '2026-12-01T10:00:00Z', allDay: false },
    organizer: { email: 'hr@example.com' },
    attendees: [{ email: 'ida@example.com', name: "Ida 'I' Test", role: 'REQ-PARTICIPANT', partstat: 'NEEDS-ACTION' }],
    created: '2026-11-20T12:00:00Z',
  });
});

test('the hour that a clock shows twice: its first one in words of its zone, its second one in UTC', () => {
  const start = (instant: string) =>
    create({ start: { instant, zone: 'Europe/Berlin' }, end: { instant: '2027-10-31T02:00:00Z', zone: 'Europe/Berlin' } });
  expect(start('2027-10-31T00:30:00Z')).toContain('DTSTART;TZID=Europe/Berlin:20271031T023000');
  expect(start('2027-10-31T01:30:00Z')).toContain('DTSTART:20271031T013000Z');
  expect(read(start('2027-10-31T01:30:00Z'))?.start).toMatchObject({ instant: '2027-10-31T01:30:00Z', zone: 'UTC' });
});

test('the text keeps RFC 5545: 75 octets a line, CRLF, the zone defined before it is used, no METHOD', () => {
  const ics = create();
  for (const line of ics.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  expect(ics.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(ics.indexOf('BEGIN:VTIMEZONE')).toBeLessThan(ics.indexOf('BEGIN:VEVENT'));
  expect(ics).toContain('DTSTART;TZID=Europe/Berlin:20261201T100000');
  expect(ics).not.toContain('METHOD');
});

test('nobody is invited by the server: every scheduling address says SCHEDULE-AGENT=NONE', () => {
  const lines = unfold(create()).split('\r\n').filter((line) => /^(ATTENDEE|ORGANIZER)/.test(line)); // prettier-ignore
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toContain('SCHEDULE-AGENT=NONE');
});

test('an all-day event and one in UTC need no zone', () => {
  expect(create({ start: { at: '2026-12-24', allDay: true }, end: { at: '2026-12-25', allDay: true } })).toContain(
    'DTSTART;VALUE=DATE:20261224',
  );
  const utc = create({ start: '2026-12-01T10:00:00Z', end: { at: '2026-12-01T11:00:00+01:00', zone: 'UTC' } });
  expect(utc).toContain('DTSTART;TZID=Europe/Berlin:20261201T110000');
  expect(utc).toContain('DTEND:20261201T100000Z');
});

test.each([
  [{ start: { at: 'soon' } }, 'start'],
  [{ end: { zone: 'UTC' } }, 'end'],
  [{ start: { at: '2026-12-01T10:00:00', zone: 'Mars/Base' } }, 'start'],
  [{ summary: { a: 1 } }, 'summary'],
  [{ status: 'maybe' }, 'status'],
  [{ url: 'https://a.example/\r\nATTENDEE:mailto:evil@example.com' }, 'url'],
  [{ ref: 'A-1\nMETHOD:REQUEST' }, 'ref'],
  [{ attendees: [{ email: 'no address' }] }, 'attendees'],
])('%j is refused by its field', (body, field) => {
  expect(() => readBody(body, ZONES)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE', field }));
});

const FOREIGN = [
  'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//other//EN', 'X-WR-CALNAME:Team',
  'BEGIN:VEVENT', 'UID:f-1@example.com', 'DTSTAMP:20261001T000000Z', 'SEQUENCE:4', 'SUMMARY;LANGUAGE=de:Alt', 'DTSTART;TZID=Europe/Berlin:20261201T100000', 'DURATION:PT30M',
  'X-FOREIGN;P=1:keep me', 'RRULE:FREQ=WEEKLY;COUNT=3', 'ORGANIZER:mailto:boss@example.com',
  'ATTENDEE;PARTSTAT=ACCEPTED;X-P=7:MAILTO:Ida@example.com', 'ATTENDEE:mailto:leaves@example.com', 'ATTENDEE;CUTYPE=ROOM:mailto:room@example.com',
  'BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:x', 'TRIGGER:-PT10M', 'END:VALARM', 'END:VEVENT',
  'BEGIN:VEVENT', 'UID:f-1@example.com', 'RECURRENCE-ID;TZID=Europe/Berlin:20261208T100000', 'DTSTAMP:20261001T000000Z', 'DTSTART;TZID=Europe/Berlin:20261208T150000', 'DTEND;TZID=Europe/Berlin:20261208T153000', 'SUMMARY:Once', 'END:VEVENT',
  'END:VCALENDAR', '',
].join('\r\n'); // prettier-ignore

function patch(body: Record<string, unknown>, ics = FOREIGN): string {
  const calendar = parseCalendar(ics);
  const event = calendar && masterEvent(calendar);
  if (!event) throw new Error('no event');
  const wanted = readBody(body, ZONES);
  patchEvent(event, wanted, Object.keys(wanted) as (keyof typeof wanted)[], STAMP);
  return calendar.toString();
}

test('a patch changes its fields and nothing else', () => {
  const ics = unfold(patch({ summary: 'Neu' }));
  const changed = new Set(['SUMMARY', 'DTSTAMP', 'LAST-MODIFIED']);
  const rest = (text: string) => text.split('\r\n').filter((line) => !changed.has(line.split(/[;:]/)[0] ?? '') && line !== '').sort(); // prettier-ignore
  expect(rest(ics)).toEqual(rest(FOREIGN));
  expect(ics).toContain('SUMMARY;LANGUAGE=de:Neu');
  expect(ics).toContain('SEQUENCE:4');
  expect(ics).toContain('DTSTAMP:20261120T120000Z');
});

test('time, place and status raise SEQUENCE; a moved event with a duration gets an end', () => {
  expect(patch({ location: 'Room 5' })).toContain('SEQUENCE:5');
  expect(patch({ status: 'CANCELLED' })).toMatch(/SEQUENCE:5[\s\S]*STATUS:CANCELLED|STATUS:CANCELLED[\s\S]*SEQUENCE:5/);
  const moved = patch({ start: { at: '2026-12-01T14:00:00' }, end: { at: '2026-12-01T14:30:00' } });
  expect(moved).not.toContain('DURATION');
  expect(read(moved)).toMatchObject({
    sequence: 5,
    start: { instant: '2026-12-01T13:00:00Z' },
    end: { instant: '2026-12-01T13:30:00Z' },
    recurring: true,
  });
});

test('who stays keeps his answer, who is not named leaves, rooms are not people', () => {
  const ics = unfold(patch({ attendees: [{ email: 'ida@example.com' }, { email: 'new@example.com' }] }));
  expect(ics).toContain('ATTENDEE;PARTSTAT=ACCEPTED;X-P=7:MAILTO:Ida@example.com');
  expect(ics).toContain('ATTENDEE;CUTYPE=ROOM:mailto:room@example.com');
  expect(ics).toContain('SCHEDULE-AGENT=NONE:mailto:new@example.com');
  expect(ics).not.toContain('leaves@example.com');
  expect(ics).toContain('ORGANIZER:mailto:boss@example.com');
});

test('null clears a text', () => expect(patch({ summary: null })).not.toMatch(/^SUMMARY;/m));
test('a line break cannot smuggle a property in', () => {
  const ics = create({
    ...BODY,
    summary: 'a\r\nATTENDEE:mailto:evil@example.com',
    attendees: [{ email: 'i@example.com', name: 'x\r\nATTENDEE:mailto:evil@example.com' }],
  });
  expect(unfold(ics)).not.toMatch(/^ATTENDEE:mailto:evil/m);
});

test('the reference is read from its property, else from the texts where they name exactly one application', () => {
  const [one, two] = [mintRef('A'), mintRef('A')];
  expect(read(create({ ...BODY, ref: one, summary: `about ${two}` }))?.ref).toBe(one);
  expect(read(create({ ...BODY, ref: null, summary: `about ${one}`, description: `again ${one}, ${mintRef('J')}` }))?.ref).toBe(one);
  expect(read(create({ ...BODY, ref: null, summary: `about ${one}`, description: `or ${two}` }))?.ref).toBeNull();
  expect(read(create({ ...BODY, ref: 'A-00000000Z' }))?.ref).toBeNull();
});
