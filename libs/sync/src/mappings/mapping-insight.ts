import {
  MappingDiffer,
  previewRecords,
  suggestMapping,
  type CompiledMapping,
  type FieldExplanation,
  type InwardContext,
  type MapResult,
  type MappingDiff,
  type MappingPreview,
  type MappingSuggestion,
  type StoredRecord,
} from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import { Refusal, type Actor } from '../actions/actor.js';
import type { Hub } from '../hub.js';
import { inwardContext, loadStreams, type StreamContext } from '../stream-context.js';
import { breathing } from './breathe.js';
import { parseOrRefuse } from './draft-mapping.js';
import { parkedRecords, storedRecords } from './stored-records.js';
import { withLookups } from './with-lookups.js';
import { findVersion } from './tenant-mappings.js';

/** A mapping by its words, or by name and version; without a version the live one. */
export interface MappingChoice {
  text?: string;
  name?: string;
  version?: number;
}

interface Seen {
  mapping: CompiledMapping;
  /** Fields that need no permission to be seen. */
  open: ReadonlySet<string>;
}

/** Runs `work` where nothing can be written. */
export async function reading<Result>(hub: Hub, actor: Actor, work: (tx: TenantTx) => Promise<Result>): Promise<Result> {
  return hub.database.inTenant(actor.tenantId, async (tx) => {
    await tx.query('SET TRANSACTION READ ONLY');
    return work(tx);
  });
}

export async function streamOf(tx: TenantTx, hub: Hub, streamId: string): Promise<StreamContext> {
  const found = (await loadStreams(tx, hub)).all.find((stream) => stream.streamId === streamId);
  if (!found) throw new Refusal(404, 'NOT_FOUND', 'there is no such stream');
  return found;
}

async function chosen(tx: TenantTx, hub: Hub, input: { stream: StreamContext; choice: MappingChoice }): Promise<CompiledMapping> {
  const { stream, choice } = input;
  if (choice.text !== undefined) return refuseOther(parseOrRefuse(choice.text), stream);
  if (choice.version === undefined) return refuseOther(stream.mapping, stream, choice.name);
  const found = await findVersion(tx, hub, { name: choice.name ?? stream.mapping.name, version: choice.version });
  if (!found) throw new Refusal(404, 'NOT_FOUND', `there is no version ${choice.version} of ${choice.name ?? stream.mapping.name}`);
  return refuseOther(found, stream);
}

function refuseOther(mapping: CompiledMapping, stream: StreamContext, name = mapping.name): CompiledMapping {
  if (mapping.connector === stream.connection.connector && mapping.stream === stream.name && name === mapping.name) return mapping;
  throw new Refusal(
    422,
    'OTHER_STREAM',
    `${name} reads ${mapping.connector}.${mapping.stream}, and this stream is ${stream.connection.connector}.${stream.name}`,
  );
}

/**
 * Fields whose values whoever reads mappings may see: public ones that the live mapping reads from the same place. A draft could carry an
 * address into a field that is public.
 */
function openFields(live: CompiledMapping, asked: CompiledMapping): ReadonlySet<string> {
  if (asked.looksUp && asked.digest !== live.digest) return new Set();
  const places = new Map(live.fields.map(({ to, from }) => [to, from]));
  return new Set(asked.fields.filter((field) => field.class === 'public' && places.get(field.to) === field.from).map((field) => field.to));
}

/** What a mapping makes of stored records, problems first: those that are parked come before those that passed. */
export async function previewMapping(
  hub: Hub,
  actor: Actor,
  input: { streamId: string; choice: MappingChoice; limit: number },
): Promise<MappingPreview & Seen> {
  return reading(hub, actor, async (tx) => {
    const stream = await streamOf(tx, hub, input.streamId);
    const mapping = await chosen(tx, hub, { stream, choice: input.choice });
    const records = await parkedRecords(tx, stream.streamId, input.limit);
    for await (const page of storedRecords(tx, stream.streamId, input.limit - records.length)) records.push(...page);
    return {
      mapping,
      open: openFields(stream.mapping, mapping),
      ...previewRecords(mapping, records, await contextFor(hub, stream, { mappings: [mapping], records })),
    };
  });
}

