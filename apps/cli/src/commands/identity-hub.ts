import type { Command } from 'commander';
import { usage } from '../cli-failure.js';
import type { Act, Outcome, Session } from '../session.js';
import { facts, table } from '../table.js';
import { acted, doing, outcomeText, type ActOptions, type PeopleOutcome } from './identity-acts.js';
import { addIdentityMerges } from './identity-merges.js';
import { fileText } from './map-file.js';
import { listed, withList, type ListOptions } from './list-options.js';

interface Side {
  recordId: string;
  ref: string | null;
  connection: string;
  externalId: string;
  values: Record<string, unknown>;
  held: string[];
}
interface Review {
  id: string;
  a: Side;
  b: Side;
  score: number;
  probability: number;
  reason: string | null;
  vector: string;
  value: number;
  proposed: boolean;
}
interface Contribution {
  name: string;
  level?: string;
  weight: number;
  termFrequency?: number;
}
interface ReviewDetail extends Review {
  contributions: Contribution[];
  similar: { verdict: string; reason: string }[];
  merged: PeopleOutcome | null;
}
interface Simulation {
  records: number;
  clustersBefore: number;
  clustersAfter: number;
  merged: number;
  split: number;
  review: number;
  proposed: number;
  altered: number;
  alteredFields: Record<string, number>;
}
/** What people decide about who is who in the hub. */
export function addIdentityHub(identity: Command, act: Act): void {
  withList(identity.command('review').description('pairs of records that wait for a person, the most valuable first'))
    .option('--proposed', 'the pairs that are left to their own system instead')
    .option('--vector <vector>', 'only pairs that compare like this')
    .option('--reveal', 'show personal values; the look is audited')
    .action(act<ListOptions & { proposed?: boolean; vector?: string; reveal?: boolean }>(review));
  doing(identity.command('decide').argument('<verdict>', 'same, different or unsure').argument('<a>').argument('<b>'))
    .description('says of two records whether they are one person')
    .action(act<ActOptions>(decide));
  doing(identity.command('decide-alike').argument('<verdict>', 'same, different or unsure').argument('<vector>'))
    .requiredOption('--expected <count>', 'how many open pairs you saw')
    .description('says the same of every open pair that compares like this')
    .action(act<ActOptions & { expected: string }>(decideAlike));
  doing(identity.command('merge').argument('<records...>', 'reference numbers or record ids'))
    .description('makes one person of them')
    .action(act<ActOptions>(merge));
  doing(identity.command('unmerge').argument('<record>', 'record id, or a reference number that has one record'))
    .option('--subtree', 'with all that it brought along when it was merged')
    .description('takes a record out of its person; every system gets back what it said')
    .action(act<ActOptions & { subtree?: boolean }>(unmerge));
  doing(identity.command('undo').argument('<operation>'))
    .description('takes back a decision, a merge, an unmerge or an undo')
    .action(act<ActOptions>(undo));
  identity
    .command('rules')
    .argument('<file>', 'identity.yaml')
    .description('keeps a draft of rules; simulate and activate come after')
    .action(act(rules));
  identity
    .command('simulate')
    .argument('<kind>', 'model or rules')
    .argument('<version>', '0 is what is shipped')
    .description('says what a version would do to every record, and does nothing')
    .action(act(simulate));
  identity
    .command('activate')
    .argument('<kind>', 'model or rules')
    .argument('<version>', '0 is what is shipped')
    .requiredOption('--reason <text>', 'why; it stays in the audit')
    .description('approves a simulated version')
    .action(act<{ reason: string }>(activate));
  identity.command('figures').description('how many people there are, how often twice, and what is open').action(act(figures));
  addIdentityMerges(identity, act);
}

function review(
  session: Session,
  { proposed = false, vector, reveal, ...options }: ListOptions & { proposed?: boolean; vector?: string; reveal?: boolean },
): Promise<Outcome> {
  return listed<Review>(session, {
    path: '/identity/reviews',
    query: { proposed, vector, reveal },
    options,
    none: 'nothing waits for a person',
    columns: ['value', 'probability', 'a', 'record a', 'b', 'record b', 'compares as', 'why'],
    row: ({ value, probability, a, b, vector: compared, reason }) => [
      value.toFixed(2),
      probability.toFixed(3),
      nameOf(a),
      a.recordId,
      nameOf(b),
      b.recordId,
      compared,
      reason ?? 'its score',
    ],
  });
}

function nameOf({ ref, connection, externalId }: Side): string {
  return `${ref ?? ''} ${connection}/${externalId}`.trim();
}

