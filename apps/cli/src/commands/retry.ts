import type { Command } from 'commander';
import { usage } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';
import { awaitRuns } from './await-runs.js';
import { eachItem, type ErrorItem } from './errors.js';
import { wholeNumber } from './list-options.js';

interface RetryOptions {
  group?: string;
  all?: boolean;
  mode: string;
  wait?: boolean;
  timeout: number;
}
const MODES = ['fresh', 'as-it-was', 'current-mapping'];
const WAITING = ['retrying', 'awaiting_proof'];

export function addRetry(program: Command, act: Act): void {
  program
    .command('retry')
    .description('tries items of the error queue again')
    .argument('[id...]', 'items')
    .option('--group <id>', 'all live items of one cause')
    .option('--all', 'all live items')
    .option('--mode <mode>', 'fresh reads the record again; as-it-was and current-mapping take what is stored', 'fresh')
    .option('--wait', 'until each is resolved or open again')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber, 300)
    .action(act<RetryOptions>(retry));
}

async function retry(session: Session, options: RetryOptions, given: string[]): Promise<Outcome> {
  if (!MODES.includes(options.mode)) throw usage(`--mode must be ${MODES.join(', ')}`);
  const ids = await itemsOf(session, options, given);
  const asked = await eachItem(ids, 'is being retried', (id) =>
    session.api.post(`/errors/${encodeURIComponent(id)}/retry`, { mode: options.mode }),
  );
  return options.wait ? settled(session, asked, options.timeout) : asked;
}

async function itemsOf(session: Session, { group, all }: RetryOptions, given: string[]): Promise<string[]> {
  if ([given.length > 0, group !== undefined, all === true].filter(Boolean).length !== 1) throw usage('say items, --group or --all');
  if (given.length > 0) return given;
  const { items } = await session.api.list<ErrorItem>('/errors', { state: 'live', group }, { limit: Infinity });
  return items.filter((item) => ['open', 'assigned', 'snoozed'].includes(item.state)).map(({ id }) => id);
}

/** Each item ends where proof has brought it: resolved, or open again. */
async function settled(session: Session, asked: Outcome, timeoutSeconds: number): Promise<Outcome> {
  const { items } = asked.doc as { items: { id: string; answer?: { runId: string } }[] };
  await awaitRuns(
    session,
    items.flatMap(({ answer }) => answer?.runId ?? []),
    timeoutSeconds,
  );
  const end = Date.now() + timeoutSeconds * 1_000;
  for (;;) {
    const now = await Promise.all((asked.ids ?? []).map((id) => session.api.get<ErrorItem>(`/errors/${id}`)));
    if (now.every((item) => !WAITING.includes(item.state)) || Date.now() > end) {
      const resolved = now.filter((item) => item.state === 'resolved').length;
      const text = table(
        ['item', 'state', 'by', 'what is wrong'],
        now.map((item) => [item.id, item.state, item.resolution, item.state === 'resolved' ? '' : item.message]),
      );
      const code = resolved === items.length ? EXIT.ok : resolved === 0 ? EXIT.failure : EXIT.partial;
      return { doc: { items: now }, text, ids: now.map(({ id }) => id), code };
    }
    await session.io.sleep(500);
  }
}
