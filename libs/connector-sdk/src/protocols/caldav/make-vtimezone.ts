import ICAL from 'ical.js';
import { offsetMs } from './zone-rules.js';

interface Transition {
  /** Wall time before the change, as UTC ms: what DTSTART of an observance means. */
  wall: number;
  from: number;
  to: number;
}
const DAY = 86_400_000;
const YEARS_AHEAD = 4;
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** A VTIMEZONE that holds from the year before `year` on: yearly rules where the zone follows one, else its transitions one by one. */
export function makeVtimezone(zone: string, year: number): ICAL.Component {
  const timezone = new ICAL.Component('vtimezone');
  timezone.addPropertyWithValue('tzid', zone);
  const transitions = transitionsOf(zone, year - 1, year + YEARS_AHEAD);
  const start = offsetMs(zone, Date.UTC(year - 1, 0, 1));
  if (transitions.length === 0) timezone.addSubcomponent(observance({ wall: Date.UTC(1970, 0, 1), from: start, to: start }, false));
  for (const group of grouped(transitions)) for (const part of describe(group)) timezone.addSubcomponent(part);
  return timezone;
}

const computed = new Map<string, Transition[]>();

/** Thousands of offsets per zone and year: asked for once. */
function transitionsOf(zone: string, firstYear: number, lastYear: number): Transition[] {
  const key = `${zone} ${firstYear} ${lastYear}`;
  const known = computed.get(key) ?? findTransitions(zone, firstYear, lastYear);
  computed.set(key, known);
  return known;
}

function findTransitions(zone: string, firstYear: number, lastYear: number): Transition[] {
  const found: Transition[] = [];
  const end = Date.UTC(lastYear + 1, 0, 1);
  for (let day = Date.UTC(firstYear, 0, 1); day < end; day += DAY) {
    const from = offsetMs(zone, day);
    const to = offsetMs(zone, day + DAY);
    if (from !== to) found.push({ wall: changeBetween(zone, day, day + DAY) + from, from, to });
  }
  return found;
}

/** The first instant with the later offset, by halving down to a second. */
function changeBetween(zone: string, early: number, late: number): number {
  const before = offsetMs(zone, early);
  while (late - early > 1_000) {
    const middle = early + Math.floor((late - early) / 2_000) * 1_000;
    if (offsetMs(zone, middle) === before) early = middle;
    else late = middle;
  }
  return late;
}

function grouped(transitions: Transition[]): Transition[][] {
  const groups = new Map<string, Transition[]>();
  for (const one of transitions) {
    const key = `${one.from}/${one.to}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function describe(group: Transition[]): ICAL.Component[] {
  const [first] = group as [Transition];
  const rule = group.length > YEARS_AHEAD ? yearlyRule(group) : undefined;
  if (!rule) return group.map((one) => observance(one, one.to > one.from));
  const part = observance(first, first.to > first.from);
  part.addPropertyWithValue('rrule', ICAL.Recur.fromString(rule));
  return [part];
}

/** `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU` when all transitions share month, weekday, hour and place in the month. */
function yearlyRule(group: Transition[]): string | undefined {
  const marks = group.map(({ wall }) => {
    const date = new Date(wall);
    const day = date.getUTCDate();
    const days = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    const head = `FREQ=YEARLY;BYMONTH=${date.getUTCMonth() + 1};BYDAY=`;
    return { day: WEEKDAYS[date.getUTCDay()], head, nth: Math.ceil(day / 7), last: day + 7 > days, clock: wall % DAY };
  });
  const [first] = marks;
  if (!first || !marks.every(({ day, head, clock }) => day === first.day && head === first.head && clock === first.clock)) return undefined;
  if (marks.every(({ last }) => last)) return `${first.head}-1${first.day}`;
  return marks.every(({ nth }) => nth === first.nth) ? `${first.head}${first.nth}${first.day}` : undefined;
}

function observance({ wall, from, to }: Transition, daylight: boolean): ICAL.Component {
  const part = new ICAL.Component(daylight ? 'daylight' : 'standard');
  part.addPropertyWithValue('dtstart', ICAL.Time.fromDateTimeString(new Date(wall).toISOString().slice(0, 19)));
  part.addPropertyWithValue('tzoffsetfrom', ICAL.UtcOffset.fromSeconds(from / 1_000));
  part.addPropertyWithValue('tzoffsetto', ICAL.UtcOffset.fromSeconds(to / 1_000));
  return part;
}
