import type { Command } from 'commander';
import type { Outcome, Session } from '../session.js';
import { table } from '../table.js';

/** What an act did, or would do: records, and what is written to which system. */
export interface PeopleOutcome {
  operationId: string;
  preview: boolean;
  clusters: {
    id: string;
    ref: string | null;
    values: Record<string, unknown>;
    before: Record<string, unknown>;
    changed: string[];
    sources: object[];
  }[];
  writes: {
    connection: string;
    externalId: string | null;
    operation: string;
    values: Record<string, unknown>;
    before: Record<string, unknown>;
    state: string;
  }[];
}
export interface ActOptions {
  reason: string;
  preview?: boolean;
  reveal?: boolean;
}

/** The options of every act about who is who. */
export function doing(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why; it stays with the decision')
    .option('--preview', 'say what would happen, and do nothing')
    .option('--reveal', 'show personal values; the look is audited');
}

/** Does it, and says what became of it. */
export async function acted(session: Session, path: string, { reveal, body }: { reveal?: boolean; body: object }): Promise<Outcome> {
  const outcome = await session.api.post<PeopleOutcome>(reveal ? `${path}?reveal=true` : path, body);
  return { doc: outcome, text: outcomeText(outcome), ids: [outcome.operationId] };
}

export function outcomeText({ preview, operationId, clusters, writes }: PeopleOutcome): string {
  const records = clusters.flatMap(({ id, ref, values, before, changed, sources }) =>
    (changed.length === 0 ? ['-'] : changed).map((field) => [ref ?? id, sources.length, field, before[field], values[field]]),
  );
  const written = writes.flatMap((write) =>
    Object.keys(write.values).map((field) => [
      write.connection,
      write.externalId ?? write.operation,
      field,
      write.before[field],
      write.values[field],
      write.state,
    ]),
  );
  return [
    preview ? 'would become (nothing was done):' : 'became:',
    table(['record', 'sources', 'field', 'before', 'after'], records, 'no cluster changes'),
    table(['written to', 'record', 'field', 'there now', 'will be', 'state'], written, 'nothing is written to any system'),
    preview ? '' : `undo with: tributary identity undo ${operationId} --reason …`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
