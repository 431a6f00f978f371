import { faultText } from './load-mappings.js';
import { parseMapping } from './parse-mapping.js';

const HEAD = 'mapping: x.y\nversion: 1\nfrom: { connector: x, stream: y }\ninto: interview\n';
const faultsOf = (text: string): string[] => parseMapping(text, 'x/y.yaml').faults.map(faultText);
const field = (words: string): string => `${HEAD}fields:\n  - { ${words} }\n`;

describe('the mapping language', () => {
  it('reads a mapping', () => {
    const { mapping, faults } = parseMapping(
      field('to: status, from: state, as: enum, table: { on: SCHEDULED }, wins: newest'),
      'x/y.yaml',
    );
    expect(faults).toEqual([]);
    expect(mapping).toMatchObject({
      mapping: 'x.y',
      connector: 'x',
      stream: 'y',
      into: 'interview',
      fields: [{ to: 'status', wins: 'newest', onBoth: 'freeze', direction: 'in', required: false, nullMeans: 'absent' }],
    });
  });

  it('gives another digest to another text', () => {
    const digest = (text: string): string | undefined => parseMapping(text, 'a').mapping?.digest;
    expect(digest(field('to: title, from: a'))).not.toBe(digest(field('to: title, from: b')));
    expect(digest(field('to: title, from: a'))).toBe(digest(field('to: title, from: a')));
  });

  it('names every fault at once, each with its place and what was probably meant', () => {
    const text = `${HEAD}keepif: { field: a, equals: 1 }\nfields:\n  - { to: startAt, from: start }\n  - { to: status, from: state, as: enum, table: { on: SHEDULED } }\n  - { to: endsAt, from: end, as: instnat }\n`;
    expect(faultsOf(text)).toEqual([
      expect.stringMatching(/^x\/y\.yaml:5:\d+: unknown word "keepif"; .*did you mean "keepIf"\?$/),
      expect.stringMatching(/^x\/y\.yaml:7:11: interview has no field "startAt"; did you mean "startsAt"\?$/),
      expect.stringMatching(/^x\/y\.yaml:8:\d+: "SHEDULED" must be one of .*; did you mean "SCHEDULED"\?$/),
      expect.stringMatching(/^x\/y\.yaml:9:\d+: "instnat" must be one of .*; did you mean "instant"\?$/),
    ]);
  });

  it.each([
    ['to: title, from: a, required: yes', '"yes" must be true or false'],
    ['to: title, from: "a..b"', '"a..b" is no path'],
    ['to: title', 'say where the value comes from'],
    ['to: title, from: a, value: b', 'say either from: or value:'],
    ['to: status, value: ON', 'this constant must be one of REQUESTED'],
    ['to: title, value: b, direction: out', 'a constant is not read from anywhere'],
    ['to: title, from: [a, b], direction: both', 'a field that is written needs one path'],
    ['to: title, from: "a[].b", direction: out', 'a field that is written needs one path'],
    ['to: title, from: a, as: instant', '"instant" does not make what this field holds (text)'],
    ['to: title, from: a, as: firstName, direction: both', 'as: firstName has no inverse'],
    ['to: title, from: a, table: { b: C }', 'a table goes with as: enum'],
    ['to: attendees, from: a, as: list, parts: { mail: b }', 'there is no part "mail" here'],
    ['to: title, from: a }\n  - { to: title, from: b', 'title is mapped twice'],
  ])('refuses { %s }', (words, message) => {
    expect(faultsOf(field(words))).toContainEqual(expect.stringContaining(message));
  });

  it.each([
    ['parents: { aplication: { externalId: a } }', 'did you mean "application"?'],
    ['parents: { application: { required: true } }', 'say by what application is named'],
    ['parents: { application: { externalId: a, object: person } }', '"person" must be one of candidate'],
    ['keepIf: { field: a }', 'a condition needs equals'],
    ['createWhen: { field: startAt, isFuture: true }', 'did you mean "startsAt"?'],
    ['createWhen: { all: { field: startsAt, isFuture: true } }', 'all must be a list'],
    ['outward: [{ to: a }]', 'say either from: or value:'],
    ['outward: [{ to: "a[].b", value: 1 }]', 'to must be one place'],
    ['outward: [{ to: a, from: $env.HOME }]', '"$env.HOME" must be $ref'],
    ['outward: [{ to: a, from: $settings.__proto__ }]', '"__proto__" is not a name'],
    ['identify: { writeId: a.constructor.b }', '"constructor" is not a name'],
  ])('refuses %s', (line, message) => {
    expect(faultsOf(`${field('to: status, value: SCHEDULED')}${line}\n`)).toContainEqual(expect.stringContaining(message));
  });

  it('lets no sensitive class through', () => {
    expect(
      faultsOf(
        'mapping: x.y\nversion: 1\nfrom: { connector: x, stream: y }\ninto: application\nfields:\n  - { to: answers, from: a, as: list }\n',
      ),
    ).toContainEqual(expect.stringContaining('of the class sensitive'));
  });
});

describe('hostile mapping files', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('knows no field, word or part named %s', (word) => {
    expect(faultsOf(field(`to: ${word}, from: a`)).join()).toContain(`no field "${word}"`);
    expect(faultsOf(field(`to: title, from: a, ${word}: b`)).join()).toContain(`unknown word "${word}"`);
    expect(faultsOf(field(`to: attendees, from: a, as: list, parts: { ${word}: b }`)).join()).toContain(`no part "${word}"`);
    expect(faultsOf(field(`to: title, from: a, as: ${word}`)).join()).toContain(`"${word}" must be one of`);
    expect(faultsOf(`${HEAD.replace('interview', word)}fields:\n  - { to: title, from: a }\n`).join()).toContain(
      `"${word}" must be one of`,
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ['five thousand fields', `${HEAD}fields:\n${'  - { to: title, from: a }\n'.repeat(5_000)}`],
    ['ten thousand fields', `${HEAD}fields:\n${'  - { to: title, from: a }\n'.repeat(10_000)}`],
    ['more than fits', `${HEAD}# ${'x'.repeat(300_000)}`],
    ['brackets in brackets', `${HEAD}fields: ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    [
      'conditions in conditions',
      `${HEAD}keepIf: ${'{ all: [ '.repeat(2_000)}{ field: a, exists: true }${' ] }'.repeat(2_000)}\nfields:\n  - { to: title, from: a }\n`,
    ],
    ['a bomb of aliases', `${HEAD}a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nfields: [*c, *c]\n`],
    ['a tag', `${HEAD}fields: !!js/function 'function () {}'\n`],
    ['a path without end', field(`to: title, from: ${'a.'.repeat(500)}b`)],
    ['no YAML', '\t{ :\n- ]'],
    ['two documents', `${field('to: title, from: a')}---\n${field('to: title, from: a')}`],
    ['nothing', ''],
    ['one word', 'hello'],
    ['a list', '- a\n- b\n'],
  ])('%s ends in a fault, soon, and never in an exception', (_name, text) => {
    const started = performance.now();
    const { mapping, faults } = parseMapping(text, 'x/y.yaml');
    expect(mapping).toBeUndefined();
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(1_000);
    for (const { line, column } of faults) expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
