import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { brokenRule, parseRef, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import { loadMappings, type CompiledMapping, type MapResult } from '#hub/mapping';
import type { BenchOptions } from './bench-options.js';

export interface MappingBench {
  bench: 'mapping';
  perSecond: number;
  floors: { handWritten: number };
  ratio: { handWritten: number };
}

const RECORDS = 5_000;
const ROUND_MS = 250;
const ROUNDS = 7;

/** The eleven inward fields of the calendar mapping against the same work written by hand; median of alternating rounds. Records per second. */
export async function bench(folder = join(__dirname, '..', '..', 'mappings'), amount = RECORDS): Promise<MappingBench> {
  const mapping = loadMappings(folder).find((one) => one.name === 'caldav.events');
  if (!mapping || mapping.inward.length !== 11)
    throw new Error('the calendar mapping no longer reads eleven fields: the bench must follow it');
  const records = Array.from({ length: amount }, (_, at) => eventOf(at));
  const context = { settings: {}, now: new Date('2026-11-24T12:00:00Z') };
  const compiled = (record: unknown): MapResult => mapping.toCanonical(record, context);
  refuseUnequal(compiled, records);
  const rounds = Array.from({ length: ROUNDS }, () => ({ ours: perSecond(compiled, records), floor: perSecond(mapByHand, records) })).slice(
    1,
  );
  const ours = median(rounds.map((round) => round.ours));
  const handWritten = median(rounds.map((round) => round.floor));
  return {
    bench: 'mapping',
    perSecond: Math.round(ours),
    floors: { handWritten: Math.round(handWritten) },
    ratio: { handWritten: Number((ours / handWritten).toFixed(3)) },
  };
}

export function run({ records }: BenchOptions): Promise<MappingBench> {
  return bench(join(process.cwd(), 'mappings'), records);
}

/** A floor that does less would flatter nobody: both must say the same of every record. */
function refuseUnequal(compiled: CompiledMapping['toCanonical'] | ((record: unknown) => MapResult), records: unknown[]): void {
  for (const record of records) {
    const [ours, theirs] = [(compiled as (record: unknown) => MapResult)(record), mapByHand(record)].map(
      (result) => JSON.parse(JSON.stringify(result)) as unknown,
    );
    if (!isDeepStrictEqual(ours, theirs)) throw new Error('the mapping and its hand-written floor disagree');
  }
}

function perSecond(map: (record: unknown) => MapResult, records: unknown[]): number {
  const started = performance.now();
  let [done, letters] = [0, 0];
  while (performance.now() - started < ROUND_MS) {
    for (const record of records) letters += map(record).kind.length;
    done += records.length;
  }
  // Reading the results keeps the engine from leaving the work out.
  if (letters === 0) throw new Error('nothing was mapped');
  return (done * 1_000) / (performance.now() - started);
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function eventOf(at: number): Record<string, unknown> {
  const day = String(1 + (at % 28)).padStart(2, '0');
  const hour = String(8 + (at % 9)).padStart(2, '0');
  const time = (minutes: string): Record<string, unknown> => ({
    at: `2026-12-${day}T${hour}:${minutes}:00`,
    zone: 'Europe/Berlin',
    instant: `2026-12-${day}T${hour}:${minutes}:00Z`,
    allDay: false,
  });
  return {
    uid: `event-${at}@example.org`,
    href: `/cal/${at}.ics`,
    etag: `"${at}"`,
    sequence: at % 4,
    status: at % 10 === 0 ? 'TENTATIVE' : 'CONFIRMED',
    summary: `Interview ${at}`,
    description: null,
    location: at % 3 === 0 ? null : `Room ${at % 12}`,
    url: null,
    start: time('00'),
    end: time('45'),
    organizer: { email: 'hr@example.org', name: null },
    attendees: [
      { email: `Interviewer${at % 50}@example.org`, name: null, role: 'REQ-PARTICIPANT', partstat: 'ACCEPTED' },
      { email: `other${at % 50}@example.org`, name: null, role: 'REQ-PARTICIPANT', partstat: 'NEEDS-ACTION' },
    ],
    ref: 'A-00000000W',
    writeId: null,
    recurring: false,
    created: null,
    lastModified: null,
  };
}

interface Event {
  uid: unknown;
  sequence: unknown;
  status: unknown;
  summary: unknown;
  location: unknown;
  ref: unknown;
  writeId: unknown;
  recurring: unknown;
  attendees: unknown;
  start: { at: unknown; zone: unknown; instant: unknown; allDay: unknown } | null;
  end: { instant: unknown } | null;
}
const STATUS: Record<string, string> = { CONFIRMED: 'SCHEDULED', TENTATIVE: 'REQUESTED', CANCELLED: 'CANCELLED' };
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;

/** What a programmer would write for this one stream, with the rules that a record must pass. */
function mapByHand(payload: unknown): MapResult {
  const event = payload as Event;
  if (event.recurring !== false || typeof event.ref !== 'string' || event.ref === '') return { kind: 'excluded' };
  const ref = parseRef(event.ref);
  if (ref?.kind !== 'application') return refuse('application');
  const values: CanonicalValues = {};
  const status = STATUS[String(event.status)];
  if (status === undefined) return refuse('status');
  values.status = status;
  const startsAt = instantOf(event.start?.instant);
  if (startsAt === undefined) return refuse('startsAt');
  values.startsAt = startsAt;
  const endsAt = instantOf(event.end?.instant);
  if (endsAt !== undefined) values.endsAt = endsAt;
  const zone = event.start?.zone;
  if (typeof zone === 'string') {
    if (brokenRule({ kind: 'zone' }, zone)) return refuse('timeZone');
    values.timeZone = zone;
  }
  put(values, 'localStart', event.start?.at);
  if (typeof event.start?.allDay === 'boolean') values.allDay = event.start.allDay;
  put(values, 'location', event.location);
  put(values, 'title', event.summary);
  put(values, 'calendarUid', event.uid);
  if (Number.isSafeInteger(event.sequence)) values.sequence = event.sequence as number;
  if (Array.isArray(event.attendees)) {
    const attendees: CanonicalValue[] = [];
    for (const { email } of event.attendees as { email: unknown }[]) {
      if (typeof email !== 'string') continue;
      const address = email.trim().toLowerCase();
      if (brokenRule({ kind: 'email' }, address)) return refuse('attendees');
      attendees.push({ email: address });
    }
    values.attendees = attendees;
  }
  return {
    kind: 'mapped',
    values,
    parents: [{ role: 'application', object: 'application', ref: ref.ref, required: true }],
    writeId: typeof event.writeId === 'string' ? event.writeId : undefined,
    blocked: [],
  };
}

function refuse(field: string): MapResult {
  return { kind: 'refused', failures: [{ code: 'INVALID_VALUE', field, pointer: '', message: field, blocksOnlyField: false }] };
}
function put(values: CanonicalValues, field: string, value: unknown): void {
  if (typeof value !== 'string') return;
  const text = value.trim();
  if (text !== '') values[field] = text;
}
function instantOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !INSTANT.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
