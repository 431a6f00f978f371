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
import { formerNeighbours, matchAnew } from './find-edges.js';
import { peopleModel } from './people-model.js';
import { restoreClaims } from './restore-claims.js';
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
  if (undoOf === undefined) return { operationId, ...(await regroup(tx, hub, { touched, cause })) };
  for (const id of await matchApart(tx, hub, [...touched])) touched.add(id);
  const operated = { operationId, ...(await regroup(tx, hub, { touched, cause })) };
  await dropIdleClaims(tx, [...touched]);
  return operated;
}

/**
 * What is undone must not hold by what it wrote: the records are matched by what each said before they came together. Answers everybody
 * whose pairs may have changed.
 */
async function matchApart(tx: TenantTx, hub: Hub, recordIds: string[]): Promise<Set<string>> {
  const rows = await tx.query<{ recordId: string; clusterId: string; former: string }>(
    `SELECT m.record_id AS "recordId", m.cluster_id AS "clusterId",
       coalesce((SELECT f.cluster_id FROM cluster_member f WHERE f.record_id = m.record_id AND f.valid_to = m.valid_from LIMIT 1), m.cluster_id) AS former
     FROM cluster_member m WHERE m.valid_to IS NULL AND m.cluster_id IN (SELECT cluster_id FROM cluster_member WHERE record_id = ANY ($1) AND valid_to IS NULL)`,
    [recordIds],
  );
  const groups = new Map<string, typeof rows>();
  for (const row of rows) groups.set(row.former, [...(groups.get(row.former) ?? []), row]);
  if (groups.size < 2) return new Set();
  await restoreClaims(tx, [...groups.values()]);
  const ids = rows.map(({ recordId }) => recordId);
  return matchAnew(tx, hub, { ids, neighbours: await formerNeighbours(tx, ids) });
}

/** Records that stay together, since more than the undone operation says so, have nothing to give back. */
async function dropIdleClaims(tx: TenantTx, recordIds: string[]): Promise<void> {
  await tx.query(
    `DELETE FROM restored_claim r WHERE r.record_id = ANY ($1) AND r.created_at = now() AND r.released_at IS NULL
       AND EXISTS (SELECT FROM cluster_member m WHERE m.record_id = r.record_id AND m.valid_to IS NULL AND m.valid_from < now())
       AND NOT EXISTS (SELECT FROM cluster_member m JOIN cluster_member gone ON gone.cluster_id = m.cluster_id WHERE m.record_id = r.record_id AND m.valid_to IS NULL AND gone.valid_to >= now())`,
    [recordIds],
  );
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
