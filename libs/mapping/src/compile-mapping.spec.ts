import fc from 'fast-check';
import { canonicalEquals, validateField, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import { compileMapping } from './compile-mapping.js';
import type { CompiledMapping, MapResult, RecordFailure } from './mapping.js';
import { parseMapping } from './parse-mapping.js';

const NOW = new Date('2026-11-24T12:00:00Z');
const INWARD = { settings: {}, now: NOW };

function compile(into: string, lines: string): CompiledMapping {
  const { mapping, faults } = parseMapping(
    `mapping: x.y\nversion: 1\nfrom: { connector: x, stream: y }\ninto: ${into}\n${lines}`,
    'x/y.yaml',
  );
  if (!mapping) throw new Error(JSON.stringify(faults));
  return compileMapping(mapping);
}
function valuesOf(result: MapResult): CanonicalValues {
  if (result.kind !== 'mapped') throw new Error(JSON.stringify(result));
  return result.values;
}
function failuresOf(result: MapResult): RecordFailure[] {
  return result.kind === 'refused' ? result.failures : result.kind === 'mapped' ? result.blocked : [];
}
const job = (field: string): CompiledMapping => compile('job', `fields:\n  - { to: title, value: T }\n  - { ${field} }\n`);
const candidate = (field: string): CompiledMapping =>
  compile('candidate', `fields:\n  - { to: displayName, value: N }\n  - { ${field} }\n`);
const interview = (field: string): CompiledMapping =>
  compile('interview', `fields:\n  - { to: status, value: SCHEDULED }\n  - { ${field} }\n`);

describe('paths and operators', () => {
  it.each([
    ['to: requisitionCode, from: a.b', { a: { b: ' x ' } }, 'x'],
    ['to: requisitionCode, from: "a[1].b"', { a: [{ b: 'x' }, { b: 'y' }] }, 'y'],
    [
      'to: requisitionCode, from: "a[kind=code].b"',
      {
        a: [
          { kind: 'no', b: 'x' },
          { kind: 'code', b: 'y' },
        ],
      },
      'y',
    ],
    ['to: requisitionCode, from: [a, b]', { a: '', b: 'y' }, 'y'],
    ['to: requisitionCode, from: a', { a: 17 }, '17'],
    ['to: offices, from: "a[].b", as: list', { a: [{ b: 'x' }, {}, { b: 'y' }] }, ['x', 'y']],
    ['to: openingsTotal, from: a, as: integer', { a: 3 }, 3],
    ['to: openedAt, from: a, as: instant', { a: '2026-03-01T10:00:00+02:00' }, '2026-03-01T08:00:00.000Z'],
    ['to: openedAt, from: a, as: instant, unit: milliseconds', { a: 1_772_445_600_000 }, '2026-03-02T10:00:00.000Z'],
    ['to: openedAt, from: a, as: instant, zone: z', { a: '2026-07-01T10:00:00', z: 'Europe/Berlin' }, '2026-07-01T08:00:00.000Z'],
    ['to: openedAt, from: a, as: instant, zone: z', { a: '2026-10-25T02:30:00', z: 'Europe/Berlin' }, '2026-10-25T00:30:00.000Z'],
    ['to: openedAt, from: a, as: instant, zone: z', { a: '2026-03-29T02:30:00', z: 'Europe/Berlin' }, '2026-03-29T01:30:00.000Z'],
    ['to: closedAt, from: a, as: instant, nullMeans: cleared', { a: null }, null],
    ['to: closedAt, from: a, as: instant', { a: null }, undefined],
    [
      'to: salary, as: object, parts: { min: { from: a.min, as: integer }, currency: a.cur }',
      { a: { min: 1, cur: 'EUR' } },
      { min: 1, currency: 'EUR' },
    ],
  ])('{ %s } reads %j', (field, payload, expected) => {
    const to = /to: (\w+)/.exec(field)?.[1] ?? '';
    expect(valuesOf(job(field).toCanonical(payload, INWARD))[to]).toEqual(expected);
  });

  it.each([
    ['Ada Example', 'Ada', 'Example'],
    ['  María  de la   Cruz ', 'María', 'de la Cruz'],
    ['Cruz, María', 'María', 'Cruz'],
    ['Dr. Ludwig van Beethoven', 'Ludwig', 'van Beethoven'],
    ['Martin King Jr.', 'Martin', 'King'],
    ['Cher', undefined, 'Cher'],
    ['王 美咲', '王', '美咲'],
  ])('splits %j', (name, first, last) => {
    const both = compile(
      'candidate',
      'fields:\n  - { to: firstName, from: n, as: firstName }\n  - { to: lastName, from: n, as: lastName }\n',
    );
    expect(valuesOf(both.toCanonical({ n: name }, INWARD))).toEqual({ ...(first ? { firstName: first } : {}), lastName: last });
  });
});

describe('what is refused', () => {
  it.each([
    [
      'job',
      'to: status, from: a, as: enum, table: { Open: OPEN }',
      { a: 'Opne' },
      'STAGE_UNMAPPED',
      'status (from a) holds "Opne", which its table does not know (near "Open"); add the word to the table or correct it at the source',
    ],
    [
      'job',
      'to: visibility, from: a, as: enum, table: { Yes: PUBLIC }',
      { a: 'No' },
      'SCHEMA_DRIFT',
      'visibility (from a) holds "No", which its table does not know; add the word to the table or correct it at the source',
    ],
    [
      'job',
      'to: status, from: a, as: enum, table: { Open: OPEN }',
      { a: ['Open'] },
      'SCHEMA_DRIFT',
      'status (from a) changed its type; it was a word',
    ],
    [
      'job',
      'to: openedAt, from: a, as: instant',
      { a: 'soon' },
      'INVALID_VALUE',
      'openedAt (from a) must be an instant such as 2026-03-01T10:00:00Z',
    ],
    [
      'job',
      'to: openedAt, from: a, as: instant',
      { a: '2026-02-29T10:00:00Z' },
      'INVALID_VALUE',
      'openedAt (from a) must be an instant such as 2026-03-01T10:00:00Z',
    ],
    [
      'job',
      'to: requisitionCode, from: a, required: true',
      { a: '' },
      'MISSING_REQUIRED',
      'requisitionCode (from a) is required and empty; fill it at the source, or edit the record here',
    ],
    ['job', 'to: requisitionCode, from: a', { a: {} }, 'SCHEMA_DRIFT', 'requisitionCode (from a) changed its type; it was text'],
    [
      'candidate',
      'to: emails, from: a, as: emails',
      { a: ['ada(at)people.example.org'] },
      'INVALID_VALUE',
      'emails (from a) must be an e-mail address such as name@example.org',
    ],
    [
      'candidate',
      'to: emails, from: a, as: emails',
      { a: [{ value: { x: 1 } }] },
      'SCHEMA_DRIFT',
      'emails (from a) changed its type; it was text',
    ],
  ])('%s { %s } on %j: %s', (into, field, payload, code, message) => {
    const [failure] = failuresOf((into === 'job' ? job(field) : candidate(field)).toCanonical(payload, INWARD));
    expect(failure).toMatchObject({ code, message, pointer: '/a' });
  });

  it('parks the record for stage, status and outcome, and only the field for other drift', () => {
    const one = job('to: visibility, from: a, as: enum, table: { Yes: PUBLIC }').toCanonical({ a: 'No' }, INWARD);
    expect(one).toMatchObject({ kind: 'mapped', values: { title: 'T' }, blocked: [{ field: 'visibility', blocksOnlyField: true }] });
    expect(job('to: status, from: a, as: enum, table: { Open: OPEN }').toCanonical({ a: 'On hold' }, INWARD)).toMatchObject({
      kind: 'refused',
      failures: [{ blocksOnlyField: false }],
    });
  });

  it('names all that is wrong with a record, not the first', () => {
    const both = compile('job', 'fields:\n  - { to: title, from: t, required: true }\n  - { to: openedAt, from: o, as: instant }\n');
    expect(failuresOf(both.toCanonical({ o: 'x' }, INWARD)).map((failure) => failure.field)).toEqual(['title', 'openedAt']);
  });

  it('never repeats what could be personal', () => {
    const secret = 'ada.lovelace@people.example.org +49 30 1234567';
    const mappings = [
      candidate('to: emails, from: a, as: emails'),
      candidate('to: timeZone, from: a, as: zone'),
      candidate('to: social, from: a, as: list, parts: { url: { from: u, as: url } }'),
      candidate('to: status, from: a, as: enum, table: { x: ACTIVE }'),
      interview('to: conferenceUrl, from: a, as: url'),
    ];
    const failures = mappings.flatMap((mapping) =>
      [secret, [{ u: secret }], { u: secret }].flatMap((a) => failuresOf(mapping.toCanonical({ a }, INWARD))),
    );
    expect(failures.length).toBeGreaterThan(8);
    for (const { message } of failures) expect(message).not.toMatch(/ada|lovelace|people|1234567/i);
  });

  it('says which parent is missing, and refuses a number of another kind', () => {
    const child = compile('interview', 'parents: { application: { ref: r } }\nfields:\n  - { to: status, value: SCHEDULED }\n');
    expect(failuresOf(child.toCanonical({}, INWARD))).toMatchObject([{ code: 'MISSING_REQUIRED', field: 'application', pointer: '/r' }]);
    expect(failuresOf(child.toCanonical({ r: 'J-00000000R' }, INWARD))).toMatchObject([{ code: 'AMBIGUOUS_MATCH', field: 'application' }]);
    expect(child.toCanonical({ r: 'a-oooooooow' }, INWARD)).toMatchObject({
      parents: [{ role: 'application', ref: 'A-00000000W', required: true }],
    });
  });
});

describe('hostile records', () => {
  const mapping = compile(
    'candidate',
    'fields:\n  - { to: displayName, from: n.v, value: }\n'.replace(', value: ', '') +
      '  - { to: emails, from: e, as: emails }\n  - { to: phones, from: p, as: phones }\n  - { to: tags, from: "t[].x", as: list }\n',
  );

  it('reads own properties only', () => {
    const inherited = Object.create({ n: { v: 'inherited' } }) as unknown;
    expect(failuresOf(mapping.toCanonical(inherited, INWARD))).toMatchObject([{ code: 'MISSING_REQUIRED' }]);
    const typed = {
      n: { v: 'N' },
      e: [{ value: 'a@example.org', type: 'constructor', isPrimary: 'toString' }],
      p: [{ value: '+49301234567', type: '__proto__' }],
    };
    expect(valuesOf(mapping.toCanonical(typed, INWARD))).toEqual({
      displayName: 'N',
      emails: [{ value: 'a@example.org' }],
      phones: [{ raw: '+49301234567', e164: '+49301234567' }],
    });
  });

  it('does not follow __proto__ in a payload', () => {
    const payload = JSON.parse('{"n":{"v":"N"},"__proto__":{"e":[{"value":"x"}]},"t":[{"__proto__":{"x":"y"}}]}') as unknown;
    expect(valuesOf(mapping.toCanonical(payload, INWARD))).toEqual({ displayName: 'N', tags: [] });
    expect(Object.prototype).not.toHaveProperty('e');
  });

  it('whatever comes in, what goes on is valid or refused by name, and nothing throws', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (n, e, p, t) => {
        for (const payload of [
          n,
          { n, e, p, t },
          { n: { v: n }, e: [e], p: [p], t: [t] },
          { n: { v: 'N' }, e: [{ value: e, type: t }], p: { value: p }, t: [{ x: t }] },
        ]) {
          const result = mapping.toCanonical(payload, INWARD);
          if (result.kind === 'refused')
            expect(result.failures.every((failure) => failure.field !== '' && failure.message !== '')).toBe(true);
          if (result.kind !== 'mapped') continue;
          for (const [field, value] of Object.entries(result.values)) expect(validateField('candidate', field, value)).toBeUndefined();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a payload nested ten thousand deep, and a list without end, cost nothing', () => {
    const deep = JSON.parse(`${'{"n":'.repeat(10_000)}1${'}'.repeat(10_000)}`) as unknown;
    const wide = { n: { v: 'N' }, e: Array.from({ length: 100_000 }, (_, at) => `a${at}@example.org`) };
    const started = performance.now();
    expect(mapping.toCanonical(deep, INWARD).kind).toBe('refused');
    expect(failuresOf(mapping.toCanonical(wide, INWARD))).toMatchObject([{ code: 'INVALID_VALUE', field: 'emails' }]);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('the way out', () => {
  const both = compile(
    'interview',
    `parents: { application: { externalId: application, required: false } }
createWhen: { all: [{ field: status, equals: SCHEDULED }, { field: startsAt, isFuture: true }, { parent: application, known: true }] }
fields:
  - { to: status, from: s.state, as: enum, table: { on: SCHEDULED, planned: SCHEDULED, off: CANCELLED, done: COMPLETE }, direction: both }
  - { to: startsAt, from: "slots[0].from", as: instant, direction: both }
  - { to: endsAt, from: "slots[0].to", as: instant, direction: both }
  - { to: title, from: "slots[0].names.long", direction: both, nullMeans: cleared }
  - { to: attendees, from: people, as: list, parts: { email: { from: mail, as: email }, name: label }, direction: both }
  - { to: location, from: place }
  - { to: conferenceUrl, from: link, as: url, direction: out }
outward:
  - { to: meta.kind, value: interview }
  - { to: meta.writeId, from: $writeId }
  - { to: meta.room, from: $settings.room }
`,
  );
  const context = { settings: { room: 'R1' }, now: NOW, writeId: 'w', parents: {} };
  const instant = fc
    .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const text = fc
    .string({ minLength: 1, maxLength: 40 })
    .map((value) => value.trim())
    .filter((value) => value !== '');
  const person = fc.record({ email: fc.nat().map((n) => `p${n}@example.org`), name: text }, { requiredKeys: ['email'] });
  const record = fc
    .record(
      {
        status: fc.constantFrom('SCHEDULED', 'CANCELLED', 'COMPLETE'),
        startsAt: instant,
        endsAt: instant,
        title: fc.option(text),
        attendees: fc.array(person),
      },
      { requiredKeys: ['status'] },
    )
    .map((one) => (one.startsAt && one.endsAt && one.endsAt < one.startsAt ? { ...one, startsAt: one.endsAt, endsAt: one.startsAt } : one));

  it('what is written reads back the same, field for field', () => {
    fc.assert(
      fc.property(record, (values) => {
        const body = JSON.parse(JSON.stringify(both.fromCanonical(values as CanonicalValues, context))) as unknown;
        const back = valuesOf(both.toCanonical(body, INWARD));
        expect(Object.keys(back).sort()).toEqual(Object.keys(values).sort());
        for (const [field, value] of Object.entries(values))
          expect({ field, same: canonicalEquals('interview', field, back[field], value as CanonicalValue) }).toEqual({ field, same: true });
      }),
    );
  });

  it('addresses are written as they are read', () => {
    const emails = compile(
      'candidate',
      'fields:\n  - { to: displayName, from: n, direction: both }\n  - { to: emails, from: e, as: emails, direction: both }\n',
    );
    const values: CanonicalValues = {
      displayName: 'N',
      emails: [{ value: 'a@example.org', type: 'WORK', primary: true }, { value: 'b@example.org' }],
    };
    expect(valuesOf(emails.toCanonical(JSON.parse(JSON.stringify(emails.fromCanonical(values, context))), INWARD))).toEqual(values);
  });

  it('an enum is written by the first word of its table, and not at all where it has none', () => {
    expect(both.fromCanonical({ status: 'SCHEDULED' }, context)).toMatchObject({ s: { state: 'on' } });
    expect(both.fromCanonical({ status: 'NO_SHOW' }, context)).not.toHaveProperty('s');
  });

  it('a field that is only read is never written, and one that is only written never read', () => {
    const body = both.fromCanonical({ location: 'Room 4', conferenceUrl: 'https://meet.example.org' }, context);
    expect(JSON.parse(JSON.stringify(body))).toEqual({
      link: 'https://meet.example.org',
      meta: { kind: 'interview', writeId: 'w', room: 'R1' },
    });
    expect(valuesOf(both.toCanonical({ s: { state: 'on' }, place: 'Room 4', link: 'https://meet.example.org' }, INWARD))).toEqual({
      status: 'SCHEDULED',
      location: 'Room 4',
    });
    expect([both.inward.includes('conferenceUrl'), both.outward.includes('location')]).toEqual([false, false]);
    expect(both.outwardPaths(['startsAt', 'location', 'title'])).toEqual(['slots[0].from', 'slots[0].names.long']);
  });

  it('a body has no prototype to reach, and null clears', () => {
    const body = both.fromCanonical({ title: null }, context) as { slots: { names: { long: unknown } }[]; meta: unknown };
    expect([Object.getPrototypeOf(body), Object.getPrototypeOf(body.meta), Object.getPrototypeOf(body.slots[0])]).toEqual([
      null,
      null,
      null,
    ]);
    expect(body.slots[0].names.long).toBeNull();
    expect(both.fromCanonical(Object.create({ title: 'inherited' }) as CanonicalValues, context)).not.toHaveProperty('slots');
  });

  it.each([
    [{ status: 'SCHEDULED', startsAt: '2026-11-25T00:00:00.000Z' }, 'a1', true],
    [{ status: 'SCHEDULED', startsAt: '2026-11-25T00:00:00.000Z' }, undefined, false],
    [{ status: 'SCHEDULED', startsAt: '2026-11-24T00:00:00.000Z' }, 'a1', false],
    [{ status: 'REQUESTED', startsAt: '2026-11-25T00:00:00.000Z' }, 'a1', false],
    [{ status: 'SCHEDULED' }, 'a1', false],
  ])('%j for application %s is created: %s', (values, externalId, created) => {
    expect(both.shouldCreate(values, { ...context, parents: { application: { externalId, values: {} } } })).toBe(created);
  });

  it('says what a new record is made of: fields both ways, and what outward takes', () => {
    const fields =
      'fields:\n  - { to: displayName, from: name, direction: both }\n  - { to: emails, from: mail, as: emails }\n  - { to: headline, from: line }';
    const outward =
      'outward:\n  - { to: address, from: "$values.emails[0].value" }\n  - { to: note, from: $ref }\n  - { to: all, from: $values.emails }';
    expect(compile('candidate', `${fields}\n${outward}`)).toMatchObject({
      outward: ['displayName'],
      written: ['displayName', 'emails'],
      creates: false,
    });
  });

  it('without createWhen nothing is ever created', () => {
    expect(
      job('to: status, value: OPEN').shouldCreate(
        { status: 'OPEN' },
        { ...context, parents: { application: { externalId: 'a', values: {} } } },
      ),
    ).toBe(false);
  });
});

describe('explain', () => {
  it('shows each step of each field', () => {
    const [, status] = job('to: status, from: a.b, as: enum, table: { Open: OPEN }').explain({ a: { b: 'Open' } }, INWARD);
    expect(status).toEqual({
      to: 'status',
      from: 'a.b',
      steps: [
        { operator: 'read a.b', value: 'Open' },
        { operator: 'enum', value: 'OPEN' },
      ],
      result: 'OPEN',
    });
    const [, wrong] = job('to: status, from: a.b, as: enum, table: { Open: OPEN }').explain({ a: { b: 'Shut' } }, INWARD);
    expect(wrong).toMatchObject({ steps: [{ value: 'Shut' }, { operator: 'enum' }], failure: { code: 'STAGE_UNMAPPED', pointer: '/a/b' } });
  });
});
