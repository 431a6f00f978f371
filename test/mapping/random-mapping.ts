/** A small generator that gives the same numbers for the same seed everywhere. */
export class Random {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  whole(below: number): number {
    return Math.floor(this.next() * below);
  }
  chance(share: number): boolean {
    return this.next() < share;
  }
  one<Item>(items: readonly Item[]): Item {
    return items[this.whole(items.length)];
  }
  some<Item>(items: readonly Item[], most: number): Item[] {
    return Array.from({ length: this.whole(most + 1) }, () => this.one(items));
  }
}

type Yaml = Record<string, unknown>;
type Rule = (random: Random) => Yaml;

const PATHS = ['a', 'b', 'c', 'd', 'a.x', 'b.y', 'a.x.z', 'c[0]', 'c[0].x', 'd[k=v].x', 'd[k=w]', 'a["odd key"]', 'e'];
const LISTS = ['c[]', 'c[].x', 'd[].x', 'd[].list[].x', 'c', 'd'];
const WORDS = ['Open', 'Closed', 'open', 'a', 'x', 'yes', '1'];

function condition(random: Random, depth = 0): Yaml {
  if (depth < 2 && random.chance(0.3)) {
    const word = random.one(['all', 'any', 'not']);
    return { [word]: word === 'not' ? condition(random, depth + 1) : [condition(random, depth + 1), condition(random, depth + 1)] };
  }
  const test: Yaml = random.one<Yaml>([
    { equals: random.one([...WORDS, 3, true]) },
    { in: random.some(WORDS, 3) },
    { contains: random.one(WORDS) },
    { startsWith: 'O' },
    { endsWith: 'n' },
    { matches: '^[A-Z][a-z]+$' },
    { greaterThan: 2 },
    { lessThan: '2026-06-01' },
    { exists: random.chance(0.5) },
    { isFuture: true },
  ]);
  return { field: random.one(PATHS), ...test };
}

const textSteps = (random: Random): unknown[] =>
  random.some(
    [
      'trim',
      'collapse',
      'lower',
      'upper',
      'capitalise',
      { prefix: 'P-' },
      { suffix: ' s' },
      { removePrefix: 'O' },
      { removeSuffix: 'n' },
      { translate: { Open: 'offen', a: 'b' } },
      'hash',
      { match: '([a-z]+)' },
      { match: 'o' },
      { replace: { pattern: '[aeiou]', with: '$1' } },
    ],
    3,
  );
const listSteps = (random: Random): unknown[] =>
  random.some(
    [
      { split: ',' },
      { unique: random.chance(0.5) ? undefined : 'x' },
      { sort: random.chance(0.5) ? undefined : 'x' },
      { where: condition(random, 1) },
      { limit: 2 },
      { take: 'x' },
      'unique',
      'sort',
    ].map(plain),
    3,
  );
function plain(step: unknown): unknown {
  if (typeof step !== 'object' || step === null) return step;
  const [[name, argument]] = Object.entries(step);
  return argument === undefined ? name : step;
}

function source(random: Random): Yaml {
  if (random.chance(0.15)) return { template: random.one(['{a.x}, {b}', '{one} / {e}', 'always {c[0]}']).replace('{one}', '{b.y}') };
  return { from: random.chance(0.3) ? [random.one(PATHS), random.one(PATHS), random.one(PATHS)] : random.one(PATHS) };
}

const text: Rule = (random) => {
  const list = random.chance(0.25);
  if (!list) return { ...source(random), do: textSteps(random) };
  return {
    from: random.one(LISTS),
    do: [...listSteps(random), ...textSteps(random), random.one<unknown>(['first', 'last', 'only', { join: ', ' }])],
  };
};
const listSource = (random: Random): Yaml =>
  random.chance(0.3) ? { from: [random.one(LISTS), random.one(PATHS)], paths: 'together' } : { from: random.one(LISTS) };
const list: Rule = (random) =>
  random.chance(0.3)
    ? { from: random.one(LISTS), as: 'list', of: random.one(['text', 'email', 'url', 'integer', 'number', 'language', 'country']) }
    : { ...listSource(random), do: [...listSteps(random), ...textSteps(random)], as: 'list' };
