import type { Command } from 'commander';
import type { Act, Outcome, Session } from '../session.js';
import { facts, table } from '../table.js';
import { findConnection } from './find-connection.js';

interface Provenance {
  connection: string;
  externalId: string | null;
  rule: string;
  at: string | null;
  why: string;
}
interface RecordAnswer {
  id: string;
  ref: string | null;
  redirectedFrom: string | null;
  object: string;
  values: Record<string, unknown>;
  provenance: Record<string, Provenance>;
  sources: { connection: string; stream: string; externalId: string; changedAt: string | null; deletedAt: string | null }[];
  openItems: { id: string; code: string; message: string }[];
}
interface RecordOptions {
  why?: string;
  reveal?: boolean;
  object?: string;
  connection?: string;
}

export function addRecord(program: Command, act: Act): void {
  program
    .command('record')
    .argument('<ref>', 'reference number; with --connection and --object the vendor’s id')
    .description('one record with where every value comes from')
    .option('--why <field>', 'why does this field have this value?')
    .option('--reveal', 'show personal values; the look is audited')
    .option('--connection <name>', 'whose id it is')
    .option('--object <object>', 'candidate, job, application, interview …')
    .action(act<RecordOptions>(show));
}

async function show(session: Session, options: RecordOptions, [ref]: string[]): Promise<Outcome> {
  if (options.why !== undefined) return why(session, options.why, ref);
  const record = await find(session, options, ref);
  const head = facts([
    ['reference', record.ref],
    ['merged from', record.redirectedFrom],
    ['object', record.object],
    ['id', record.id],
  ]);
  const values = Object.entries(record.values).map(([field, value]) => [field, value, record.provenance[field]?.why]);
  const sources = record.sources.map((one) => [
    one.connection,
    one.stream,
    one.externalId,
    one.deletedAt ? 'deleted' : 'live',
    one.changedAt,
  ]);
  const items = record.openItems.map((item) => [item.id, item.code, item.message]);
  const parts = [head, table(['field', 'value', 'why'], values), table(['source', 'stream', 'id', 'state', 'changed'], sources)];
  return {
    doc: record,
    text: [...parts, ...(items.length > 0 ? [table(['open item', 'code', 'what is wrong'], items)] : [])].join('\n\n'),
    ids: [record.id],
  };
}

async function find(session: Session, options: RecordOptions, ref: string): Promise<RecordAnswer> {
  const { reveal, object = 'candidate' } = options;
  if (options.connection === undefined) return session.api.get(`/records/${encodeURIComponent(ref)}`, { reveal });
  const { id } = await findConnection(session.api, options.connection);
  return session.api.get('/records', { connection: id, object, externalId: ref, reveal });
}

interface Why {
  field: string;
  value: unknown;
  winner?: Provenance;
  others?: unknown[];
  [more: string]: unknown;
}

async function why(session: Session, field: string, ref: string): Promise<Outcome> {
  const answer = await session.api.get<Why>(`/records/${encodeURIComponent(ref)}/provenance/${encodeURIComponent(field)}`);
  return { doc: answer, text: facts(Object.entries(answer)), ids: [] };
}
