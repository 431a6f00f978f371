import type { Command } from 'commander';
import type { Act, Outcome, Session } from '../session.js';
import { facts, table } from '../table.js';
import { acted, doing, type ActOptions } from './identity-acts.js';
import { listed, withList, type ListOptions } from './list-options.js';

interface Side {
  recordId: string;
  externalId: string;
  values: Record<string, unknown>;
  children: { object: string; externalId: string; ref: string | null }[];
}
interface VendorMerge {
  id: string;
  state: string;
  connection: string;
  by: 'hub' | 'person';
  note: string | null;
  sending: string | null;
  recreating: string | null;
  kept: Side | null;
  dropped: Side | null;
  differing: string[];
  canRecreate: boolean;
}

/** Merges of two records inside their own system, which no vendor takes back. */
export function addIdentityMerges(identity: Command, act: Act): void {
  const merges = identity
    .command('vendor-merge')
    .description('two records of one person in one system, made one there: proposed, approved, recreated');
  withList(merges.command('list').description('what was asked for, and what systems told of'))
    .option('--state <state>', 'proposed, approved, merged or withdrawn')
    .action(act<ListOptions & { state?: string }>(list));
  merges
    .command('show')
    .argument('<merge>')
    .option('--reveal', 'show personal values; the look is audited')
    .description('what both records said')
    .action(act<{ reveal?: boolean }>(show));
  reasoned(merges.command('propose').argument('<keep>', 'record id').argument('<drop>', 'record id'))
    .description('keeps what both records say now; nothing is sent')
    .action(act<{ reason: string }>(propose));
  reasoned(merges.command('approve').argument('<merge>'))
    .description('approves it as it was seen: the hub merges, or waits until a person has')
    .action(act<{ reason: string }>(move('approve')));
  reasoned(merges.command('withdraw').argument('<merge>'))
    .description('takes it back, as long as it has not been sent')
    .action(act<{ reason: string }>(move('withdraw')));
  doing(merges.command('recreate').argument('<merge>'))
    .description('makes the dropped record again of its snapshot, as a person of its own')
    .action(act<ActOptions>(recreate));
}

function reasoned(command: Command): Command {
  return command.requiredOption('--reason <text>', 'why; it stays with the merge');
}

function list(session: Session, { state, ...options }: ListOptions & { state?: string }): Promise<Outcome> {
  return listed<VendorMerge>(session, {
    path: '/identity/vendor-merges',
    query: { state },
    options,
    none: 'no merges',
    columns: ['merge', 'state', 'system', 'kept', 'dropped', 'by', 'note'],
    row: ({ id, state: now, connection, kept, dropped, by, note }) => [id, now, connection, nameOf(kept), nameOf(dropped), by, note ?? ''],
  });
}

async function show(session: Session, { reveal }: { reveal?: boolean }, [id]: string[]): Promise<Outcome> {
  return shown(await session.api.get<VendorMerge>(`/identity/vendor-merges/${encodeURIComponent(id)}`, { reveal }));
}

async function propose(session: Session, { reason }: { reason: string }, [keep, drop]: string[]): Promise<Outcome> {
  return shown(await session.api.post<VendorMerge>('/identity/vendor-merges', { keep, drop, reason }));
}

function move(verb: 'approve' | 'withdraw') {
  return async (session: Session, { reason }: { reason: string }, [id]: string[]): Promise<Outcome> =>
    shown(await session.api.post<VendorMerge>(`/identity/vendor-merges/${encodeURIComponent(id)}/${verb}`, { reason }));
}

function recreate(session: Session, { reason, preview, reveal }: ActOptions, [id]: string[]): Promise<Outcome> {
  return acted(session, `/identity/vendor-merges/${encodeURIComponent(id)}/recreate`, { reveal, body: { reason, preview } });
}

function shown(doc: VendorMerge): Outcome {
  const { id, state, connection, note, sending, recreating, kept, dropped } = doc;
  const fields = [...new Set([kept, dropped].flatMap((side) => Object.keys(side?.values ?? {})))];
  const sides = table(
    ['field', `kept ${nameOf(kept)}`, `dropped ${nameOf(dropped)}`],
    fields.map((field) => [field, kept?.values[field], dropped?.values[field]]),
    'its snapshot is not kept any more',
  );
  const moving = (dropped?.children ?? []).map(({ object, ref, externalId }) => `${object} ${ref ?? externalId}`);
  const text = [
    facts(
      Object.entries({ merge: id, state, system: connection, sent: sending, recreated: recreating, note }).filter(
        ([, value]) => value !== null,
      ),
    ),
    sides,
    `${state === 'merged' ? 'went' : 'goes'} with the dropped record: ${moving.join(', ') || 'nothing'}`,
    nextOf(doc),
  ];
  return { doc, text: text.filter((part) => part !== '').join('\n\n'), ids: [id] };
}

function nextOf({ id, state, connection, by, kept, dropped, canRecreate }: VendorMerge): string {
  if (state === 'proposed') return `approve it as it stands here: tributary identity vendor-merge approve ${id} --reason …`;
  if (state === 'approved' && by === 'person')
    return `the hub cannot merge in ${connection}: merge ${nameOf(dropped)} into ${nameOf(kept)} there; the hub waits to see it`;
  return canRecreate ? `if it was wrong: tributary identity vendor-merge recreate ${id} --preview --reason …` : '';
}

function nameOf(side: Side | null): string {
  return side?.externalId ?? '';
}
