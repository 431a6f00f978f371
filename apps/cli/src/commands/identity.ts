import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { explainPair, resolve, trainModel, type Contribution, type FieldMap } from '#hub/identity';
import { usage } from '../cli-failure.js';
import { measureIdentity } from '../identity/measure-identity.js';
import { readFieldMap, readPeople, type People } from '../identity/read-people.js';
import { addIdentityHub, explainInHub, trainInHub } from './identity-hub.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';

interface FileOptions {
  csv: string[];
  map?: string;
  seed: string;
  unique?: boolean;
}

/** Who is who: in CSV files, which needs no server, and in the hub. */
export function addIdentity(program: Command, act: Act): void {
  const identity = program.command('identity').description('who is who: people in CSV files (--csv, no server needed), and in the hub');
  addIdentityHub(identity, act);
  files(identity.command('bench').description('holds the matching against labelled records; one JSON line'))
    .requiredOption('--truth <column>', 'the column that says who a record is')
    .option('--truth-pattern <pattern>', 'a regular expression whose first group is the label')
    .action(act(bench));
  files(identity.command('train').description('learns a model without labels: from CSV files and prints it, or in the hub as a draft'))
    .option('--out <file>', 'where to write the model instead')
    .action(act(train));
  files(identity.command('resolve').description('who belongs together: record and cluster, as CSV'))
    .option('--out <file>', 'where to write the clusters instead')
    .action(act(cluster));
  files(identity.command('explain').argument('<a>').argument('<b>'))
    .option('--reveal', 'in the hub: show personal values; the look is audited')
    .description('why two records have the score that they have: of CSV files, or by their ids in the hub')
    .action(act(explain));
}

function files(command: Command): Command {
  return command
    .option('--csv <file>', 'records with a header line; several files are linked with each other', collect, [])
    .option('--map <file>', 'JSON: what each column holds, such as { "surname": "familyName" }')
    .option('--unique', 'no file holds anybody twice')
    .option('--seed <number>', 'of the random pairs that are looked at', '1');
}

function collect(file: string, before: string[]): string[] {
  return [...before, file];
}

async function bench(_session: Session, options: FileOptions & { truth: string; truthPattern?: string }): Promise<Outcome> {
  const truth = { column: options.truth, pattern: patternOf(options.truthPattern) };
  const { seed, unique } = settingsOf(options);
  const doc = await measureIdentity({ files: options.csv, map: mapOf(options), truth, seed, unique });
  return { doc, text: JSON.stringify(doc) };
}

async function train(session: Session, options: FileOptions & { out?: string }): Promise<Outcome> {
  if (options.csv.length === 0) return trainInHub(session);
  const { dataset } = await read(options);
  const model = trainModel(dataset, settingsOf(options).seed);
  const text = JSON.stringify(model, undefined, 2);
  if (options.out === undefined) return { doc: model, text };
  writeFileSync(options.out, `${text}\n`);
  return { doc: { records: dataset.size, model: options.out }, text: `learned from ${dataset.size} records: ${options.out}` };
}

async function cluster(_session: Session, options: FileOptions & { out?: string }): Promise<Outcome> {
  const { dataset } = await read(options);
  const { groups, pairs } = resolve(dataset, settingsOf(options));
  const lines = dataset.ids.map((id, at) => `${quoted(id)},${quoted(dataset.ids[groups[at]])}`);
  const text = ['record,cluster', ...lines].join('\n');
  const doc = { records: dataset.size, clusters: new Set(groups).size, review: pairs.filter(({ band }) => band === 'review').length };
  if (options.out === undefined) return { doc: { ...doc, groups: dataset.ids.map((id, at) => [id, dataset.ids[groups[at]]]) }, text };
  writeFileSync(options.out, `${text}\n`);
  return { doc, text: `${doc.records} records, ${doc.clusters} clusters, ${doc.review} pairs for a person: ${options.out}` };
}

async function explain(session: Session, options: FileOptions & { reveal?: boolean }, ids: string[]): Promise<Outcome> {
  if (options.csv.length === 0) return explainInHub(session, options.reveal, ids);
  const { dataset } = await read(options);
  const [a, b] = ids.map((id) => numberOf(dataset.ids, id));
  const { contributions, score, band, objection } = explainPair(dataset, { a, b, seed: settingsOf(options).seed });
  const rows = contributions.map(rowOf);
  const verdict = `${score.toFixed(2)} bits: ${band}${objection ? `; ${objection}` : ''}`;
  return {
    doc: { a: ids[0], b: ids[1], score, band, objection, contributions },
    text: `${table(['field', 'level', 'bits', 'by rarity'], rows)}\n\n${verdict}`,
  };
}

function rowOf({ name, level = '', weight, termFrequency }: Contribution): unknown[] {
  return [name, level, weight.toFixed(2), termFrequency === undefined ? '' : termFrequency.toFixed(2)];
}

function numberOf(ids: string[], id: string): number {
  const at = ids.indexOf(id);
  if (at < 0) throw usage(`there is no record "${id}"; map a column to "id", or count rows from 0 in ten digits`);
  return at;
}

async function read(options: FileOptions): Promise<People> {
  return readPeople({ files: options.csv, map: mapOf(options) });
}

function mapOf({ csv, map }: FileOptions): FieldMap {
  if (csv.length === 0) throw usage('--csv names no file');
  if (map === undefined) throw usage('--map names no file; it says what each column holds');
  return readFieldMap(map);
}

function settingsOf({ seed, unique = false }: FileOptions): { seed: number; unique: boolean } {
  if (!/^\d+$/.test(seed)) throw usage('--seed must be a whole number');
  return { seed: Number(seed), unique };
}

function patternOf(pattern: string | undefined): RegExp | undefined {
  if (pattern === undefined) return undefined;
  try {
    return new RegExp(pattern);
  } catch {
    throw usage(`--truth-pattern is no regular expression: ${pattern}`);
  }
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
