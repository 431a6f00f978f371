import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileMapping } from './compile-mapping.js';
import { STEPS } from './operators/steps.js';
import { TYPES } from './operators/types.js';
import { parseMapping } from './parse-mapping.js';

const CPU_MS = 2_000;
const HEAP_BYTES = 64 * 1024 * 1024;
const CONTEXT = { settings: {}, now: new Date('2026-11-24T12:00:00Z') };

interface Hostile {
  name: string;
  text: string;
  record?: unknown;
}

const head = (into = 'candidate'): string => `mapping: x.y\nversion: 1\nfrom: { connector: x, stream: y }\ninto: ${into}\n`;
const fields = (...rules: string[]): string =>
  `${head()}fields:\n  - { to: displayName, value: N }\n${rules.map((rule) => `  - { ${rule} }\n`).join('')}`;
const headline = (rule: string): string => fields(`to: headline, ${rule}`);
const spec = (name: string, text: string, record?: unknown): Hostile => ({ name, text, record });
const WICKED = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];
const LONG = 'a'.repeat(200_000);
const LIST = Array.from({ length: 2_000 }, (_, at) => ({
  name: `${LONG.slice(0, 2_000)}${at}`,
  value: at,
  url: `https://example.org/${at}.pdf`,
}));
/** Patterns that hang a backtracking engine, and some that no linear engine takes. */
const PATTERNS = [
  '(a+)+$',
  '(a|a)*$',
  '(a|aa)+$',
  '(.*a){20}',
  '(a*)*b',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(x+x+)+y',
  '([a-zA-Z]+)*$',
  '(a{1,30}){1,30}',
  '((a{30}){30}){30}',
  '(\\w+\\s?)*$',
  '(?=a)',
  '(?<=a)b',
  '(a)\\1',
  '(?<n>a)\\k<n>',
  '(?R)',
  '[',
  '(',
  '*',
  'a{1001}',
  'a{1,1000}{1,1000}',
  '(?i)(a+)+$',
  '\\p{L}+$',
  '.{1000}.{1000}',
  '(((((((((((a*)*)*)*)*)*)*)*)*)*)*',
];

