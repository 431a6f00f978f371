import { type Command, InvalidArgumentError } from 'commander';
import type { Page, Query } from '../api-client.js';
import type { Outcome, Session } from '../session.js';
import { table } from '../table.js';

export interface ListOptions {
  limit: number;
  all?: boolean;
  cursor?: string;
}
interface Listing<Item> {
  path: string;
  query: Query;
  columns: string[];
  row: (item: Item) => unknown[];
  options: ListOptions;
  none: string;
}

export function withList(command: Command): Command {
  return command
    .option('--limit <n>', 'at most this many', wholeNumber, 50)
    .option('--all', 'all there are')
    .option('--cursor <cursor>', 'go on after a former list (its nextCursor)');
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(text);
}

/** A page as table, as ids or as `{items, nextCursor}`. */
export async function listed<Item extends { id: string }>(
  session: Session,
  { path, query, columns, row, options, none }: Listing<Item>,
): Promise<Outcome> {
  const page: Page<Item> = await session.api.list(path, query, { limit: options.all ? Infinity : options.limit, cursor: options.cursor });
  if (page.nextCursor) session.note(`there are more: --all, or --cursor ${page.nextCursor}`);
  return { doc: page, text: table(columns, page.items.map(row), none), ids: page.items.map(({ id }) => id) };
}
