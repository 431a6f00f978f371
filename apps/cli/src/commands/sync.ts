import type { Command } from 'commander';
import { EXIT, exitOf } from '../exit-codes.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';
import { awaitRuns, runIds, type Run, type RunAnswer } from './await-runs.js';
import { findConnection, findStream, listConnections } from './find-connection.js';
import { wholeNumber } from './list-options.js';
import { usage } from '../cli-failure.js';

/** A row adds up to what was read; the unusual words are shown where they occur. */
const USUAL = ['read', 'created', 'updated', 'unchanged', 'deleted', 'excluded', 'parked', 'waiting'];
const UNUSUAL = ['conflicting', 'review', 'suppressed', 'repeated'];

interface SyncOptions {
  stream?: string;
  wait?: boolean;
  timeout: number;
}
type Asked = RunAnswer & { connection: string };

export function addSync(program: Command, act: Act): void {
  program
    .command('sync')
    .description('ask for a sync of one connection, or of all; parents before children')
    .argument('[connection]', 'name or id')
    .option('--stream <name>', 'this stream only')
    .option('--wait', 'until the runs have ended')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber, 600)
    .action(act<SyncOptions>(sync));
}

async function sync(session: Session, options: SyncOptions, [wanted]: string[]): Promise<Outcome> {
  const asked = await request(session, wanted, options.stream);
  const runs = options.wait ? await awaitRuns(session, runIds(asked), options.timeout) : [];
  const parts = asked.map((one) => ({ ok: one.answer !== 'rejected' && (!options.wait || endedWell(runs, one)) }));
  return {
    doc: { runs: options.wait ? asked.map((one) => ({ ...one, run: runs.find(({ id }) => id === one.runId) })) : asked },
    text: tableOf(asked, runs),
    ids: runIds(asked),
    code: asked.length === 0 ? EXIT.failure : exitOf(parts),
  };
}

async function request(session: Session, wanted: string | undefined, stream: string | undefined): Promise<Asked[]> {
  if (stream !== undefined && wanted === undefined) throw usage('--stream needs the connection that it belongs to');
  const connections = wanted === undefined ? await listConnections(session.api) : [await findConnection(session.api, wanted)];
  if (stream !== undefined) findStream(connections[0], stream);
  const asked: Asked[] = [];
  for (const { id, name } of connections) {
    const { runs } = await session.api.post<{ runs: RunAnswer[] }>(`/connections/${id}/sync`, { stream });
    asked.push(...runs.map((run) => ({ connection: name, ...run })));
  }
  return asked;
}

function endedWell(runs: Run[], { runId }: RunAnswer): boolean {
  return runs.find(({ id }) => id === runId)?.state === 'done';
}

function tableOf(asked: Asked[], runs: Run[]): string {
  const ended = new Map(runs.map((run) => [run.id, run]));
  const happened = (word: string): boolean => runs.some((run) => (run.totals?.[word] ?? 0) > 0);
  const words = [...USUAL, ...UNUSUAL.filter(happened)];
  const rows = asked.map(({ connection, stream, answer, runId, reason }) => {
    const run = runId === undefined ? undefined : ended.get(runId);
    const shown = run ? words.map((word) => run.totals?.[word] ?? 0) : [];
    return [
      connection,
      stream,
      run?.state ?? answer,
      ...shown,
      ...(shown.length === 0 && runs.length > 0 ? words.map(() => undefined) : []),
      run?.failureDetail ?? reason ?? runId,
    ];
  });
  return table(
    ['connection', 'stream', 'answer', ...(runs.length > 0 ? words : []), runs.length > 0 ? 'note' : 'run'],
    rows,
    'there is no connection to sync',
  );
}
