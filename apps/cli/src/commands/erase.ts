import type { Command } from 'commander';
import type { Act, Outcome, Session } from '../session.js';
import { facts, table } from '../table.js';
import { listed, withList, type ListOptions } from './list-options.js';

interface EraseOptions {
  legalBasis: string;
  all?: boolean;
  until?: string;
  preview?: boolean;
}
interface Erased {
  id: string;
  preview: boolean;
  ref: string;
  counts: Record<string, number>;
  atVendors: { connection: string; object: string; externalId: string }[];
  shared: { ref: string | null; recordId: string; kind: string }[];
}
interface Erasure {
  id: string;
  ref: string | null;
  legalBasis: string;
  scope: string;
  state: string;
  erasedAt: string;
  receipts: { connection: string; records: number; stillThere: number; gone: number; lastSeenAt: string | null }[];
}

/** People who asked to be forgotten. */
export function addErase(program: Command, act: Act): void {
  program
    .command('erase')
    .argument('<ref>', 'reference number of a candidate')
    .requiredOption('--legal-basis <text>', 'such as "Art. 17(1)(b)"; it must not name the person')
    .option('--all', 'keep out new applications by the person as well')
    .option('--until <time>', 'when the person may be let in again')
    .option('--preview', 'say what would be erased, and do nothing')
    .description('deletes all that the hub has of a person, for good')
    .action(act<EraseOptions>(erase));
  const erasures = program.command('erasures').description('who was erased, and what each system has shown of them since');
  withList(erasures.command('list', { isDefault: true }))
    .description('the newest first')
    .action(act<ListOptions>(list));
  erasures.command('show').argument('<id>').description('one erasure with its receipts').action(act(show));
  erasures
    .command('lift')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why; it stays in the audit')
    .description('lets the person in again, whoever brings them')
    .action(act<{ reason: string }>(lift));
}

async function erase(session: Session, { legalBasis, all, until, preview }: EraseOptions, [ref]: string[]): Promise<Outcome> {
  if (!preview) await session.confirm(`${ref} and all that hangs on it will be gone for good`);
  const body = { ref, legalBasis, scope: all ? 'all' : 'sourcing', expiresAt: until, preview };
  const erased = await session.api.post<Erased>('/erasures', body);
  return { doc: erased, text: erasedText(erased), ids: [erased.id] };
}

function erasedText({ preview, id, counts, atVendors, shared }: Erased): string {
  const gone = Object.entries(counts).filter(([, count]) => count > 0);
  return [
    preview ? 'would be erased (nothing was done):' : `erased (${id}):`,
    facts(gone),
    'left to be erased in their systems; note the ids down, the hub forgets them:',
    table(
      ['connection', 'object', 'id'],
      atVendors.map(({ connection, object, externalId }) => [connection, object, externalId]),
      'nothing',
    ),
    ...(shared.length === 0
      ? []
      : [
          'others have an identifier of this person; erase them as well if they are the same:',
          table(
            ['record', 'record id', 'identifier'],
            shared.map(({ ref, recordId, kind }) => [ref ?? '', recordId, kind]),
          ),
        ]),
  ].join('\n\n');
}

function list(session: Session, options: ListOptions): Promise<Outcome> {
  return listed<Erasure>(session, {
    path: '/erasures',
    query: {},
    options,
    none: 'nobody was erased',
    columns: ['id', 'record', 'erased', 'basis', 'state', 'still shown by'],
    row: ({ id, ref, erasedAt, legalBasis, state, receipts }) => [
      id,
      ref ?? '',
      erasedAt,
      legalBasis,
      state,
      receipts.flatMap(({ connection, stillThere }) => (stillThere > 0 ? [`${connection} (${stillThere})`] : [])).join(', '),
    ],
  });
}

async function show(session: Session, _options: object, [id]: string[]): Promise<Outcome> {
  const erasure = await session.api.get<Erasure>(`/erasures/${encodeURIComponent(id)}`);
  const { receipts, ...rest } = erasure;
  const rows = receipts.map((one) => [one.connection, one.records, one.stillThere, one.gone, one.lastSeenAt ?? '']);
  return {
    doc: erasure,
    text: `${facts(Object.entries(rest))}\n\n${table(['connection', 'kept out', 'still there', 'gone', 'last seen'], rows, 'no system had a record')}`,
    ids: [id],
  };
}

async function lift(session: Session, { reason }: { reason: string }, [id]: string[]): Promise<Outcome> {
  await session.api.post(`/erasures/${encodeURIComponent(id)}/lift`, { reason });
  return { doc: { id, lifted: true }, text: 'lifted: systems that still have the person bring them with their next full read', ids: [id] };
}
