import { compileMapping } from '../compile-mapping.js';
import type { CompiledMapping } from '../mapping.js';
import { parseMapping } from '../parse-mapping.js';
import { proposePatch, proposeRule, type DriftedRecord, type MappingPatch } from './propose-patch.js';

const FILE = `# People of Acme.
mapping: acme.people
version: 3
from: { connector: acme, stream: people }
into: candidate
fields:
  - { to: firstName, from: given, required: true }   # as they write it
  - { to: lastName, from: family }
  - to: status
    from: state
    as: enum
    table:
      active: ACTIVE
      gone: DELETED
  - { to: currentTitle, from: job.title, do: [collapse] }
  - { to: currentCompany, from: employer }
  - { to: location, as: object, parts: { city: town, country: { from: land, as: country } } }
`;
const JOBS = `mapping: acme.jobs
version: 1
from: { connector: acme, stream: jobs }
into: job
fields:
  - { to: title, from: title }
  - { to: status, from: state, as: enum, table: { Open: OPEN, Closed: CLOSED } }
  - { to: openedAt, from: opened, as: instant }
  - { to: openingsTotal, from: seats, as: integer }
`;

function compiled(text: string): CompiledMapping {
  const { mapping, faults } = parseMapping(text, 'acme/x.yaml');
  if (!mapping) throw new Error(JSON.stringify(faults));
  return compileMapping(mapping);
}
const context = { settings: {}, now: new Date('2026-11-24T12:00:00Z') };
function patch(file: string, to: string, records: DriftedRecord[]): MappingPatch | undefined {
  return proposePatch({ mapping: compiled(file), to, records, context }, 4);
}
const person = {
  given: 'Ada',
  family: 'Example',
  state: 'active',
  job: { title: 'Analyst' },
  employer: 'Acme',
  town: 'Berlin',
  land: 'DE',
};
const people = (change: (at: number) => Record<string, unknown>, known?: (at: number) => string): DriftedRecord[] =>
  Array.from({ length: 20 }, (_, at) => ({ payload: { ...person, ...change(at) }, known: known?.(at) }));

describe('a proposed patch', () => {
  it('follows a field that was renamed, by the values that it had', () => {
    const moved = people(
      (at) => ({ employer: undefined, org_label: `Org ${at}`, note: `Note ${at}` }),
      (at) => `Org ${at}`,
    );
    expect(patch(FILE, 'currentCompany', moved)).toMatchObject({
      mends: 20,
      tried: 20,
      lines: ['-version: 3', '+version: 4', '-  - { to: currentCompany, from: employer }', '+  - { to: currentCompany, from: org_label }'],
      reasons: ['org_label is read by no rule', 'in 20 of 20 records it gives the value that the field had before'],
    });
  });

  it('follows a field that was renamed, by its name, and proposes nothing that is called otherwise', () => {
    const renamed = people((at) => ({ given: undefined, givenName: `G${at}`, color: 'blue' }));
    expect(patch(FILE, 'firstName', renamed)?.lines).toContain(
      '+  - { to: firstName, from: givenName, required: true }   # as they write it',
    );
    expect(
      patch(
        FILE,
        'firstName',
        people(() => ({ given: undefined, color: 'blue' })),
      ),
    ).toBeUndefined();
  });

  it('follows a value into a group that stands in its place now', () => {
    const grouped = people(
      (at) => ({ family: { full: `F${at}`, order: 1 } }),
      (at) => `F${at}`,
    );
    expect(patch(FILE, 'lastName', grouped)?.lines).toContain('+  - { to: lastName, from: family.full }');
  });

  it('takes the first of what became a list', () => {
    const listed = people(
      (at) => ({ family: [`F${at}`] }),
      (at) => `F${at}`,
    );
    expect(patch(FILE, 'lastName', listed)?.lines).toContain('+  - { to: lastName, from: "family[0]" }');
    const titles = people(
      (at) => ({ job: { title: [`T${at}`, 'x'] } }),
      (at) => `T${at}`,
    );
    expect(patch(FILE, 'currentTitle', titles)?.lines).toContain('+  - { to: currentTitle, from: "job.title[0]", do: [collapse] }');
  });

  it('adds words to a table, below each other or in a line, and asks where it cannot know', () => {
    const words = people((at) => ({ state: ['Deleted', 'merged'][at % 2] }));
    expect(patch(FILE, 'status', words)?.lines).toEqual(['-version: 3', '+version: 4', '+      Deleted: DELETED', '+      merged: MERGED']);
    const jobs = ['On Hold', 'Mothballed'].map((state) => ({ payload: { title: 'T', state, opened: '2026-01-01T00:00:00Z', seats: 1 } }));
    const proposed = patch(JOBS, 'status', jobs);
    expect(proposed?.lines).toContain(
      '+  - { to: status, from: state, as: enum, table: { Open: OPEN, Closed: CLOSED, On Hold: ON_HOLD, Mothballed: CHOOSE } }',
    );
    expect(proposed?.reasons[0]).toContain('"Mothballed" resembles no word: replace CHOOSE by one of DRAFT');
  });

  it('never puts a value into the file that could be personal', () => {
    const words = people(() => ({ state: 'ada@example.org' }));
    expect(patch(FILE, 'status', words)).toBeUndefined();
  });

  it.each([
    ['seconds', 1_000],
    ['milliseconds', 1],
  ])('reads a time that counts %s now', (unit, size) => {
    const counted = Array.from({ length: 20 }, (_, at) => ({
      payload: { title: 'T', state: 'Open', opened: (1_772_352_000_000 + at * 1_000) / size, seats: 1 },
      known: new Date(1_772_352_000_000 + at * 1_000).toISOString(),
    }));
    expect(patch(JOBS, 'openedAt', counted)?.lines).toContain(`+  - { to: openedAt, from: opened, as: instant, unit: ${unit} }`);
  });

  it('does not take any word for a likeness', () => {
    const file = JOBS.replace('Open: OPEN', 'WaitingOnBooking: DRAFT');
    const [job] = patch(file, 'status', [{ payload: { title: 'T', state: 'OnSale' } }])?.reasons ?? [];
    expect(job).toContain('"OnSale" resembles no word');
  });

  it('adds a rule for a new path, or keeps it as a custom field', () => {
    const payloads = Array.from({ length: 20 }, (_, at) => ({ ...person, headline: `Analyst of things ${at}`, badge: at }));
    const mapping = compiled(FILE);
    expect(proposeRule(mapping, { path: 'headline', payloads, version: 4 })?.lines).toEqual([
      '-version: 3',
      '+version: 4',
      '+  - { to: headline, from: headline }',
    ]);
    const custom = proposeRule(mapping, { path: 'badge', payloads, version: 4 });
    expect(custom?.lines).toContain('+  - { to: customFields, as: custom, parts: { badge: { from: badge, as: number } } }');
    const twice = compiled(custom?.text ?? '');
    expect(proposeRule(twice, { path: 'headline', payloads, version: 5 })?.lines).toContain('+  - { to: headline, from: headline }');
  });
});
