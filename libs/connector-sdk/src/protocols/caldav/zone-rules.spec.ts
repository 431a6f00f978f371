import ICAL from 'ical.js';
import { makeVtimezone } from './make-vtimezone.js';
import { ianaZone, instantOf, isoInstant, offsetMs, wallTimeOf } from './zone-rules.js';

// Instants computed with Python's zoneinfo.
test.each([
  ['2026-12-01T10:00:00', 'Europe/Berlin', '2026-12-01T09:00:00Z'],
  ['2026-07-01T10:00:00', 'Europe/Berlin', '2026-07-01T08:00:00Z'],
  ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
  ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
  ['2026-11-01T01:30:00', 'America/New_York', '2026-11-01T05:30:00Z'],
  ['2026-03-08T02:30:00', 'America/New_York', '2026-03-08T07:30:00Z'],
  ['2026-06-01T12:00:00', 'Asia/Kathmandu', '2026-06-01T06:15:00Z'],
  ['2026-04-05T01:45:00', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z'],
  ['2026-06-01T12:00:00', 'UTC', '2026-06-01T12:00:00Z'],
])('%s in %s is %s', (at, zone, instant) => expect(isoInstant(instantOf(at, zone))).toBe(instant));

test('wall time and instant are inverse outside of repeated and skipped hours', () => {
  for (let instant = Date.UTC(2026, 0, 1); instant < Date.UTC(2027, 0, 1); instant += 7 * 3_600_000 + 11 * 60_000) {
    for (const zone of ['Europe/Dublin', 'America/Santiago', 'Pacific/Chatham']) {
      const back = instantOf(wallTimeOf(instant, zone), zone);
      expect([instant, instant - 3_600_000]).toContain(back);
    }
  }
});

test.each([
  ['Europe/Berlin', 'Europe/Berlin'],
  ['W. Europe Standard Time', 'Europe/Berlin'],
  ['/freeassociation.sourceforge.net/Europe/Paris', 'Europe/Paris'],
  ['"US/Eastern"', 'US/Eastern'],
  ['Customized Time Zone', undefined],
  ['+02:00', undefined],
  ['', undefined],
])('TZID %s names %s', (tzid, zone) => expect(ianaZone(tzid)).toBe(zone));

// ical.js evaluates the generated rules on its own; Intl, from which they were made, is asked at other instants.
test.each([
  'Europe/Berlin',
  'America/New_York',
  'Europe/Dublin',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Asia/Tehran',
  'UTC',
])('the generated VTIMEZONE of %s has the right offsets in the event year', (zone) => {
  const component = makeVtimezone(zone, 2026);
  const timezone = new ICAL.Timezone({ component: new ICAL.Component(ICAL.parse(component.toString()) as unknown[]), tzid: zone });
  for (let instant = Date.UTC(2026, 0, 1, 3); instant < Date.UTC(2027, 0, 1); instant += 6 * 3_600_000) {
    const wall = wallTimeOf(instant, zone);
    if (instantOf(wall, zone) !== instant) continue;
    const offset = timezone.utcOffset(ICAL.Time.fromDateTimeString(wall));
    if (offset * 1_000 !== offsetMs(zone, instant)) throw new Error(`${wall}: ${offset} instead of ${offsetMs(zone, instant) / 1_000}`);
  }
});

test('a zone with yearly rules gets rules, not a list', () => {
  const text = makeVtimezone('Europe/Berlin', 2026).toString();
  expect(text).toContain('RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU');
  expect(text.match(/BEGIN:(STANDARD|DAYLIGHT)/g)).toHaveLength(2);
  expect(makeVtimezone('America/New_York', 2026).toString()).toContain('RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU');
});