/** What would change with another version, over every stored record. Writes nothing: the transaction could not. */
export async function diffMappings(
  hub: Hub,
  actor: Actor,
  input: { streamId: string; before: MappingChoice; after: MappingChoice; limit?: number },
): Promise<MappingDiff & Seen> {
  return reading(hub, actor, async (tx) => {
    const stream = await streamOf(tx, hub, input.streamId);
    const [before, after] = [
      await chosen(tx, hub, { stream, choice: input.before }),
      await chosen(tx, hub, { stream, choice: input.after }),
    ];
    const differ = new MappingDiffer(before, after);
    const breathe = breathing();
    const compare = async (records: StoredRecord[]): Promise<void> => {
      const context = await contextFor(hub, stream, { mappings: [before, after], records });
      for (const record of records) {
        differ.add(record, context);
        await breathe();
      }
    };
    for await (const page of storedRecords(tx, stream.streamId, input.limit)) await compare(page);
    await compare(await parkedRecords(tx, stream.streamId, 10_000));
    const open = openFields(stream.mapping, before);
    return { mapping: after, open: new Set([...openFields(stream.mapping, after)].filter((field) => open.has(field))), ...differ.result() };
  });
}

/** Step by step, what a mapping makes of one record. */
export async function explainMapping(
  hub: Hub,
  actor: Actor,
  input: { streamId: string; choice: MappingChoice; externalId?: string; payload?: unknown },
): Promise<Seen & { fields: FieldExplanation[]; result: MapResult }> {
  return reading(hub, actor, async (tx) => {
    const stream = await streamOf(tx, hub, input.streamId);
    const mapping = await chosen(tx, hub, { stream, choice: input.choice });
    const payload = input.payload ?? (await payloadOf(tx, stream, input.externalId ?? ''));
    const context = await contextFor(hub, stream, { mappings: [mapping], records: [{ payload }] });
    const open = openFields(stream.mapping, mapping);
    return { mapping, open, fields: mapping.explain(payload, context), result: mapping.toCanonical(payload, context) };
  });
}

async function contextFor(
  hub: Hub,
  stream: StreamContext,
  input: { mappings: CompiledMapping[]; records: { payload: unknown }[] },
): Promise<InwardContext> {
  const looking = input.mappings.filter((mapping) => mapping.looksUp);
  const payloads = input.records.map((record) => record.payload);
  const contexts: StreamContext[] = [];
  for (const mapping of looking) contexts.push(await withLookups(hub, { ...stream, mapping }, payloads));
  const lookup: InwardContext['lookup'] = (name, id) =>
    contexts.map((one) => one.lookup?.(name, id)).find((payload) => payload !== undefined);
  return { ...inwardContext(stream, hub.now()), lookup };
}

async function payloadOf(tx: TenantTx, stream: StreamContext, externalId: string): Promise<unknown> {
  const [row] = await tx.query<{ payload: string }>(
    `SELECT payload FROM raw WHERE stream_id = $1 AND external_id = $2 AND NOT deleted ORDER BY fetch_seq DESC LIMIT 1`,
    [stream.streamId, externalId],
  );
  if (!row) throw new Refusal(404, 'NOT_FOUND', 'nothing of this record is stored; send it as payload');
  return JSON.parse(row.payload) as unknown;
}

/** Rules that stored records of a stream would suggest to somebody who writes its mapping; never applied by itself. */
export async function suggestFor(hub: Hub, actor: Actor, input: { streamId: string; limit: number }): Promise<MappingSuggestion> {
  return reading(hub, actor, async (tx) => {
    const stream = await streamOf(tx, hub, input.streamId);
    const records = await parkedRecords(tx, stream.streamId, input.limit);
    for await (const page of storedRecords(tx, stream.streamId, input.limit - records.length)) records.push(...page);
    const { connector } = stream.connection;
    return suggestMapping(
      records.map((record) => record.payload),
      { connector, stream: stream.name, into: stream.object },
    );
  });
}
