import type { Command } from 'commander';
import { usage } from '../cli-failure.js';
import type { Act, Outcome, Session } from '../session.js';
import { facts } from '../table.js';
import type { Run } from './await-runs.js';
import { findConnection, findStream } from './find-connection.js';
import { listed, withList, type ListOptions } from './list-options.js';

interface RunsOptions extends ListOptions {
  connection?: string;
  stream?: string;
  kind?: string;
  state?: string;
}

export function addRuns(program: Command, act: Act): void {
  const runs = withList(program.command('runs').description('runs, latest first'))
    .option('--connection <name>', 'name or id')
    .option('--stream <name>', 'with --connection')
    .option('--kind <kind>', 'sync, hints, retries, push or reconcile')
    .option('--state <state>', 'queued, running, done, failed or cancelled')
    .action(act<RunsOptions>(list));
  runs.command('show').argument('<id>').description('one run with all its counts').action(act(show));
  runs.command('cancel').argument('<id>').description('ends after the batch in hand; what is committed stays').action(act(cancel));
}

async function list(session: Session, options: RunsOptions): Promise<Outcome> {
  if (options.stream !== undefined && options.connection === undefined) throw usage('--stream needs --connection');
  const connection = options.connection === undefined ? undefined : await findConnection(session.api, options.connection);
  const stream = connection && options.stream !== undefined ? findStream(connection, options.stream).id : undefined;
  return listed<Run>(session, {
    path: '/runs',
    query: { connection: connection?.id, stream, kind: options.kind, state: options.state },
    options,
    none: 'no runs',
    columns: ['run', 'connection', 'stream', 'kind', 'state', 'requested', 'read', 'parked', 'failure'],
    row: (run) => [
      run.id,
      run.connection,
      run.stream,
      run.kind,
      run.state,
      run.requestedAt,
      run.totals?.read ?? 0,
      run.totals?.parked ?? 0,
      run.failureCode,
    ],
  });
}

async function show(session: Session, _options: unknown, [id]: string[]): Promise<Outcome> {
  const run = await session.api.get<Run>(`/runs/${encodeURIComponent(id)}`);
  const counts = Object.entries(run.totals ?? {}).filter(([, count]) => count !== 0);
  const text = facts([
    ['run', run.id],
    ['connection', run.connection],
    ['stream', run.stream],
    ['kind', run.kind],
    ['cause', run.cause],
    ['state', run.state],
    ['requested', run.requestedAt],
    ['started', run.startedAt],
    ['ended', run.endedAt],
    ['failure', run.failureCode && `${run.failureCode}: ${run.failureDetail}`],
    ...counts,
  ]);
  return { doc: run, text, ids: [run.id] };
}

async function cancel(session: Session, _options: unknown, [id]: string[]): Promise<Outcome> {
  await session.api.post(`/runs/${encodeURIComponent(id)}/cancel`);
  return { doc: { id, cancelled: true }, text: `run ${id} is cancelled`, ids: [id] };
}