const CASES: Hostile[] = [
  ...['map', 'eval', 'js', 'code', 'function', 'filter', 'reduce', '$eval', 'jsonata', 'exec', ...WICKED].flatMap((word) => [
    spec(`step ${word}`, headline(`from: a, do: [${word}]`)),
    spec(`step ${word} with an argument`, headline(`from: a, do: [{ ${word}: "process.exit()" }]`)),
    spec(`type ${word}`, headline(`from: a, as: ${word}`)),
    spec(`option ${word}`, headline(`from: a, ${word}: 1`)),
  ]),
  ...WICKED.flatMap((word) => [
    spec(`path ${word}`, headline(`from: ${word}`), { a: 1 }),
    spec(`path a.${word}.b`, headline(`from: a.${word}.b`), { a: {} }),
    spec(`path a["${word}"]`, headline(`from: 'a["${word}"]'`), { a: {} }),
    spec(`path a[${word}=x]`, headline(`from: "a[${word}=x].b"`), { a: [{}] }),
    spec(`slot ${word}`, headline(`template: "{${word}}"`), {}),
    spec(`slots ${word}`, headline(`template: "{s}", slots: { s: a, ${word}: b }`), {}),
    spec(`part ${word}`, fields(`to: location, as: object, parts: { ${word}: a }`), { a: 1 }),
    spec(`custom field ${word}`, fields(`to: customFields, as: custom, parts: { ${word}: a }`), { a: 'x' }),
    spec(`table word ${word}`, fields(`to: status, from: a, as: enum, table: { ${word}: ACTIVE }`), { a: word }),
    spec(`table to ${word}`, fields(`to: status, from: a, as: enum, table: { a: ${word} }`), { a: 'a' }),
    spec(`target ${word}`, fields(`to: ${word}, from: a`), { a: 'a' }),
    spec(`translate ${word}`, headline(`from: a, do: [{ translate: { ${word}: ${word} } }]`), { a: word }),
    spec(`take ${word}`, headline(`from: a, do: [{ take: ${word} }]`), { a: {} }),
    spec(`condition on ${word}`, `${head()}keepIf: { field: ${word}, exists: true }\nfields:\n  - { to: displayName, value: N }\n`, {}),
    spec(`parent ${word}`, `${head()}parents: { ${word}: { externalId: a } }\nfields:\n  - { to: displayName, value: N }\n`, {}),
    spec(`top word ${word}`, `${head()}${word}: 1\nfields:\n  - { to: displayName, value: N }\n`),
    spec(`a record with ${word}`, headline('from: a.b'), JSON.parse(`{ "a": { "${word}": { "b": 1 } }, "${word}": { "a": 1 } }`)),
    spec(`outward to ${word}`, `${head()}fields:\n  - { to: displayName, value: N }\noutward:\n  - { to: ${word}.polluted, value: x }\n`),
  ]),
  ...PATTERNS.flatMap((pattern) => [
    spec(`match ${pattern}`, headline(`from: a, do: [{ match: ${JSON.stringify(pattern)} }]`), { a: `${LONG}!` }),
    spec(
      `replace ${pattern}`,
      headline(`from: a, do: [{ replace: { pattern: ${JSON.stringify(pattern)}, with: "${'z'.repeat(100)}" } }]`),
      { a: `${LONG}!` },
    ),
    spec(
      `matches ${pattern} over a list`,
      headline(`from: a, do: [{ where: { field: name, matches: ${JSON.stringify(pattern)} } }, first, { take: name }]`),
      { a: LIST },
    ),
    spec(
      `three hundred of ${pattern}`,
      `${head()}fields:\n  - to: customFields\n    as: custom\n    parts:\n${Array.from({ length: 100 }, (_, at) => `      k${at}: { from: a, do: [{ match: ${JSON.stringify(pattern)} }] }\n`).join('')}  - { to: displayName, value: N }\n`,
      { a: LONG.slice(0, 20_000) },
    ),
  ]),
  spec('aliases that multiply', `a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n${head()}`),
  spec('merge keys', `${head()}fields:\n  - &f { to: headline, from: a }\n  - { <<: *f }\n`),
  spec('a function tag', headline('from: !!js/function "function(){ process.exit() }"')),
  spec('a binary tag', headline('from: !!binary AAAA')),
  spec('a set tag', `${head()}fields: !!set { a, b }\n`),
  spec('duplicated keys', `${head()}into: job\nfields:\n  - { to: headline, from: a }\n`),
  spec('deep groups', `${head()}fields: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`),
  spec(
    'deep conditions',
    `${head()}keepIf: ${'{ not: '.repeat(200)}{ field: a, exists: true }${' }'.repeat(200)}\nfields:\n  - { to: displayName, value: N }\n`,
  ),
  spec(
    'deep parts',
    fields(`to: location, as: object, parts: { city: ${'{ as: object, parts: { city: '.repeat(50)}a${' } }'.repeat(50)} }`),
  ),
  spec('deep cases', headline(`${'when: [{ if: { field: a, exists: true }, '.repeat(30)}from: a${' }]'.repeat(30)}`)),
  spec('a giant file', `${head()}description: ${'x'.repeat(300_000)}\n`),
  spec('a thousand fields', `${head()}fields:\n${'  - { to: headline, from: a }\n'.repeat(1_000)}`),
  spec('a thousand steps', headline(`from: a, do: [${'trim, '.repeat(1_000)}trim]`), { a: 'x' }),
  spec('a thousand paths', headline(`from: [${'a, '.repeat(1_000)}a]`), {}),
  spec('a giant path', headline(`from: ${'a.'.repeat(5_000)}a`)),
  spec('a giant template', headline(`template: "${'{a}'.repeat(20_000)}"`), { a: LONG }),
  spec('a template that grows', headline(`template: "${'{a}'.repeat(300)}"`), { a: LONG }),
  spec(
    'a giant table',
    fields(`to: status, from: a, as: enum, table: { ${Array.from({ length: 5_000 }, (_, at) => `w${at}: ACTIVE`).join(', ')} }`),
    { a: 'w1' },
  ),
  spec(
    'a table as large as a file',
    fields(`to: status, from: a, as: enum, table: { ${Array.from({ length: 15_000 }, (_, at) => `w${at}: ACTIVE`).join(', ')} }`),
  ),
  spec('a file of keys', Array.from({ length: 6_500 }, (_, at) => `k${at}: 1`).join('\n')),
  spec('a truncate of nothing', headline('from: a, do: [{ truncate: -1 }]')),
  spec(
    'a scale to infinity',
    fields('to: desiredSalary, as: object, parts: { amount: { from: a, do: [{ scale: 9 }, { scale: 9 }, { scale: 9 }], as: number } }'),
    { a: 1e300 },
  ),
  spec('an index out of reach', headline('from: "a[999]"'), { a: [] }),
  spec('a negative index', headline('from: "a[-1]"')),
  spec('numbers instead of words', `${head()}fields:\n  - { to: 1, from: 2, as: 3, do: 4, wins: 5 }\n`),
  spec('lists instead of words', `${head()}fields:\n  - { to: [], from: {}, as: [], do: {}, wins: [] }\n`),
  spec('nothing at all', ''),
  spec('a scalar', '42'),
  spec('a list', '- 1\n- 2\n'),
  spec('only comments', '# nothing\n'),
  spec('control letters', headline('from: "a\\u0000b"'), { 'a\u0000b': 1 }),
  spec('a date format of letters', fields('to: customFields, as: custom, parts: { d: { from: a, as: date, format: "QQQQ" } }')),
  spec('a date format without a year', fields('to: customFields, as: custom, parts: { d: { from: a, as: date, format: "DD.MM" } }')),
  spec('a long date format', fields(`to: customFields, as: custom, parts: { d: { from: a, as: date, format: "${'YYYY'.repeat(30)}" } }`)),
  spec('a zone that is none', fields('to: customFields, as: custom, parts: { d: { from: a, as: instant, zone: Mars/Olympus } }')),
  spec('nested HTML', headline('from: a, do: [htmlText]'), { a: `${'<div>'.repeat(40_000)}x` }),
  spec('HTML without end', headline('from: a, do: [htmlText]'), { a: `${'<a href="'.repeat(30_000)}` }),
  spec('HTML of entities', headline('from: a, do: [htmlText]'), { a: '&amp;'.repeat(60_000) }),
  spec('a table of HTML', headline('from: a, do: [htmlText]'), { a: `<table>${'<tr><td>x</td></tr>'.repeat(10_000)}</table>` }),
  spec('a list of HTML', fields('to: tags, from: "a[].name", do: [htmlText], as: list'), {
    a: LIST.map((item) => ({ name: `<p>${item.name}</p>` })),
  }),
  spec('a long phone number', fields('to: phones, from: a, as: phones, country: DE'), { a: ['+'.padEnd(200_000, '1')] }),
  spec('two thousand phone numbers', fields('to: phones, from: a, as: phones, country: DE'), {
    a: Array.from({ length: 2_000 }, (_, at) => `030 ${at}${at}${at}`),
  }),
  spec('two thousand addresses', fields('to: emails, from: a, as: emails'), {
    a: Array.from({ length: 2_000 }, (_, at) => `${LONG.slice(0, 300)}${at}@example.org`),
  }),
  spec('an address of a megabyte', fields('to: emails, from: a, as: emails'), { a: `${'a@'.repeat(500_000)}b` }),
  spec(
    'a hundred lists of two thousand',
    `${head()}fields:\n  - { to: displayName, value: N }\n${['tags', 'languages'].map((to) => `  - { to: ${to}, from: "a[].name", do: [upper, lower, collapse, capitalise, unique, sort], as: list }\n`).join('')}`,
    { a: LIST },
  ),
  spec('sort of two thousand long texts', fields('to: tags, from: "a[].name", do: [sort, unique], as: list'), { a: LIST }),
  spec('attachments in thousands', fields('to: attachments, from: a, as: attachments, parts: { url: { from: url, as: url } }'), {
    a: LIST,
  }),
  spec('a list that is too long', fields('to: tags, from: a, as: list'), { a: Array.from({ length: 100_000 }, () => 'x') }),
  spec('lists of lists', fields('to: tags, from: "a[].b[].c[].d", as: list'), {
    a: Array.from({ length: 100 }, () => ({
      b: Array.from({ length: 100 }, () => ({ c: Array.from({ length: 50 }, () => ({ d: 'x' })) })),
    })),
  }),
  spec('a split into letters', fields('to: tags, from: a, do: [{ split: "a" }], as: list'), { a: 'ba'.repeat(100_000) }),
  spec('a hash of everything', fields('to: tags, from: "a[].name", do: [hash], as: list'), { a: LIST }),
  spec('surrogates cut in two', headline('from: a, do: [{ truncate: 2 }]'), { a: '😀😀😀' }),
  spec('a lookup of a wicked stream', headline('from: a, do: [{ lookup: { stream: __proto__, take: b } }]'), { a: 'constructor' }),
  spec('a record that is a list', headline('from: a'), [1, 2]),
  spec('a record that is null', headline('from: a'), null),
  spec('a record of functions', headline('from: a.b.c'), { a: { b: () => 1 } }),
  ...Object.keys(STEPS).map((step) =>
    spec(`step ${step} with a group of groups`, headline(`from: a, do: [{ ${step}: { a: { b: [1, { c: d }] } } }]`), { a: [[[{}]]] }),
  ),
  ...Object.keys(TYPES).map((type) =>
    spec(`type ${type} over nested nonsense`, fields(`to: headline, from: a, as: ${type}`), { a: [[{ value: [{}] }]] }),
  ),
];

