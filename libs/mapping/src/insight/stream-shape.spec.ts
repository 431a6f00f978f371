import { compileMapping } from '../compile-mapping.js';
import type { CompiledMapping } from '../mapping.js';
import { parseMapping } from '../parse-mapping.js';
import { noShape, readsPath, ShapeWatch, type StreamShape } from './stream-shape.js';

function mapping(fields: string[]): CompiledMapping {
  const text = `mapping: x.y\nversion: 1\nfrom: { connector: x, stream: y }\ninto: candidate\nfields:\n${fields.map((field) => `  - { ${field} }\n`).join('')}`;
  const { mapping: ast, faults } = parseMapping(text, 'x/y.yaml');
  if (!ast) throw new Error(JSON.stringify(faults));
  return compileMapping(ast);
}
const PEOPLE = mapping([
  'to: firstName, from: given',
  'to: lastName, from: name.last',
  'to: tags, from: "tags[].title", as: list',
  'to: headline, value: same',
]);
const person = (more: Record<string, unknown> = {}): Record<string, unknown> => ({ given: 'Ada', name: { last: 'E' }, tags: [], ...more });
const without = (key: string): Record<string, unknown> => Object.fromEntries(Object.entries(person()).filter(([name]) => name !== key));

interface Seen {
  shape: StreamShape;
  news: string[];
  gone: string[];
}
function watch(records: unknown[], before: StreamShape = noShape(), of = PEOPLE): Seen {
  const watching = new ShapeWatch(of, before);
  for (const record of records) watching.add(record);
  return { gone: watching.gone(), ...watching.result(true) };
}
const many = (count: number, make: (at: number) => unknown = () => person()): unknown[] =>
  Array.from({ length: count }, (_, at) => make(at));

describe('places that vanish', () => {
  it('knows nothing gone in a first walk, whatever it holds', () => {
    expect(watch([...many(100), ...many(100, () => without('given'))]).gone).toEqual([]);
  });

  it('misses at once what all records had, and no longer once one has it again', () => {
    const { shape } = watch(many(200));
    const missed = watch([without('given')], shape);
    expect(missed.gone).toEqual(['firstName']);
    expect(watch([without('given')], missed.shape).gone).toEqual(['firstName']);
    expect(watch([person()], missed.shape).gone).toEqual([]);
  });

  it('waits for several where a record in ten went without', () => {
    const { shape } = watch(many(200, (at) => (at % 10 === 0 ? without('given') : person())));
    expect(
      watch(
        many(5, () => without('given')),
        shape,
      ).gone,
    ).toEqual([]);
    expect(
      watch(
        many(8, () => without('given')),
        shape,
      ).gone,
    ).toEqual(['firstName']);
  });

  it.each([0.5, 0.3, 0.05])('raises no false alarm for a place that only a share of %f of the records have', (share) => {
    let seed = 7;
    const chance = (): boolean => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 < share;
    let { shape } = watch(many(500, () => (chance() ? person() : without('given'))));
    for (let batch = 0; batch < 200; batch += 1) {
      const next = watch(
        many(10, () => (chance() ? person() : without('given'))),
        shape,
      );
      expect(next.gone).toEqual([]);
      shape = next.shape;
    }
  });

  it('takes a null for an answer, also on the way', () => {
    const { shape } = watch(many(100));
    expect(watch([person({ given: null, name: null })], shape).gone).toEqual([]);
  });

  it('says nothing of few records, and begins anew when the rule reads from elsewhere', () => {
    expect(watch([without('given')], watch(many(15)).shape).gone).toEqual([]);
    const { shape } = watch(many(100));
    const moved = mapping(['to: firstName, from: first_name', 'to: lastName, from: name.last']);
    expect(watch(many(30), shape, moved).gone).toEqual([]);
  });
});

describe('paths that are new', () => {
  it('learns in a first walk and tells afterwards, once', () => {
    const first = watch([...many(100), ...many(3, () => person({ late: 1 }))]);
    expect(first.news).toEqual([]);
    const second = watch(
      many(5, () => person({ pronouns: 'she' })),
      first.shape,
    );
    expect(second.news).toEqual(['pronouns']);
    expect(
      watch(
        many(50, () => person({ pronouns: null })),
        second.shape,
      ).news,
    ).toEqual([]);
  });

  it('does not tell of one that came once, nor of what fills a group that was empty', () => {
    const { shape } = watch(many(300, () => person({ place: null })));
    const next = watch([person({ odd: 1 }), ...many(60), ...many(20, () => person({ place: { city: 'B' } }))], shape);
    expect(next.news).toEqual([]);
  });

  it('finds names in groups and in lists, and leaves out those that are ids', () => {
    const { shape } = watch(many(100, () => person({ mails: [{ value: 'a' }] })));
    const changed = person({ mails: [{ value: 'a', verified: true }], name: { last: 'E', middle: 'M' }, '01234567': 1 });
    expect(
      watch(
        many(5, () => changed),
        shape,
      ).news.sort(),
    ).toEqual(['mails[].verified', 'name.middle']);
  });

  it('keeps names only: no value of a record is in the shape', () => {
    const { shape } = watch(many(40, () => person({ given: 'Geheimnis', name: { last: 'Verborgen' } })));
    expect(JSON.stringify(shape)).not.toMatch(/Geheimnis|Verborgen/);
  });
});

it('knows what a mapping reads', () => {
  expect(
    ['given', 'name', 'name.last', 'tags', 'tags[].title', 'tags[].color', 'name.middle', 'gi'].filter((path) => readsPath(PEOPLE, path)),
  ).toEqual(['given', 'name', 'name.last', 'tags', 'tags[].title']);
});
