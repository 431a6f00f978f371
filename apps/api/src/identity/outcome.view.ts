import { Flag, Id, Json, Many, Text } from '../described.js';
import type { Actor, Hub, PeopleOutcome } from '#hub/sync';
import { maskValues, sightOf, type Sight } from '../records/mask.js';
import { auditReveal, mayReveal, type RevealQuery } from '../records/reveal.js';

export class OutcomeSourceView {
  @Id() recordId: string;
  @Text() connection: string;
  @Text() externalId: string;
}
export class ClusterOutcomeView {
  @Id() id: string;
  @Text({ nullable: true }) ref: string | null;
  @Json({ description: 'golden values afterwards; personal ones are masked unless revealed' }) values: Record<string, unknown>;
  @Json({ description: 'golden values before; empty for a record that is new' }) before: Record<string, unknown>;
  @Text({ list: true, description: 'fields that are not what they were' }) changed: string[];
  @Many(OutcomeSourceView) sources: OutcomeSourceView[];
  @Text({ list: true, description: 'reference numbers that lead here from now on' }) redirected: string[];
}
export class PlannedWriteView {
  @Text() connection: string;
  @Text({ nullable: true }) externalId: string | null;
  @Text({ enum: ['create', 'update', 'remove', 'merge'] }) operation: string;
  @Text({ list: true }) fields: string[];
  @Json({ description: 'what will be written' }) values: Record<string, unknown>;
  @Json({ description: 'what is there now' }) before: Record<string, unknown>;
  @Text({ enum: ['pending', 'held'], description: 'held: the connection does not allow this effect by itself' }) state: string;
}
export class PeopleOutcomeView {
  @Id({ description: 'undo takes back the whole operation' }) operationId: string;
  @Flag({ description: 'true: nothing was done' }) preview: boolean;
  @Many(ClusterOutcomeView) clusters: ClusterOutcomeView[];
  @Many(PlannedWriteView) writes: PlannedWriteView[];
}

export function outcomeView(outcome: PeopleOutcome, sight: Sight): PeopleOutcomeView {
  const masked = (values: PeopleOutcome['clusters'][number]['values']) => maskValues(sight, 'candidate', values);
  return {
    ...outcome,
    clusters: outcome.clusters.map((cluster) => ({ ...cluster, values: masked(cluster.values), before: masked(cluster.before) })),
    writes: outcome.writes.map((write) => ({ ...write, values: masked(write.values), before: masked(write.before) })),
  };
}

/** Does it, and shows what it did as far as whoever asks may see. */
export async function answerOutcome(
  hub: Hub,
  actor: Actor,
  { query, work }: { query: RevealQuery; work: () => Promise<PeopleOutcome> },
): Promise<PeopleOutcomeView> {
  const reveal = mayReveal(actor, query);
  const outcome = await work();
  return hub.database.inTenant(actor.tenantId, async (tx) => {
    if (reveal) await auditReveal(tx, actor, { kind: 'operation', id: outcome.operationId });
    return outcomeView(outcome, await sightOf(tx, hub, reveal));
  });
}