const typed: Record<string, Rule> = {
  text: (random) => text(random),
  email: (random) => ({ ...source(random), as: 'email' }),
  url: (random) => ({ ...source(random), as: 'url' }),
  zone: (random) => ({ ...source(random), as: 'zone' }),
  phone: (random) => ({
    ...source(random),
    as: 'phone',
    ...random.one<Yaml>([{}, { country: 'DE' }, { country: { from: 'e' } }, { country: { setting: 'country' } }]),
  }),
  date: (random) => ({ ...source(random), as: 'date', ...random.one<Yaml>([{}, { precision: 'month' }, { precision: 'year' }]) }),
  duration: (random) => ({ ...source(random), as: 'duration', ...random.one<Yaml>([{}, { unit: 'minutes' }, { unit: 'hours' }]) }),
  number: (random) => ({
    ...source(random),
    do: random.chance(0.3) ? [{ scale: random.one([-2, 2, 3]) }] : [],
    as: 'number',
    ...random.one<Yaml>([{}, { decimal: 'comma' }]),
  }),
  integer: (random) => ({ ...source(random), as: 'integer' }),
  boolean: (random) => ({ ...source(random), as: 'boolean', ...random.one<Yaml>([{}, { words: { Open: true, Closed: false } }]) }),
  currency: (random) => ({ ...source(random), as: 'currency' }),
  country: (random) => ({ ...source(random), as: 'country' }),
  language: (random) => ({ ...source(random), as: 'language' }),
  region: (random) => ({ ...source(random), as: 'region', country: random.one<unknown>(['US', { from: 'e' }]) }),
};
const instant: Rule = (random) => ({
  ...source(random),
  as: 'instant',
  ...random.one<Yaml>([{}, { unit: 'seconds' }, { precision: 'minute' }, { plus: { from: 'b', unit: 'minutes' } }]),
});
const enumOf =
  (...words: string[]): Rule =>
  (random) => ({
    ...source(random),
    as: 'enum',
    table: { Open: words[0], Closed: words[1], open: null, yes: words[0] },
    ...random.one<Yaml>([{}, {}, { else: 'park' }]),
  });
const object =
  (parts: Record<string, Rule>): Rule =>
  (random) => ({
    ...(random.chance(0.5) ? {} : { from: random.one(['a', 'b', 'd[k=v]']) }),
    as: 'object',
    parts: Object.fromEntries(Object.entries(parts).map(([name, rule]) => [name, random.chance(0.4) ? random.one(PATHS) : rule(random)])),
  });
const custom: Rule = (random) => ({
  as: 'custom',
  parts: Object.fromEntries(
    Object.entries(typed)
      .filter(() => random.chance(0.5))
      .concat([['k', text]])
      .map(([name, rule]) => [name, rule(random)]),
  ),
});

const FIELDS: Record<string, Record<string, Rule>> = {
  candidate: {
    displayName: text,
    headline: text,
    currentTitle: typed.country,
    currentCompany: typed.region,
    tags: list,
    languages: (random) => ({ from: random.one(LISTS), as: 'list', of: 'language' }),
    emails: (random) => ({ from: random.some(PATHS, 2).concat('a', 'c'), as: 'emails' }),
    phones: (random) => ({
      from: [random.one(PATHS), 'c'],
      as: 'phones',
      ...random.one<Yaml>([{}, { country: 'DE' }, { country: { from: 'e' } }]),
    }),
    location: object({ city: text, country: typed.country }),
    customFields: custom,
    status: enumOf('ACTIVE', 'DELETED'),
    confidential: typed.boolean,
    timeZone: typed.zone,
    desiredSalary: object({ amount: typed.number, currency: typed.currency }),
    social: (random) => ({ from: random.one(['c', 'd']), as: 'list', parts: { kind: 'k', url: { from: 'x', as: 'url' } } }),
  },
  job: {
    title: text,
    status: enumOf('OPEN', 'CLOSED'),
    visibility: enumOf('PUBLIC', 'INTERNAL'),
    openingsTotal: typed.integer,
    openedAt: instant,
    closedAt: instant,
    offices: list,
  },
  interview: {
    status: enumOf('SCHEDULED', 'CANCELLED'),
    startsAt: instant,
    endsAt: instant,
    title: text,
    allDay: typed.boolean,
    conferenceUrl: typed.url,
  },
};

