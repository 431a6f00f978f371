import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { usage } from '../cli-failure.js';
import { EXIT, exitOf } from '../exit-codes.js';
import type { Act, Outcome, Session } from '../session.js';
import { facts } from '../table.js';
import { findConnection } from './find-connection.js';
import { listed, withList, type ListOptions } from './list-options.js';

export interface ErrorItem {
  id: string;
  groupId: string;
  connection: string;
  connectionId: string;
  stream: string | null;
  stage: string;
  code: string;
  message: string;
  state: string;
  ref: string | null;
  externalId: string | null;
  pointer: string | null;
  resolution: string | null;
  [field: string]: unknown;
}
interface ErrorsOptions extends ListOptions {
  state: string;
  code?: string;
  stage?: string;
  connection?: string;
  group?: string;
  assignee?: string;
  ref?: string;
}

export function addErrors(program: Command, act: Act): void {
  const errors = withList(
    program.command('errors').description('records that could not go on; each leaves the queue only on proof or with a reason'),
  )
    .option(
      '--state <state>',
      'live (all that is not resolved), open, assigned, snoozed, retrying, awaiting_proof, resolved or ignored',
      'live',
    )
    .option('--code <code>', 'see docs/errors.md')
    .option('--stage <stage>', 'pull, map, match, merge, push or reconcile')
    .option('--connection <name>', 'name or id')
    .option('--group <id>', 'items of one cause')
    .option('--assignee <name>', 'whose they are')
    .option('--ref <ref>', 'reference number')
    .action(act<ErrorsOptions>(list));
  withList(errors.command('groups').description('one line per cause')).action(act<ListOptions>(groups));
  errors
    .command('patch')
    .argument('<group>', 'a group id')
    .option('--write <file>', 'keep the proposed mapping as a file')
    .description('a change of the mapping that would mend a group, tried on its records; nothing is changed')
    .action(act<{ write?: string }>(patch));
  errors.command('show').argument('<id>').description('one item, whole').action(act(show));
  errors
    .command('payload')
    .argument('<id>')
    .description('the record as the vendor sent it (personal data; the look is audited)')
    .action(act(payload));
  errors
    .command('edit')
    .argument('<id>')
    .requiredOption('--payload <file>', 'the whole record as JSON; - for stdin')
    .requiredOption('--reason <text>', 'why; it stays in the audit')
    .description('keeps a corrected record for the next retry')
    .action(act<{ payload: string; reason: string }>(edit));
  const reason = ['--reason <text>', 'why; it stays on the item'] as const;
  const until = ['--until <time>', 'an instant such as 2026-03-01T10:00:00Z'] as const;
  const many = (verb: string, description: string): Command => errors.command(verb).argument('<id...>').description(description);
  many('ignore', 'leaves it aside')
    .requiredOption(...reason)
    .option(...until)
    .action(act(acts('ignore', 'ignored')));
  many('assign', 'makes it somebody’s')
    .requiredOption('--to <name>', 'who works on it')
    .action(act(acts('assign', 'assigned')));
  many('snooze', 'hides it for a while')
    .requiredOption(...until)
    .action(act(acts('snooze', 'snoozed')));
  many('resolve', 'closes it without proof')
    .requiredOption(...reason)
    .action(act(acts('resolve', 'resolved')));
  many('reopen', 'takes it up again').action(act(acts('reopen', 'open again')));
}

async function list(session: Session, { connection, ...options }: ErrorsOptions): Promise<Outcome> {
  const { state, code, stage, group, assignee, ref } = options;
  const connectionId = connection === undefined ? undefined : (await findConnection(session.api, connection)).id;
  return listed<ErrorItem>(session, {
    path: '/errors',
    query: { state, code, stage, group, assignee, ref, connection: connectionId },
    options,
    none: 'nothing waits for anybody',
    columns: ['item', 'state', 'code', 'connection', 'stream', 'record', 'pointer', 'what is wrong'],
    row: (item) => [item.id, item.state, item.code, item.connection, item.stream, item.ref ?? item.externalId, item.pointer, item.message],
  });
}

interface Patch {
  reasons: string[];
  mends: number;
  tried: number;
  lines: string[];
  text: string;
}

