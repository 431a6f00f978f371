import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { OBJECTS } from '#hub/canonical';
import { compileMapping } from './compile-mapping.js';
import type { CompiledMapping } from './mapping.js';
import { STEPS } from './operators/steps.js';
import { TYPES } from './operators/types.js';
import { parseMapping } from './parse-mapping.js';

const PAGE = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'mapping.md'), 'utf8');
const NOW = new Date('2026-11-24T12:00:00Z');
const CONTEXT = {
  settings: { country: 'DE' },
  now: NOW,
  lookup: (stream: string, id: string) => (stream === 'users' && id === 'u1' ? { email: 'Ada@people.example.org' } : undefined),
};

/** Cells of the rows of all tables whose second cell is code. */
const rows = PAGE.split('\n')
  .filter((line) => /^\| .+ \| `/.test(line))
  .map((line) =>
    line
      .replaceAll('\\|', '\u0000')
      .split(' | ')
      .map((cell) => cell.replace(/^\| | \|$/g, '').replaceAll('\u0000', '|')),
  );
const code = (cell: string): string => cell.replace(/^`|`$/g, '');
const examples = rows
  .filter((cells) => cells.length === 5)
  .map(([what, rule, record, gives, back]) => ({
    what,
    rule: code(rule),
    record: code(record),
    gives: parse(code(gives)) as unknown,
    back,
  }));
const conditions = PAGE.split('\n')
  .filter((line) => /^\| `\{ \w+:/.test(line))
  .map((line) => line.split(' | ').map((cell) => code(cell.replace(/^\| | \|$/g, ''))));

/** Where an example's type has its place in the model. */
const PLACES: Record<string, [object: string, field: string]> = {
  enum: ['job', 'visibility'],
  instant: ['job', 'openedAt'],
  money: ['candidate', 'desiredSalary'],
  object: ['candidate', 'location'],
  list: ['candidate', 'tags'],
  emails: ['candidate', 'emails'],
  phones: ['candidate', 'phones'],
  attachments: ['candidate', 'attachments'],
  custom: ['candidate', 'customFields'],
};
const NEEDED: Record<string, string> = { candidate: '  - { to: displayName, value: N }\n', job: '  - { to: title, value: T }\n' };

function read(example: { rule: string; direction?: string }): {
  faults: string[];
  mapping?: CompiledMapping;
  field: string;
  asCustom: boolean;
} {
  const { as = 'text' } = parse(`{ ${example.rule} }`) as { as?: string };
  const asCustom = !(as in PLACES) && !TYPES[as].fits.includes('text');
  const [object, field] = PLACES[as] ?? ['candidate', asCustom ? 'customFields' : 'headline'];
  const own = asCustom ? `as: custom, parts: { x: { ${example.rule} } }` : example.rule;
  const text = `mapping: a.b\nversion: 1\nfrom: { connector: a, stream: b }\ninto: ${object}\nfields:\n${NEEDED[object]}  - { to: ${field}, ${own}, direction: ${example.direction ?? 'in'} }\n`;
  const { mapping, faults } = parseMapping(text, 'a/b.yaml');
  return { faults: faults.map(({ message }) => message), mapping: mapping && compileMapping(mapping), field, asCustom };
}

function valueOf(mapping: CompiledMapping, record: unknown, at: { field: string; asCustom: boolean }): unknown {
  const result = mapping.toCanonical(record, CONTEXT);
  if (result.kind !== 'mapped') return result;
  const value = result.values[at.field];
  return at.asCustom && Array.isArray(value) ? (value[0] as { value: unknown }).value : value;
}

describe('the page of the mapping language', () => {
  it.each(examples.map((example) => [example.rule, example.record, example] as const))('{ %s } reads %s', (_rule, _record, example) => {
    const { faults, mapping, ...at } = read(example);
    expect(faults).toEqual([]);
    expect(JSON.parse(JSON.stringify(valueOf(mapping as CompiledMapping, parse(example.record), at)))).toEqual(example.gives);
  });

  it.each(examples.map((example) => [example.rule, example.back, example] as const))(
    '{ %s } goes both ways: %s',
    (_rule, back, example) => {
      const both = read({ rule: example.rule, direction: 'both' });
      if (back === 'no') return expect(both.faults.join()).toMatch(/direction: in|no inverse|one path/);
      expect(both.faults).toEqual([]);
      const mapping = both.mapping as CompiledMapping;
      const first = mapping.toCanonical(parse(example.record), CONTEXT);
      const values = first.kind === 'mapped' ? first.values : {};
      const body = JSON.parse(
        JSON.stringify(mapping.fromCanonical(values, { settings: CONTEXT.settings, now: NOW, writeId: '', parents: {} })),
      ) as object;
      expect(valueOf(mapping, { ...(parse(example.record) as object), ...body }, both)).toEqual(
        valueOf(mapping, parse(example.record), both),
      );
    },
  );

  it.each(conditions)('%s holds for %s', (condition, record) => {
    const { mapping, faults } = parseMapping(
      `mapping: a.b\nversion: 1\nfrom: { connector: a, stream: b }\ninto: job\nkeepIf: ${condition}\nfields:\n  - { to: title, value: T }\n`,
      'a/b.yaml',
    );
    expect(faults).toEqual([]);
    const kept = compileMapping(mapping as never);
    expect([
      kept.toCanonical(parse(record), CONTEXT).kind,
      kept.toCanonical({ code: '', count: 0, state: condition.includes('not:') ? 'closed' : '' }, CONTEXT).kind,
    ]).toEqual(['mapped', 'excluded']);
  });

  it('shows every step and type with an example, in the words of the code, and every option', () => {
    for (const [kind, registry] of [
      ['steps', STEPS],
      ['types', TYPES],
    ] as const)
      for (const [name, { says }] of Object.entries(registry)) {
        expect(PAGE).toContain(`| \`${name}\`: ${says} |`);
        const used = examples.some(({ rule }) =>
          kind === 'steps' ? new RegExp(`[\\[{ ]${name}[\\]:, ]`).test(rule) : rule.includes(`as: ${name}`) || name === 'text',
        );
        expect({ name, used }).toEqual({ name, used: true });
      }
    for (const [name, { options }] of Object.entries(TYPES))
      for (const option of Object.keys(options)) {
        const used = examples.some(({ rule }) => rule.includes(`as: ${name}`) && rule.includes(`${option}:`));
        expect({
          name,
          option,
          used:
            used ||
            (option === 'locale' && name !== 'fullName') ||
            (option === 'order' && name !== 'lastName') ||
            (option === 'decimal' && name === 'integer'),
        }).toEqual({ name, option, used: true });
      }
  });

  it('begins with a whole file that does what it says', () => {
    const block = (kind: string): string => new RegExp(`\`\`\`yaml ${kind}\\n([^]*?)\`\`\``).exec(PAGE)?.[1] ?? '';
    const { mapping, faults } = parseMapping(block('mapping'), 'acme/people.yaml');
    expect(faults).toEqual([]);
    const result = compileMapping(mapping as never).toCanonical(parse(block('record')), CONTEXT);
    expect(result).toMatchObject({ kind: 'mapped', values: parse(block('becomes')) as object });
  });

  it('names every object', () => {
    for (const object of Object.keys(OBJECTS)) expect(PAGE).toContain(object);
  });
});
