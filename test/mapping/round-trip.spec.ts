import { compileMapping, parseMapping, type CompiledMapping } from '#hub/mapping';
import { Random, randomMapping, randomRecord } from './random-mapping.js';

const SPECS = Number(process.env.MAPPING_SPECS ?? 12_000);
const RECORDS = 12;
const CONTEXT = { settings: { country: 'DE' }, now: new Date('2026-11-24T12:00:00Z') };
const NEEDED: Record<string, Record<string, unknown>> = {
  candidate: { to: 'displayName', value: 'N' },
  job: { to: 'title', value: 'T' },
  interview: { to: 'status', value: 'SCHEDULED' },
};
type Rule = Record<string, unknown>;

/** The same rule, written as well; undefined with what the validator says where it has no way back. */
function bothWays(into: string, rule: Rule): { mapping?: CompiledMapping; refused: string } {
  const fields = [...(rule.to === NEEDED[into].to ? [] : [NEEDED[into]]), { ...rule, direction: 'both' }];
  const { mapping, faults } = parseMapping(
    JSON.stringify({ mapping: 'x.y', version: 1, from: { connector: 'x', stream: 'y' }, into, fields }),
    'x/y.yaml',
  );
  return { mapping: mapping && compileMapping(mapping), refused: faults.map((fault) => fault.message).join('; ') };
}

/** Rules of one path, as those that are written have. */
function onOnePath(random: Random, rule: Rule): Rule {
  const from = rule.as === 'custom' ? undefined : random.one(['a', 'b', 'a.x', 'c[0]', 'e']);
  const { template: _template, when: _when, otherwise: _otherwise, ...rest } = rule;
  const parts =
    rule.parts &&
    Object.fromEntries(
      Object.entries(rule.parts as Record<string, Rule | string>).map(([name, part], at) => [
        name,
        typeof part === 'string' ? `p${at}` : { ...onOnePath(random, part), from: `p${at}` },
      ]),
    );
  return { ...rest, ...(from === undefined ? {} : { from }), ...(parts ? { parts } : {}) };
}

function recordFor(random: Random): unknown {
  const record = randomRecord(random) as Record<string, unknown>;
  const flat = (): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`p${at}`, random.one(Object.values(record ?? {}))]));
  return typeof record === 'object' && record !== null ? { ...record, ...flat(), a: random.chance(0.5) ? flat() : record.a } : record;
}

/** Values and options of the types that random rules meet too seldom. */
const RARE: [as: string, options: Rule, values: unknown[]][] = [
  ['email', {}, ['Ada@People.example.org', 'b@x.example.org']],
  ['phone', { country: 'DE' }, ['+49 30 1234567', '030 1234567', '+33 1 23 45 67 89']],
  ['url', {}, ['example.org/a', 'https://example.org/b?c=d']],
  ['zone', {}, ['Europe/Berlin', 'UTC']],
  ['instant', {}, ['2026-03-01T10:00:00+02:00', '2026-03-01T10:00:00.123Z']],
  ['instant', { unit: 'seconds' }, [1772352000, '1772352001.5']],
  ['instant', { format: 'DD.MM.YYYY HH:mm', zone: 'Europe/Berlin' }, ['01.03.2026 10:00', '25.10.2026 02:30', '29.03.2026 03:30']],
  ['instant', { format: 'M/D/YYYY h:mm A', zone: 'America/New_York' }, ['3/1/2026 9:05 AM', '12/31/2026 12:00 PM']],
  ['date', {}, ['2026-03-01', '2024-02', '1999']],
  ['date', { format: 'DD.MM.YYYY' }, ['01.03.2026', '29.02.2024']],
  ['duration', {}, [45, 'PT1H30M', '0:45']],
  ['duration', { unit: 'minutes' }, [45, '90', 'PT2H']],
  ['number', {}, ['1.5', 12, '-3', 8500050]],
  ['number', { decimal: 'comma' }, ['1.234,5', '0,25', 7]],
  ['integer', {}, ['12', 7, -3]],
  ['boolean', {}, ['yes', 'N', true, 0]],
  ['boolean', { words: { Ja: true, Nein: false } }, ['Ja', 'Nein']],
  ['language', {}, ['German', 'fr', 'pt-BR']],
  ['language', { form: 'name' }, ['German', 'français']],
  ['country', {}, ['Germany', 'FRA', 'DE']],
  ['country', { form: 'name' }, ['Deutschland', 'FR']],
  ['region', { country: 'US' }, ['California', 'US-NY', 'TX']],
  ['region', { country: 'US', form: 'short' }, ['California', 'NY']],
  ['currency', {}, ['EUR', '€']],
];

describe('what is written is read again as the same', () => {
  it('for every rule that the validator lets go both ways', () => {
    const random = new Random(11);
    const proved = new Map<string, number>();
    for (let spec = 0; spec < SPECS; spec += 1) {
      const { into, fields } = JSON.parse(randomMapping(random)) as { into: string; fields: Rule[] };
      const rule = onOnePath(random, random.one(fields));
      const { mapping, refused } = bothWays(into, rule);
      if (!mapping) {
        expect(refused).not.toBe('');
        continue;
      }
      const to = String(rule.to);
      for (let at = 0; at < RECORDS; at += 1) {
        const record = recordFor(random);
        const first = mapping.toCanonical(record, CONTEXT);
        const value = first.kind === 'mapped' ? first.values[to] : undefined;
        if (value === undefined || value === null) continue;
        const body = JSON.parse(JSON.stringify(mapping.fromCanonical({ [to]: value }, { ...CONTEXT, writeId: '', parents: {} }))) as Rule;
        const second = mapping.toCanonical({ ...(record as Rule), ...body }, CONTEXT);
        const again = second.kind === 'mapped' ? second.values[to] : second;
        if (JSON.stringify(again) !== JSON.stringify(value))
          throw new Error(
            `${JSON.stringify({ rule, record, body }).slice(0, 2_000)}: ${JSON.stringify(value)} is read again as ${JSON.stringify(again)}`,
          );
        for (const word of JSON.stringify(rule).matchAll(
          /"(?:as|of)":"(\w+)"|\{"(\w+)":|"(trim|collapse|lower|upper|capitalise|only|unique|sort)"/g,
        )) {
          const name = word[1] ?? word[2] ?? word[3];
          proved.set(name, (proved.get(name) ?? 0) + 1);
        }
      }
    }
    const wanted =
      'trim collapse lower upper capitalise only unique sort prefix suffix removePrefix removeSuffix split translate enum object list emails phones custom'.split(
        ' ',
      );
    expect(wanted.filter((word) => (proved.get(word) ?? 0) < 3)).toEqual([]);
  }, 300_000);

  it.each(RARE)('as: %s %j', (as, options, values) => {
    const { mapping, refused } = bothWays('candidate', { to: 'customFields', as: 'custom', parts: { x: { from: 'x', as, ...options } } });
    expect(refused).toBe('');
    for (const x of values) {
      const read = (record: unknown): unknown => {
        const result = mapping?.toCanonical(record, CONTEXT);
        return result?.kind === 'mapped' ? result.values.customFields : result;
      };
      const first = read({ x });
      expect(first).toEqual([expect.objectContaining({ key: 'x' })]);
      const written = mapping?.fromCanonical({ customFields: first as never }, { ...CONTEXT, writeId: '', parents: {} });
      expect(read(JSON.parse(JSON.stringify(written)))).toEqual(first);
    }
  });
});
