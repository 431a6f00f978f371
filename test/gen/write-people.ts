import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { csvLineOf, generatePeople, PEOPLE_COLUMNS } from './generate-people.js';

/** Writes generated people as CSV with a header line, as fast as they are taken. The stream stays open. */
export async function writePeople(out: Writable, options: Parameters<typeof generatePeople>[0]): Promise<void> {
  out.write(`${PEOPLE_COLUMNS.join(',')}\n`);
  for (const row of generatePeople(options)) if (!out.write(`${csvLineOf(row)}\n`)) await once(out, 'drain');
}
