import type { Command } from 'commander';
import { usage } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';
import { awaitRuns, runIds, type RunAnswer } from './await-runs.js';
import { findConnection } from './find-connection.js';
import { wholeNumber } from './list-options.js';

interface ReconcileOptions {
  assert?: boolean;
  show?: boolean;
  wait?: boolean;
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
    .option('--wait', 'until the comparison has ended; this is so without saying it, too')
    .option('--connection <name>', 'this one only')
    .option('--stream <name>', 'this stream only')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber, 900)
    .action(act<ReconcileOptions>(reconcile));
}

async function reconcile(session: Session, options: ReconcileOptions): Promise<Outcome> {
  const connection = options.connection === undefined ? undefined : (await findConnection(session.api, options.connection)).id;
  if (options.show && options.wait) throw usage('--show reads nothing anew: there is nothing to wait for');
  const complete = options.show ? true : await compare(session, options, connection);
  const result = await session.api.get<Reconciliation>('/reconciliation');
  const asked = only(result, connection, options.stream);
  // What changed since the last comparison is proven by a new one only.
  const stale = options.show ? asked.streams.filter((one) => !one.fresh) : [];
  const holds = complete && asked.streams.length > 0 && asked.unexplained === 0 && asked.missing.length === 0 && stale.length === 0;
  const code = options.assert && !holds ? EXIT.gate : complete ? EXIT.ok : EXIT.partial;
  return { doc: { ...asked, asserted: options.assert === true ? holds : undefined }, text: textOf(asked, stale), ids: [], code };
}

/** The part that was asked for, with its own sums. */
function only(result: Reconciliation, connection: string | undefined, stream: string | undefined): Reconciliation {
  const wanted = (one: { connectionId: string; stream: string }): boolean =>
    (connection === undefined || one.connectionId === connection) && (stream === undefined || one.stream === stream);
  const streams = result.streams.filter(wanted);
  const sum = (word: 'matched' | 'total' | 'explained' | 'unexplained'): number => streams.reduce((all, one) => all + one[word], 0);
  const [matched, total] = [sum('matched'), sum('total')];
  return {
    matched,
    total,
    parity: total === 0 ? 1 : matched / total,
    explained: sum('explained'),
    unexplained: sum('unexplained'),
    streams,
    missing: result.missing.filter(wanted),
  };
}

/** False when a stream could not be compared to its end. */
async function compare(session: Session, options: ReconcileOptions, connection: string | undefined): Promise<boolean> {
  const { runs } = await session.api.post<{ runs: RunAnswer[] }>('/reconcile', { connection, stream: options.stream });
  const ended = await awaitRuns(session, runIds(runs), options.timeout);
  return runs.every((run) => run.answer !== 'rejected') && ended.every((run) => run.state === 'done');
}

function textOf(result: Reconciliation, stale: Reconciliation['streams']): string {
  const percent = (parity: number): string => `${(parity * 100).toFixed(2)} %`;
  const rows = result.streams.map((one) => [
    one.connection,
    one.stream,
    one.total,
    one.matched,
    percent(one.parity),
    one.explained,
    one.unexplained,
    one.completedAt,
  ]);
  const never = result.missing.map((one) => `${one.connection} ${one.stream} was never compared`);
  const since = stale.map((one) => `${one.connection} ${one.stream} has changed since it was compared`);
  return [
    table(['connection', 'stream', 'records', 'agree', 'parity', 'explained', 'unexplained', 'compared'], rows, 'nothing was compared yet'),
    ...never,
    ...since,
    `parity ${percent(result.parity)}: ${result.matched} of ${result.total} agree, ${result.explained} differences have an open item, ${result.unexplained} are unexplained`,
  ].join('\n');
}
