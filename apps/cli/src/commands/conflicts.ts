import type { Command } from 'commander';
import { usage } from '../cli-failure.js';
import type { Act, Outcome, Session } from '../session.js';
import { facts } from '../table.js';
import { listed, withList, type ListOptions } from './list-options.js';

interface Conflict {
  id: string;
  ref: string | null;
  object: string;
  field: string;
  ours: unknown;
  theirs: unknown;
  connection: string;
  externalId: string;
  state: string;
  [field: string]: unknown;
}
interface SettleOptions {
  choose: string;
  value?: string;
  reason: string;
}

export function addConflicts(program: Command, act: Act): void {
  const conflicts = withList(program.command('conflicts').description('fields that two systems changed since they last agreed'))
    .option('--state <state>', 'open or settled', 'open')
    .action(act<ListOptions & { state: string }>(list));
  conflicts
    .command('show')
    .argument('<id>')
    .option('--reveal', 'show personal values; the look is audited')
    .description('one conflict')
    .action(act<{ reveal?: boolean }>(show));
  conflicts
    .command('settle')
    .argument('<id>')
    .requiredOption('--choose <side>', 'ours, theirs or value')
    .option('--value <json>', 'with --choose value; null clears the field')
    .requiredOption('--reason <text>', 'why; it stays on the conflict')
    .description('unfreezes the field with the chosen value')
    .action(act<SettleOptions>(settle));
}

function list(session: Session, options: ListOptions & { state: string }): Promise<Outcome> {
  return listed<Conflict>(session, {
    path: '/conflicts',
    query: { state: options.state },
    options,
    none: 'no conflicts',
    columns: ['conflict', 'state', 'record', 'object', 'field', 'ours', 'theirs', 'connection'],
    row: (one) => [one.id, one.state, one.ref ?? one.externalId, one.object, one.field, one.ours, one.theirs, one.connection],
  });
}

async function show(session: Session, { reveal }: { reveal?: boolean }, [id]: string[]): Promise<Outcome> {
  const conflict = await session.api.get<Conflict>(`/conflicts/${encodeURIComponent(id)}`, { reveal });
  return { doc: conflict, text: facts(Object.entries(conflict)), ids: [conflict.id] };
}

async function settle(session: Session, { choose, value, reason }: SettleOptions, [id]: string[]): Promise<Outcome> {
  if ((choose === 'value') !== (value !== undefined)) throw usage('--value belongs to --choose value, and only to it');
  await session.api.post(`/conflicts/${encodeURIComponent(id)}/settle`, {
    choose,
    value: value === undefined ? undefined : jsonOrText(value),
    reason,
  });
  return { doc: { id, settled: choose }, text: `conflict ${id} is settled: ${choose}`, ids: [id] };
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
