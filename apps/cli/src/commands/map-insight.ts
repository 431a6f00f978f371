import type { Command } from 'commander';
import { mappingSchemaText, suggestMapping, type MappingDiff, type MappingSuggestion, type SuggestedRule } from '#hub/mapping';
import { OBJECT_NAMES, type ObjectName } from '#hub/canonical';
import { usage } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';
import { findConnection, findStream } from './find-connection.js';
import { wholeNumber } from './list-options.js';
import { choiceOf, fileText, nameAndVersion } from './map-file.js';

const STREAM = 'connection/stream, such as "Ashby sandbox/candidates"';

export function addMapInsight(map: Command, act: Act): void {
  map
    .command('preview')
    .argument('[mapping]', 'a file, a name or name@version; the live one where it is not said')
    .requiredOption('--stream <stream>', STREAM)
    .option('--limit <n>', 'how many stored records', wholeNumber, 20)
    .option('--reveal', 'show personal values; audited')
    .description('what a mapping makes of stored records, problems first; nothing is written')
    .action(act<PreviewOptions>(preview));
  map
    .command('diff')
    .argument('<before>', 'a file or name@version')
    .argument('<after>', 'a file or name@version')
    .requiredOption('--stream <stream>', STREAM)
    .option('--reveal', 'show personal samples; audited')
    .description('what would change over every stored record; nothing is written')
    .action(act<StreamOptions>(diff));
  map
    .command('suggest')
    .argument('[sample...]', 'records as the vendor sends them, JSON files; needs no server')
    .option('--stream <stream>', `instead of samples: ${STREAM}`)
    .option('--into <object>', `canonical object of the samples: ${OBJECT_NAMES.join(', ')}`, 'candidate')
    .description('rules that samples suggest, with confidence; never applied by themselves')
    .action(act<SuggestOptions>(suggest));
  map
    .command('replay')
    .argument('<name@version>', 'the live version')
    .requiredOption('--stream <stream>', STREAM)
    .option('--confirm-outward', 'let writes that follow from it go out; without it such records stay as they are')
    .description('map every stored record anew')
    .action(act<StreamOptions & { confirmOutward?: boolean }>(replay));
  map.command('schema').description('JSON Schema (draft-07) of mapping files, for editors; needs no server').action(act(schema));
}

interface StreamOptions {
  stream: string;
  reveal?: boolean;
}
interface PreviewOptions extends StreamOptions {
  limit: number;
}
interface SuggestOptions {
  stream?: string;
  into: string;
}

async function streamId(session: Session, wanted: string): Promise<string> {
  const cut = wanted.lastIndexOf('/');
  if (cut < 0) throw usage(`"${wanted}" names no stream: write connection/stream`);
  return findStream(await findConnection(session.api, wanted.slice(0, cut)), wanted.slice(cut + 1)).id;
}

interface Preview {
  mapping: string;
  records: { externalId: string; outcome: string; failures: { message: string; code: string }[]; values: Record<string, unknown> }[];
  outcomes: Record<string, number>;
  coverage: Record<string, number>;
}

async function preview(session: Session, { stream, limit, reveal }: PreviewOptions, [wanted]: string[]): Promise<Outcome> {
  const doc = await session.api.post<Preview>('/mapping/preview', {
    ...choiceOf(wanted),
    streamId: await streamId(session, stream),
    limit,
    reveal,
  });
  const rows = doc.records.map((record) => [
    record.externalId,
    record.outcome,
    record.failures.map(({ message, code }) => `${message} (${code})`).join('; ') || JSON.stringify(record.values),
  ]);
  const filled = Object.entries(doc.coverage).map(([field, share]) => [field, `${share} %`]);
  return {
    doc,
    text: `${table(['record', 'outcome', 'what'], rows)}\n\n${table(['field', 'filled'], filled)}`,
    code: doc.outcomes.refused > 0 ? EXIT.failure : EXIT.ok,
  };
}

async function diff(session: Session, { stream, reveal }: StreamOptions, [before, after]: string[]): Promise<Outcome> {
  const body = { streamId: await streamId(session, stream), before: choiceOf(before), after: choiceOf(after), reveal };
  const doc = await session.api.post<MappingDiff>('/mapping/diff', body);
  const rows = Object.entries(doc.fields).map(([field, { added, removed, changed, samples }]) => [
    field,
    added,
    removed,
    changed,
    samples
      .map((sample) => `${sample.externalId}: ${JSON.stringify(sample.before ?? null)} → ${JSON.stringify(sample.after ?? null)}`)
      .join('; '),
  ]);
  const moved = Object.entries(doc.outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  const head = `${doc.records} stored records, ${doc.unchanged} unchanged${moved.length > 0 ? `; ${moved.join(', ')}` : ''}; nothing was written`;
  return { doc, text: rows.length > 0 ? `${head}\n\n${table(['field', 'added', 'removed', 'changed', 'samples'], rows)}` : head };
}

async function suggest(session: Session, { stream, into }: SuggestOptions, files: string[]): Promise<Outcome> {
  const doc =
    stream === undefined
      ? fromSamples(files, into)
      : await session.api.post<MappingSuggestion>('/mapping/suggest', { streamId: await streamId(session, stream) });
  const rows = doc.rules.map((rule: SuggestedRule) => [
    rule.to,
    rule.from,
    rule.as,
    `${Math.round(rule.confidence * 100)} %`,
    rule.reasons.join('; '),
  ]);
  return { doc, text: `${table(['field', 'from', 'as', 'confidence', 'because'], rows)}\n\n${doc.yaml}` };
}

function fromSamples(files: string[], into: string): MappingSuggestion {
  if (files.length === 0) throw usage('give sample files, or --stream');
  if (!(OBJECT_NAMES as readonly string[]).includes(into)) throw usage(`--into must be one of ${OBJECT_NAMES.join(', ')}`);
  const records = files.flatMap((file) => {
    const sample = parsed(file);
    return Array.isArray(sample) ? (sample as unknown[]) : [sample];
  });
  return suggestMapping(records, { connector: 'vendor', stream: `${into}s`, into: into as ObjectName });
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(fileText(file));
  } catch (error) {
    throw error instanceof SyntaxError ? usage(`${file} is not JSON: ${error.message}`) : error;
  }
}

async function replay(
  session: Session,
  { stream, confirmOutward }: StreamOptions & { confirmOutward?: boolean },
  [wanted]: string[],
): Promise<Outcome> {
  const { version } = nameAndVersion(wanted);
  const id = await streamId(session, stream);
  await session.confirm(
    `map every stored record of ${stream} anew with ${wanted}${confirmOutward ? ', and write what follows from it outward' : ''}`,
  );
  const doc = await session.api.post<{ runId: string; records: number }>('/mapping/replay', {
    streamId: id,
    version,
    confirmOutward: confirmOutward === true,
  });
  return { doc, text: `${doc.records} records are being mapped anew; follow run ${doc.runId}`, ids: [doc.runId] };
}

function schema(): Promise<Outcome> {
  const text = mappingSchemaText();
  return Promise.resolve({ doc: JSON.parse(text) as unknown, text });
}