/** Why two records of the hub have the score that they have, and what merging them would do. */
export async function explainInHub(session: Session, reveal: boolean | undefined, [a, b]: string[]): Promise<Outcome> {
  const found = await session.api.get<ReviewDetail>(`/identity/reviews/${encodeURIComponent(a)}/${encodeURIComponent(b)}`, { reveal });
  const { contributions, score, reason, similar, merged } = found;
  const waterfall = table(
    ['field', 'level', 'bits', 'by rarity'],
    contributions.map((one) => [one.name, one.level ?? '', one.weight.toFixed(2), one.termFrequency?.toFixed(2) ?? '']),
  );
  const past =
    similar.length === 0 ? 'nobody has decided a pair like this' : `pairs like this: ${similar.map(({ verdict }) => verdict).join(', ')}`;
  const text = [waterfall, `${score.toFixed(2)} bits; ${reason ?? 'its score alone'}`, past, ...(merged ? [outcomeText(merged)] : [])].join(
    '\n\n',
  );
  return { doc: found, text, ids: [found.id] };
}

function decide(session: Session, { reason, preview, reveal }: ActOptions, [verdict, a, b]: string[]): Promise<Outcome> {
  return acted(session, '/identity/decisions', { reveal, body: { pairs: [{ a, b }], verdict, reason, preview } });
}

function decideAlike(
  session: Session,
  { reason, preview, reveal, expected }: ActOptions & { expected: string },
  [verdict, vector]: string[],
): Promise<Outcome> {
  if (!/^\d+$/.test(expected)) throw usage('--expected must be a whole number');
  return acted(session, '/identity/decisions/alike', { reveal, body: { vector, verdict, reason, preview, expected: Number(expected) } });
}

async function merge(session: Session, { reason, preview, reveal }: ActOptions, names: string[]): Promise<Outcome> {
  const records = [];
  for (const name of names.flat()) records.push((await recordsOf(session, name))[0]);
  return acted(session, '/identity/merge', { reveal, body: { records, reason, preview } });
}

async function unmerge(
  session: Session,
  { reason, preview, reveal, subtree }: ActOptions & { subtree?: boolean },
  [name]: string[],
): Promise<Outcome> {
  const records = await recordsOf(session, name);
  if (records.length > 1) throw usage(`${name} has ${records.length} records; name the one that leaves: ${records.join(', ')}`);
  return acted(session, '/identity/unmerge', {
    reveal,
    body: { record: records[0], scope: subtree ? 'subtree' : 'record', reason, preview },
  });
}

function undo(session: Session, { reason, preview, reveal }: ActOptions, [operation]: string[]): Promise<Outcome> {
  return acted(session, `/identity/operations/${encodeURIComponent(operation)}/undo`, { reveal, body: { reason, preview } });
}

/** The records behind a record id or a reference number. */
async function recordsOf(session: Session, name: string): Promise<string[]> {
  if (/^[0-9a-f-]{36}$/i.test(name)) return [name];
  const { sources } = await session.api.get<{ sources: { recordId: string }[] }>(`/records/${encodeURIComponent(name)}`);
  return sources.map(({ recordId }) => recordId);
}

async function rules(session: Session, _options: object, [file]: string[]): Promise<Outcome> {
  const drafted = await session.api.post<{ version: number }>('/identity/rules', { text: fileText(file) });
  const { version } = drafted;
  return {
    doc: drafted,
    text: `version ${version} is a draft; see what it would do: tributary identity simulate rules ${version}`,
    ids: [String(version)],
  };
}

export async function trainInHub(session: Session): Promise<Outcome> {
  const trained = await session.api.post<{ version: number; report: Record<string, unknown> }>('/identity/models');
  const { version, report } = trained;
  const text = `${facts(Object.entries(report))}\n\nversion ${version} is a draft; see what it would do: tributary identity simulate model ${version}`;
  return { doc: trained, text, ids: [String(version)] };
}

async function simulate(session: Session, _options: object, [kind, version]: string[]): Promise<Outcome> {
  const doc = await session.api.post<Simulation>(`/identity/${pathOf(kind)}/${encodeURIComponent(version)}/simulate`);
  const fields = Object.entries(doc.alteredFields).map(([field, count]) => `${field} ${count}`);
  const text = `this change would merge ${doc.merged}, split ${doc.split}, alter ${doc.altered} golden values${fields.length > 0 ? ` (${fields.join(', ')})` : ''}
${doc.records} records: ${doc.clustersBefore} people now, ${doc.clustersAfter} then; ${doc.review} pairs for a person, ${doc.proposed} left to their system`;
  return { doc, text };
}

async function activate(session: Session, { reason }: { reason: string }, [kind, version]: string[]): Promise<Outcome> {
  await session.api.post(`/identity/${pathOf(kind)}/${encodeURIComponent(version)}/activate`, { reason });
  return {
    doc: { kind, version: Number(version), active: true },
    text: `version ${version} of the ${kind} is active; records are matched anew in the background`,
  };
}

function pathOf(kind: string): string {
  if (kind !== 'model' && kind !== 'rules') throw usage(`"${kind}" must be model or rules`);
  return kind === 'model' ? 'models' : 'rules';
}

async function figures(session: Session): Promise<Outcome> {
  const doc = await session.api.get<Record<string, unknown>>('/identity/figures');
  return { doc, text: facts(Object.entries(doc)) };
}
