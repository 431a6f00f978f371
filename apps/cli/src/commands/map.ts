import type { Command } from 'commander';
import { compileMapping, faultText, parseMapping, type CompiledMapping, type FieldExplanation, type MapResult } from '#hub/mapping';
import { CliFailure, usage } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';
import { fileText } from './map-file.js';
import { addMapInsight } from './map-insight.js';
import { addMapVersions } from './map-versions.js';

export function addMap(program: Command, act: Act): void {
  const map = program.command('map').description('mapping files: what every field means');
  map
    .command('explain')
    .argument('<file>', 'a mapping file')
    .argument('<sample>', 'a record as the vendor sends it, JSON; - for stdin')
    .description('field by field, what the mapping makes of one record; needs no server')
    .action(act(explain));
  map
    .command('check')
    .argument('<file...>')
    .description('all faults of mapping files, with line and column; needs no server')
    .action(act(check));
  addMapInsight(map, act);
  addMapVersions(map, act);
  map.command('list').description('the mappings that the server runs').action(act(list));
}

async function explain(session: Session, _options: unknown, [file, sample]: string[]): Promise<Outcome> {
  const mapping = load(file);
  const payload = await sampleFrom(session, sample);
  const context = { settings: {}, now: new Date() };
  const fields = mapping.explain(payload, context);
  const result = mapping.toCanonical(payload, context);
  const doc = { mapping: mapping.name, version: mapping.version, fields, result };
  return {
    doc,
    text: `${table(['field', 'read from', 'steps', 'result'], fields.map(rowOf))}\n\n${verdict(result)}`,
    code: result.kind === 'refused' ? EXIT.failure : EXIT.ok,
  };
}

const rowOf = ({ to, from, steps, result, failure }: FieldExplanation): unknown[] => [
  to,
  from,
  steps.map(({ operator, value }) => `${operator}: ${JSON.stringify(value)}`).join(' → '),
  failure ? `${failure.code}: ${failure.message}` : result,
];

function verdict(result: MapResult): string {
  if (result.kind === 'excluded') return 'keepIf excludes this record: it would be counted, not synced';
  if (result.kind === 'refused')
    return `this record would park:\n${result.failures.map((one) => `  ${one.pointer || '/'}: ${one.message} (${one.code})`).join('\n')}`;
  const parents = result.parents.map((one) => `${one.role} ${one.externalId ?? one.ref}`);
  return `this record would pass${parents.length > 0 ? `; it belongs to ${parents.join(', ')}` : ''}`;
}

function load(file: string): CompiledMapping {
  const { mapping, faults } = parseMapping(fileText(file), file);
  if (mapping && faults.length === 0) return compileMapping(mapping);
  throw new CliFailure(faults.map(faultText).join('\n'));
}

async function sampleFrom(session: Session, sample: string): Promise<unknown> {
  const text = sample === '-' ? await session.io.readStdin() : fileText(sample);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(`${sample} is not JSON: ${(error as Error).message}`);
  }
}

function check(_session: Session, _options: unknown, files: string[]): Promise<Outcome> {
  const faults = files.flatMap((file) => parseMapping(fileText(file), file).faults);
  const text =
    faults.length > 0 ? faults.map(faultText).join('\n') : `${files.length} ${files.length === 1 ? 'file is' : 'files are'} right`;
  return Promise.resolve({ doc: { faults }, text, code: faults.length > 0 ? EXIT.failure : EXIT.ok });
}

interface MappingRow {
  name: string;
  version: number;
  connector: string;
  stream: string;
  into: string;
}

async function list(session: Session): Promise<Outcome> {
  const { items } = await session.api.get<{ items: MappingRow[] }>('/mappings');
  return {
    doc: { items },
    text: table(
      ['mapping', 'version', 'connector', 'stream', 'into'],
      items.map((one) => [one.name, one.version, one.connector, one.stream, one.into]),
    ),
    ids: items.map(({ name }) => name),
  };
}