async function patch(session: Session, { write }: { write?: string }, [group]: string[]): Promise<Outcome> {
  const doc = await session.api.get<{ patch: Patch | null }>(`/error-groups/${encodeURIComponent(group)}/patch`);
  if (!doc.patch)
    return {
      doc,
      text: 'no change of the mapping was found that would mend this; look at a record with errors payload',
      code: EXIT.failure,
    };
  const { reasons, mends, tried, lines, text } = doc.patch;
  if (write !== undefined) keep(write, text);
  const next =
    write === undefined
      ? 'keep it with --write file.yaml'
      : `it is in ${write}: read it, compare it with map diff, then map push and map activate`;
  return { doc, text: [`mends ${mends} of ${tried} records`, ...reasons, '', ...lines, '', next].join('\n') };
}

function keep(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    throw usage(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}); choose another name`);
  }
}

interface ErrorGroup {
  id: string;
  connection: string;
  stream: string | null;
  code: string;
  message: string;
  counts: Record<string, number>;
}

function groups(session: Session, options: ListOptions): Promise<Outcome> {
  return listed<ErrorGroup>(session, {
    path: '/error-groups',
    query: {},
    options,
    none: 'no causes',
    columns: ['group', 'code', 'connection', 'stream', 'items', 'what is wrong'],
    row: ({ id, code, connection, stream, counts, message }) => [
      id,
      code,
      connection,
      stream,
      Object.entries(counts)
        .map(([state, count]) => `${count} ${state}`)
        .join(', '),
      message,
    ],
  });
}

async function show(session: Session, _options: unknown, [id]: string[]): Promise<Outcome> {
  const item = await session.api.get<ErrorItem>(`/errors/${encodeURIComponent(id)}`);
  const { message, ...others } = item;
  return { doc: item, text: `${message}\n\n${facts(Object.entries(others))}`, ids: [item.id] };
}

async function payload(session: Session, _options: unknown, [id]: string[]): Promise<Outcome> {
  const answer = await session.api.get<{ payload: unknown }>(`/errors/${encodeURIComponent(id)}/payload`);
  return { doc: answer, text: JSON.stringify(answer.payload, undefined, 2), ids: [id] };
}

async function edit(session: Session, options: { payload: string; reason: string }, [id]: string[]): Promise<Outcome> {
  await session.api.post(`/errors/${encodeURIComponent(id)}/edit`, {
    payload: await jsonFrom(session, options.payload),
    reason: options.reason,
  });
  return { doc: { id, edited: true }, text: `kept; now: tributary retry ${id} --mode as-it-was`, ids: [id] };
}

async function jsonFrom(session: Session, path: string): Promise<unknown> {
  try {
    return JSON.parse(path === '-' ? await session.io.readStdin() : readFileSync(path, 'utf8'));
  } catch (error) {
    throw usage(`--payload ${path} cannot be read as JSON: ${(error as Error).message}`);
  }
}

interface ActOptions {
  reason?: string;
  until?: string;
  to?: string;
}

/** The same act on every named item; what one item refuses does not stop the others. */
function acts(verb: string, done: string) {
  return (session: Session, { reason, until, to }: ActOptions, ids: string[]): Promise<Outcome> =>
    eachItem(ids, done, (id) => session.api.post(`/errors/${encodeURIComponent(id)}/${verb}`, { reason, until, assignee: to }));
}

export async function eachItem(ids: string[], done: string, work: (id: string) => Promise<unknown>): Promise<Outcome> {
  const parts: { id: string; ok: boolean; detail: string; answer?: unknown }[] = [];
  for (const id of ids) {
    try {
      parts.push({ id, ok: true, detail: done, answer: await work(id) });
    } catch (error) {
      if (ids.length === 1) throw error;
      parts.push({ id, ok: false, detail: (error as Error).message });
    }
  }
  const text = parts.map(({ id, detail }) => `${id}  ${detail}`).join('\n');
  return {
    doc: { items: parts },
    text,
    ids: parts.flatMap(({ id, ok }) => (ok ? id : [])),
    code: ids.length === 0 ? EXIT.ok : exitOf(parts),
  };
}
