import type { PairDecision } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import { loadDecisions, loadNodes, type PersonNode } from './people-nodes.js';

/** A candidate's record and where it is now. */
export type Somebody = PersonNode & { clusterId: string };

/** Every candidate's record of the tenant. */
export async function loadEverybody(tx: TenantTx): Promise<Somebody[]> {
  const ids = await tx.query<{ id: string }>(`SELECT id FROM source_record WHERE object = 'candidate'`);
  const nodes = await loadNodes(
    tx,
    ids.map((row) => row.id),
  );
  return nodes.filter((node): node is Somebody => node.clusterId !== undefined);
}

/** Every pair that was ever decided, as it stands. */
export async function loadEveryDecision(tx: TenantTx, actor?: 'human'): Promise<PairDecision[]> {
  const pairs = await tx.query<{ id: string }>(`SELECT DISTINCT record_a AS id FROM decision WHERE $1::text IS NULL OR actor = $1`, [
    actor ?? null,
  ]);
  return pairs.length === 0
    ? []
    : loadDecisions(
        tx,
        pairs.map((row) => row.id),
      );
}
