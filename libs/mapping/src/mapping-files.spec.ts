import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { loadMappings } from './load-mappings.js';
import { mappingSchemaText } from './mapping-schema.js';
import { readExamples, runExample } from './run-example.js';

const FOLDER = join(__dirname, '..', '..', '..', 'mappings');
const mappings = loadMappings(FOLDER);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

describe.each(mappings.map((mapping) => [mapping.name, mapping] as const))('%s', (_name, mapping) => {
  const file = join(FOLDER, mapping.connector, `${mapping.stream}.yaml`);
  const examples = readExamples(file.replace('.yaml', '.examples.yaml'));

  it('is what the committed schema allows', () => {
    const validate = new Ajv({ strict: false }).compile(JSON.parse(mappingSchemaText()) as object);
    expect({ valid: validate(parse(readFileSync(file, 'utf8'))), errors: validate.errors }).toEqual({ valid: true, errors: null });
  });

  it('starts by naming its schema and is named after its place', () => {
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe('# yaml-language-server: $schema=../schema.json');
    expect(mapping.name).toBe(`${mapping.connector}.${mapping.stream}`);
  });

  it.each(examples.map((example) => [example.name, example] as const))('%s', (_case, example) => {
    const { inward, body, created } = runExample(mapping, example);
    if (example.excluded) expect(inward).toEqual({ kind: 'excluded' });
    else if (example.refused) {
      expect(inward.kind === 'refused' && inward.failures.map(({ code, field, pointer }) => ({ code, field, pointer }))).toEqual(
        example.refused,
      );
    } else {
      const { values, parents, writeId, ref, blocked } = inward as Extract<typeof inward, { kind: 'mapped' }>;
      expect(plain(values)).toEqual(example.canonical);
      expect(plain(parents)).toEqual(example.parents ?? []);
      expect({ writeId, ref }).toEqual({ writeId: example.writeId, ref: example.ref });
      expect(plain(blocked.map(({ code, field }) => ({ code, field })))).toEqual(example.blocked ?? []);
    }
    if (example.outward) expect(body).toEqual(example.outward.body);
    if (example.outward?.created !== undefined) expect(created).toBe(example.outward.created);
  });

  if (mapping.outward.length > 0) it('has an example of the way out', () => expect(examples.some((example) => example.outward)).toBe(true));
});

it('covers every mapping file and keeps mappings/schema.json fresh', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.yaml') && !name.endsWith('.examples.yaml'),
  );
  expect(files).toHaveLength(mappings.length);
  expect(readFileSync(join(FOLDER, 'schema.json'), 'utf8')).toBe(mappingSchemaText());
});