/** Parses, compiles and runs a case as an API would; whatever is wrong must have come back as a fault or a refusal. */
function run({ text, record }: Hostile): 'refused' | 'ran' {
  const { mapping, faults } = parseMapping(text, 'x/y.yaml');
  if (!mapping) {
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults)
      expect({ place: fault.line > 0 && fault.column > 0, says: fault.message.length > 5 && fault.message.length < 2_000 }).toEqual({
        place: true,
        says: true,
      });
    return 'refused';
  }
  const compiled = compileMapping(mapping);
  const result = compiled.toCanonical(record, CONTEXT);
  const values = result.kind === 'mapped' ? result.values : {};
  JSON.stringify(compiled.fromCanonical(values, { ...CONTEXT, writeId: 'w', parents: {} }));
  return 'ran';
}

function cost(hostile: Hostile): { cpuMs: number; heap: number } {
  const [cpu, heap] = [process.cpuUsage(), process.memoryUsage().heapUsed];
  run(hostile);
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1_000, heap: process.memoryUsage().heapUsed - heap };
}

describe('hostile mappings and records', () => {
  it('are many', () => expect(CASES.length).toBeGreaterThanOrEqual(220));

  it.each(CASES.map((one) => [one.name.slice(0, 80), one] as const))('%s', (_name, hostile) => {
    run(hostile);
    // The best of three: what else the machine does is not the mapping's cost.
    const costs = [cost(hostile), cost(hostile), cost(hostile)];
    expect({
      cpu: Math.min(...costs.map((one) => one.cpuMs)) < CPU_MS || costs,
      heap: Math.min(...costs.map((one) => one.heap)) < HEAP_BYTES || costs,
    }).toEqual({ cpu: true, heap: true });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('find nothing in the language that runs text as code', () => {
    const sources = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'),
    );
    for (const name of sources)
      expect({ name, code: /\beval\(|new Function|node:vm|\bFunction\(/.test(readFileSync(join(__dirname, name), 'utf8')) }).toEqual({
        name,
        code: false,
      });
  });
});
