import { randomUUID } from 'node:crypto';
import { pairKey, type Verdict } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import type { WantedRun } from '../inward/batch-work.js';
import { lockObject } from '../inward/apply-batch.js';
import { remergeClusters } from '../inward/merge-clusters.js';
import type { Hub } from '../hub.js';
import { requestPersonsRuns, type RunAnswer, type RunKind } from '../runs/request-run.js';
import { loadStreams } from '../stream-context.js';
import { askPeople } from './ask-people.js';
import { peopleModel } from './people-model.js';
import { recluster, type Cause } from './recluster.js';

export interface PairVerdict {
  one: string;
  other: string;
  verdict: Verdict;
}
/** What a person does to who is who: one operation, whatever number of pairs it decides, undone as one. */
export interface Operation {
  verdicts: PairVerdict[];
  cause: string;
  reason: string;
  actorId: string;
  undoOf?: string;
}
export interface Operated {
  operationId: string;
  /** Clusters that gained or lost a record. */
  clusters: string[];
  runs: { kind: RunKind; answer: RunAnswer }[];
}

/** Adds decisions, never changing one, and lets clusters, golden values and plans follow from them. */
export async function decidePeople(tx: TenantTx, hub: Hub, operation: Operation): Promise<Operated> {
  await lockObject(tx, 'candidate');
  const operationId = randomUUID();
  await storeDecisions(tx, { operationId, operation });
  const touched = new Set(operation.verdicts.flatMap(({ one, other }) => [one, other]));
  const { reason, actorId, undoOf } = operation;
  const cause = { cause: operation.cause, causeId: operationId, reason, actorId, undoOf };
  return { operationId, ...(await regroup(tx, hub, { touched, cause })) };
}

/** Groups these records and all that hangs on them anew, and writes what follows from it. The caller holds the lock. */
export async function regroup(
  tx: TenantTx,
  hub: Hub,
  { touched, cause }: { touched: Iterable<string>; cause: Cause },
): Promise<Omit<Operated, 'operationId'>> {
  const ids = [...touched];
  const model = await peopleModel(tx, hub);
  const regrouped = await recluster(tx, { touched: ids, arrivals: [], model, cause });
  await askPeople(tx, regrouped.looked, regrouped.doubts);
  const wanted: WantedRun[] = [];
  const around = await tx.query<{ id: string }>(
    `SELECT DISTINCT cluster_id AS id FROM cluster_member WHERE record_id = ANY ($1) AND valid_to IS NULL`,
    [ids],
  );
  const clusters = [...new Set([...regrouped.changed, ...around.map((row) => row.id)])];
  await remergeClusters({ tx, hub, streams: await loadStreams(tx, hub), now: hub.now(), wanted, held: () => undefined }, clusters);
  return { clusters: [...regrouped.changed], runs: await requestPersonsRuns(tx, wanted) };
}

interface Before {
  pair: string;
  id: string;
}

async function storeDecisions(tx: TenantTx, { operationId, operation }: { operationId: string; operation: Operation }): Promise<void> {
  const pairs = operation.verdicts.map(({ one, other, verdict }) => ({
    a: one < other ? one : other,
    b: one < other ? other : one,
    verdict,
  }));
  const before = await tx.query<Before>(
    `SELECT DISTINCT ON (d.record_a, d.record_b) d.record_a || ':' || d.record_b AS pair, d.id FROM unnest($1::uuid[], $2::uuid[]) AS asked (a, b)
     JOIN decision d ON d.record_a = asked.a AND d.record_b = asked.b ORDER BY d.record_a, d.record_b, d.decided_at DESC, d.id`,
    [pairs.map(({ a }) => a), pairs.map(({ b }) => b)],
  );
  const known = new Map(before.map((row) => [row.pair, row.id]));
  for (const { a, b, verdict } of pairs)
    await tx.query(
      `INSERT INTO decision (tenant_id, id, record_a, record_b, verdict, actor, actor_id, reason, evidence, model_version, supersedes, event_id)
       SELECT $1, $2, $3, $4, $5, 'human', $6, $7, coalesce((SELECT jsonb_build_object('vector', e.vector, 'weight', e.weight, 'weights', e.weights) FROM edge e WHERE e.record_a = $3 AND e.record_b = $4), '{}'),
         (SELECT e.model_version FROM edge e WHERE e.record_a = $3 AND e.record_b = $4), $8, $9`,
      [tx.tenantId, randomUUID(), a, b, verdict, operation.actorId, operation.reason, known.get(pairKey(a, b)) ?? null, operationId],
    );
}
