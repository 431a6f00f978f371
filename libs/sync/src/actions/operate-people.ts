import type { CanonicalValues } from '#hub/canonical';
import { pairKey } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { decidePeople, type Operated, type Operation, type PairVerdict } from '../identity/decide-people.js';
import { loadDecisions } from '../identity/people-nodes.js';
import { differingFields } from '../identity/review-holds.js';
import { audit, Refusal, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';
import { Previewed } from './previewed.js';

/** One record of the result, and what will be written to which system because of it. */
export interface PeopleOutcome {
  operationId: string;
  preview: boolean;
  clusters: ClusterOutcome[];
  writes: PlannedWrite[];
}
export interface ClusterOutcome {
  id: string;
  ref: string | null;
  values: CanonicalValues;
  /** Where every value comes from. */
  sources: { recordId: string; connection: string; externalId: string }[];
  /** What the record was called before; empty when it is new. */
  before: CanonicalValues;
  /** Fields that are not what they were. */
  changed: string[];
  redirected: string[];
}
export interface PlannedWrite {
  connection: string;
  externalId: string | null;
  operation: string;
  fields: string[];
  values: CanonicalValues;
  before: CanonicalValues;
  state: string;
}
export interface Asked {
  reason: string;
  preview?: boolean;
}

type Plan = Pick<Operation, 'verdicts' | 'cause' | 'undoOf'> & {
  /** What else is done, once the records are where they belong; answers runs to start. */
  also?: (operated: Operated) => Promise<Operated['runs']>;
};

/** One act about who is who: planned, done and audited in one transaction, or, as a preview, done and taken back. */
export async function operate(
  hub: Hub,
  actor: Actor,
  { reason, preview = false }: Asked,
  plan: (tx: TenantTx) => Promise<Plan>,
): Promise<PeopleOutcome> {
  try {
    const work = async (tx: TenantTx) => {
      const { also, ...planned } = await plan(tx);
      await refuseContradiction(tx, planned);
      const before = await goldenBefore(tx, planned.verdicts);
      const operated = await decidePeople(tx, hub, { ...planned, reason, actorId: actor.id });
      const more = (await also?.(operated)) ?? [];
      const done = await outcomeOf(tx, { operated, before, preview });
      if (preview) throw new Previewed(done);
      await audit(tx, actor, {
        action: `identity.${planned.cause}`,
        subject: { kind: 'operation', id: operated.operationId },
        after: { reason, pairs: planned.verdicts.length, clusters: operated.clusters },
      });
      return { outcome: done, runs: [...operated.runs, ...more] };
    };
    const { outcome, runs } = await hub.database.inTenant(actor.tenantId, work, { fewRows: true });
    await dispatchSoon(hub, actor.tenantId, runs);
    return outcome;
  } catch (failure) {
    if (failure instanceof Previewed) return failure.outcome as PeopleOutcome;
    throw failure;
  }
}

/** A `different` is never overruled in passing: whoever wants to must undo it. An undo may, for the pairs that it takes back. */
async function refuseContradiction(tx: TenantTx, { verdicts, undoOf }: Pick<Operation, 'verdicts' | 'undoOf'>): Promise<void> {
  const ids = [...new Set(verdicts.filter(({ verdict }) => verdict === 'same').flatMap(({ one, other }) => [one, other]))];
  if (ids.length === 0) return;
  const taken = new Set(undoOf === undefined ? [] : verdicts.map(({ one, other }) => pairKey(one, other)));
  const found = (await loadDecisions(tx, ids)).find(
    ({ a, b, verdict }) => verdict === 'different' && ids.includes(a) && ids.includes(b) && !taken.has(pairKey(a, b)),
  );
  if (found)
    throw new Refusal(
      409,
      'TOLD_APART',
      `records ${found.a} and ${found.b} were told apart; undo that decision first, or leave them apart`,
    );
}

async function goldenBefore(tx: TenantTx, verdicts: PairVerdict[]): Promise<Map<string, CanonicalValues>> {
  const ids = [...new Set(verdicts.flatMap(({ one, other }) => [one, other]))];
  const rows = await tx.query<{ id: string; values: CanonicalValues }>(
    `SELECT c.id, c.values FROM cluster c WHERE c.id IN (SELECT cluster_id FROM cluster_member WHERE record_id = ANY ($1) AND valid_to IS NULL)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.values]));
}

async function outcomeOf(
  tx: TenantTx,
  { operated, before, preview }: { operated: Operated; before: Map<string, CanonicalValues>; preview: boolean },
): Promise<PeopleOutcome> {
  const clusters = await tx.query<Omit<ClusterOutcome, 'before' | 'changed'>>(
    `SELECT c.id, c.ref, c.values, (SELECT jsonb_agg(jsonb_build_object('recordId', s.id, 'connection', n.name, 'externalId', s.external_id) ORDER BY s.created_at, s.id) FROM cluster_member m
         JOIN source_record s ON s.id = m.record_id JOIN connection n ON n.id = s.connection_id WHERE m.cluster_id = c.id AND m.valid_to IS NULL) AS sources,
       array(SELECT o.ref FROM cluster_redirect r JOIN cluster o ON o.id = r.old_id WHERE r.new_id = c.id AND o.ref IS NOT NULL ORDER BY 1) AS redirected
     FROM cluster c WHERE c.id = ANY ($1) ORDER BY c.created_at, c.id`,
    [operated.clusters],
  );
  const writes = await tx.query<PlannedWrite>(
    `SELECT n.name AS connection, o.external_id AS "externalId", o.operation, o.fields, o.intended AS values, o.state,
       coalesce((SELECT jsonb_object_agg(f, s.values -> f) FROM source_record s, unnest(o.fields) f WHERE s.id = o.record_id AND s.values ? f), '{}') AS before
     FROM outbox o JOIN connection n ON n.id = o.connection_id WHERE o.cluster_id = ANY ($1) AND o.state IN ('pending', 'held') ORDER BY n.name, o.external_id`,
    [operated.clusters],
  );
  return {
    operationId: operated.operationId,
    preview,
    clusters: clusters.map((cluster) => {
      const was = before.get(cluster.id) ?? {};
      return { ...cluster, before: was, changed: differingFields(was, cluster.values) };
    }),
    writes,
  };
}
