import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { brokenRule, parseRef, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import { search } from 'jmespath';
import { compileMapping, loadMappings, parseMapping, type MapResult } from '#hub/mapping';
import type { BenchOptions } from './bench-options.js';

export interface MappingBench {
  bench: 'mapping';
  perSecond: number;
  floors: { handWritten: number; jmespath: number };
  /** `jmespath`: eleven values taken by path, which is all that both can do; see `plain`. */
  ratio: { handWritten: number; jmespath: number };
  /** Eleven texts by path: per second. */
  plain: { perSecond: number };
  /** Sixty fields, of which most are texts: per second, beside the same by hand. */
  sixty: { perSecond: number; floors: { handWritten: number }; ratio: { handWritten: number } };
  required: { handWritten: number; jmespath: number };
}

const RECORDS = 5_000;
const ROUND_MS = 250;
const ROUNDS = 7;
const CONTEXT = { settings: {}, now: new Date('2026-11-24T12:00:00Z') };

/** The eleven inward fields of the calendar mapping against the same work written by hand; median of alternating rounds. Records per second. */
export async function bench(folder = join(__dirname, '..', '..', 'mappings'), amount = RECORDS): Promise<MappingBench> {
  const mapping = loadMappings(folder).find((one) => one.name === 'caldav.events');
  if (!mapping || mapping.inward.length !== 11)
    throw new Error('the calendar mapping no longer reads eleven fields: the bench must follow it');
  const records = Array.from({ length: amount }, (_, at) => eventOf(at));
  const compiled = (record: unknown): MapResult => mapping.toCanonical(record, CONTEXT);
  refuseUnequal(compiled, records, mapByHand);
  const [ours, handWritten] = rates([compiled, mapByHand], records);
  const [plain, jmespath] = plainFields(amount);
  return {
    bench: 'mapping',
    perSecond: Math.round(ours),
    floors: { handWritten: Math.round(handWritten), jmespath: Math.round(jmespath) },
    ratio: { handWritten: ratioOf(ours, handWritten), jmespath: ratioOf(plain, jmespath) },
    plain: { perSecond: Math.round(plain) },
    sixty: sixtyFields(amount),
    required: { handWritten: 0.35, jmespath: 10 },
  };
}

type MapOne = (record: unknown) => { kind: string };

/** Median rates of alternating rounds, behind one that warms all up. */
function rates(maps: MapOne[], records: unknown[]): number[] {
  const rounds = Array.from({ length: ROUNDS }, () => maps.map((map) => perSecond(map, records))).slice(1);
  return maps.map((_, at) => median(rounds.map((round) => round[at])));
}

function ratioOf(ours: number, floor: number): number {
  return Number((ours / floor).toFixed(3));
}

/** Eleven paths of a candidate as vendors send them, and the places that they fill. */
const PLAIN: Record<string, string> = {
  displayName: 'name',
  firstName: 'first_name',
  lastName: 'last_name',
  headline: 'profile.headline',
  currentCompany: 'profile.company.name',
  currentTitle: 'profile.position',
};
const LOCATION: Record<string, string> = {
  city: 'address.city',
  region: 'address.state',
  postal: 'address.zip',
  country: 'address.country',
  street: 'address.lines[0]',
};

/** Our rate and that of one JMESPath expression for the same eleven values, parsed at each call as its `search` does. */
function plainFields(amount: number): number[] {
  const fields = Object.entries(PLAIN).map(([to, from]) => `  - { to: ${to}, from: ${from} }\n`);
  const parts = Object.entries(LOCATION).map(([name, from]) => `${name}: "${from}"`);
  const file = `mapping: x.y\nversion: 1\nfrom: { connector: x, stream: y }\ninto: candidate\nfields:\n${fields.join('')}  - { to: location, as: object, parts: { ${parts.join(', ')} } }\n`;
  const { mapping } = parseMapping(file, 'x/y.yaml');
  if (!mapping) throw new Error('the plain mapping is no mapping');
  const compiled = compileMapping(mapping);
  const pick = (paths: Record<string, string>): string =>
    Object.entries(paths)
      .map(([to, from]) => `${to}: ${from}`)
      .join(', ');
  const expression = `{${pick(PLAIN)}, location: {${pick(LOCATION)}}}`;
  const records = Array.from({ length: amount }, (_, at) => candidateOf(at));
  const [ours, theirs] = [compiled.toCanonical(records[0], CONTEXT), search(records[0], expression)];
  if (ours.kind !== 'mapped' || !isDeepStrictEqual(ours.values, JSON.parse(JSON.stringify(theirs))))
    throw new Error('the plain mapping and JMESPath disagree');
  return rates([(record) => compiled.toCanonical(record, CONTEXT), (record) => (search(record, expression), { kind: 'mapped' })], records);
}

function candidateOf(at: number): Record<string, unknown> {
  return {
    id: String(at),
    name: `Ada Example ${at}`,
    first_name: 'Ada',
    last_name: `Example ${at}`,
    profile: { headline: `Analyst ${at}`, company: { name: `Company ${at % 100}` }, position: 'Analyst' },
    address: { lines: [`${at} Road`], city: 'Berlin', state: 'BE', zip: '10115', country: 'DE' },
  };
}

/** Custom fields by key are how sixty fields of one record come about: all of them read by path, trimmed, checked. */
function sixtyFields(amount: number): MappingBench['sixty'] {
  const names = Array.from({ length: 60 }, (_, at) => `field${at}`);
  const parts = names.map((name, at) => `${name}: { from: data.${name}, as: ${at % 3 === 2 ? 'integer' : 'text'} }`).join(', ');
  const { mapping } = parseMapping(
    `mapping: x.y\nversion: 1\nfrom: { connector: x, stream: y }\ninto: candidate\nfields:\n  - { to: displayName, from: name }\n  - { to: customFields, as: custom, parts: { ${parts} } }\n`,
    'x/y.yaml',
  );
  if (!mapping) throw new Error('the mapping of sixty fields is no mapping');
  const compiled = compileMapping(mapping);
  const records = Array.from({ length: amount }, (_, at) => ({
    name: `Person ${at}`,
    data: Object.fromEntries(names.map((name, i) => [name, i % 3 === 2 ? at + i : ` ${name} ${at} `])),
  }));
  const byHand = (record: unknown): MapResult => sixtyByHand(record as { name: unknown; data: Record<string, unknown> }, names);
  const ours = (record: unknown): MapResult => compiled.toCanonical(record, CONTEXT);
  refuseUnequal(ours, records.slice(0, 200), byHand);
  const [mine, floor] = rates([ours, byHand], records);
  return { perSecond: Math.round(mine), floors: { handWritten: Math.round(floor) }, ratio: { handWritten: ratioOf(mine, floor) } };
}

function sixtyByHand({ name, data }: { name: unknown; data: Record<string, unknown> }, names: string[]): MapResult {
  const values: CanonicalValues = {};
  put(values, 'displayName', name);
  const customFields: CanonicalValue[] = [];
  for (const [at, key] of names.entries()) {
    const value = data[key];
    if (at % 3 === 2) {
      if (!Number.isSafeInteger(value)) return refuse(key);
      customFields.push({ key, type: 'NUMBER', value: value as number });
    } else if (typeof value === 'string' && value.trim() !== '') customFields.push({ key, type: 'TEXT', value: value.trim() });
  }
  values.customFields = customFields;
  return { kind: 'mapped', values, parents: [], blocked: [] };
}

export function run({ records }: BenchOptions): Promise<MappingBench> {
  return bench(join(process.cwd(), 'mappings'), records);
}

/** A floor that does less would flatter nobody: both must say the same of every record. */
function refuseUnequal(compiled: (record: unknown) => MapResult, records: unknown[], byHand: (record: unknown) => MapResult): void {
  for (const record of records) {
    const [ours, theirs] = [compiled(record), byHand(record)].map((result) => JSON.parse(JSON.stringify(result)) as unknown);
    if (!isDeepStrictEqual(ours, theirs)) throw new Error('the mapping and its hand-written floor disagree');
  }
}

function perSecond(map: MapOne, records: unknown[]): number {
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
