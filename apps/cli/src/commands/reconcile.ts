import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';
import { awaitRuns, runIds, type RunAnswer } from './await-runs.js';
import { findConnection } from './find-connection.js';
import { wholeNumber } from './list-options.js';

interface ReconcileOptions {
  assert?: boolean;
  show?: boolean;
  connection?: string;
  stream?: string;
  timeout: number;
}
interface Counts {
  matched: number;
  total: number;
  parity: number;
  explained: number;
  unexplained: number;
}
interface Reconciliation extends Counts {
  streams: (Counts & { connection: string; connectionId: string; stream: string; completedAt: string; fresh: boolean })[];
  missing: { connection: string; connectionId: string; stream: string }[];
}

export function addReconcile(program: Command, act: Act): void {
  program
    .command('reconcile')
    .description('compares with fresh reads of the vendors')
    .option('--assert', 'exit 3 unless everything was compared and every difference has an open item')
    .option('--show', 'the last result, without reading anew')
    .option('--connection <name>', 'this one only')
    .option('--stream <name>', 'this stream only')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber, 900)
    .action(act<ReconcileOptions>(reconcile));
}

async function reconcile(session: Session, options: ReconcileOptions): Promise<Outcome> {
  const connection = options.connection === undefined ? undefined : (await findConnection(session.api, options.connection)).id;
  const complete = options.show ? true : await compare(session, options, connection);
  const result = await session.api.get<Reconciliation>('/reconciliation');
  const shown = result.streams.filter(
    (one) =>
      (connection === undefined || one.connectionId === connection) && (options.stream === undefined || one.stream === options.stream),
  );
  const unexplained = shown.reduce((sum, one) => sum + one.unexplained, 0);
  const missing = connection === undefined && options.stream === undefined ? result.missing : [];
  const holds = complete && unexplained === 0 && missing.length === 0;
  const code = options.assert && !holds ? EXIT.gate : complete ? EXIT.ok : EXIT.partial;
  return { doc: { ...result, asserted: options.assert === true ? holds : undefined }, text: textOf(result, shown, missing), ids: [], code };
}

/** False when a stream could not be compared to its end. */
async function compare(session: Session, options: ReconcileOptions, connection: string | undefined): Promise<boolean> {
  const { runs } = await session.api.post<{ runs: RunAnswer[] }>('/reconcile', { connection, stream: options.stream });
  const ended = await awaitRuns(session, runIds(runs), options.timeout);
  return runs.every((run) => run.answer !== 'rejected') && ended.every((run) => run.state === 'done');
}

function textOf(result: Reconciliation, shown: Reconciliation['streams'], missing: Reconciliation['missing']): string {
  const percent = (parity: number): string => `${(parity * 100).toFixed(2)} %`;
  const rows = shown.map((one) => [
    one.connection,
    one.stream,
    one.total,
    one.matched,
    percent(one.parity),
    one.explained,
    one.unexplained,
    one.completedAt,
  ]);
  const never = missing.map((one) => `${one.connection} ${one.stream} was never compared`);
  return [
    table(['connection', 'stream', 'records', 'agree', 'parity', 'explained', 'unexplained', 'compared'], rows, 'nothing was compared yet'),
    ...never,
    `parity ${percent(result.parity)}: ${result.matched} of ${result.total} agree, ${result.explained} differences have an open item, ${result.unexplained} are unexplained`,
  ].join('\n');
}