/** A mapping file that the validator mostly accepts. */
export function randomMapping(random: Random): string {
  const into = random.one(Object.keys(FIELDS));
  const chosen = Object.entries(FIELDS[into]).filter(() => random.chance(0.25));
  const fields = (chosen.length > 0 ? chosen : Object.entries(FIELDS[into]).slice(0, 2)).map(([to, rule]) => field(random, to, rule));
  return JSON.stringify({
    mapping: 'x.y',
    version: 1,
    from: { connector: 'x', stream: 'y' },
    into,
    ...(random.chance(0.3) ? { keepIf: condition(random) } : {}),
    ...(random.chance(0.3)
      ? {
          parents: {
            [random.one(['candidate', 'application', 'job'])]: {
              [random.one(['externalId', 'ref'])]: random.one(PATHS),
              required: random.chance(0.5),
            },
          },
        }
      : {}),
    fields,
  });
}

function field(random: Random, to: string, rule: Rule): Yaml {
  const own = clean(rule(random));
  const shared = { to, ...(random.chance(0.05) ? { required: true } : {}), ...(random.chance(0.3) ? { nullMeans: 'cleared' } : {}) };
  if (own.from === undefined || Array.isArray(own.from) || random.chance(0.8)) return { ...shared, ...own };
  const { from, ...rest } = own;
  return {
    ...shared,
    ...rest,
    when: [
      { if: condition(random), from },
      { if: condition(random), from: random.one(own.as === 'list' ? LISTS : ['a', 'b', 'e']) },
    ],
    ...(random.chance(0.5) ? { otherwise: { from } } : {}),
  };
}
function clean(rule: Yaml): Yaml {
  return Array.isArray(rule.do) && rule.do.length === 0 ? { ...rule, do: undefined } : rule;
}

const SCALARS: readonly unknown[] = [
  ...WORDS,
  '',
  '  ',
  null,
  null,
  true,
  false,
  0,
  -0,
  3,
  1.5,
  1e21,
  1772352000,
  1772352000000,
  ' Ada  Example ',
  'Ada@Example.org',
  'ada(at)x',
  'example.org/x',
  'https://example.org/y',
  'javascript:x',
  'Europe/Berlin',
  'Nowhere',
  '+49 30 1234567',
  '030 1234567',
  'DE',
  'de',
  'DEU',
  'Germany',
  'German',
  'US',
  'CA',
  'California',
  'US-CA',
  'EUR',
  '€',
  '1.234,5',
  '1,234.5',
  '12',
  '2026-03-01',
  '2026-02-30',
  '2026-03',
  '2026-03-01T10:00:00Z',
  '2026-03-01T10:00:42+02:00',
  '2099-01-01T00:00:00Z',
  'PT45M',
  '1:30',
  'a, b,, a',
  'İßŉ😀\ud83d',
  'A-7K3M9QXZ2',
  'x'.repeat(500),
];

/** A record that partly fits. */
export function randomRecord(random: Random): unknown {
  const entry = (): unknown =>
    random.chance(0.5)
      ? random.one(SCALARS)
      : {
          x: random.one(SCALARS),
          k: random.one(['v', 'w', 'LinkedIn']),
          value: random.one(SCALARS),
          type: random.one(['Work', 'personal', 'Fax', 3]),
          isPrimary: random.chance(0.3),
          list: [{ x: random.one(SCALARS) }, random.one(SCALARS)],
        };
  const many = (): unknown => (random.chance(0.85) ? Array.from({ length: random.whole(5) }, entry) : random.one(SCALARS));
  const value = (): unknown =>
    random.one([
      () => random.one(SCALARS),
      () => random.one(SCALARS),
      () => ({
        x: random.one<unknown>([random.one(SCALARS), { z: random.one(SCALARS) }]),
        y: random.one(SCALARS),
        'odd key': random.one(SCALARS),
        b: random.one(SCALARS),
        a: random.one(SCALARS),
        value: random.one(SCALARS),
      }),
    ])();
  const silent = (make: () => unknown): unknown => (random.chance(0.35) ? random.one([null, '', undefined]) : make());
  const record: Yaml = {
    a: silent(value),
    b: silent(value),
    c: silent(many),
    d: silent(many),
    e: random.one(['DE', 'us', null, 7, 'Open']),
  };
  for (const key of Object.keys(record)) if (random.chance(0.08)) delete record[key];
  return random.chance(0.01) ? random.one<unknown>([null, [], 'text', 7]) : record;
}
