import type { CanonicalValues } from '#hub/canonical';
import type { Node, PairDecision, Person } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import { PERSON_VALUES } from './find-edges.js';
import { loadDecisions } from './recluster.js';

/** A candidate's record and where it is now. */
export type Somebody = Person & Node & { clusterId: string };

/** Every candidate's record of the tenant. */
export async function loadEverybody(tx: TenantTx): Promise<Somebody[]> {
  return tx.query<Somebody & { values: CanonicalValues }>(
    `SELECT s.id AS "recordId", s.stream_id || ':' || s.external_id AS order, s.connection_id AS "connectionId", c.system_of_record AS "systemOfRecord", s.deleted_at IS NULL AS live,
       m.cluster_id AS "clusterId", ${PERSON_VALUES} AS values FROM source_record s JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id
     JOIN cluster_member m ON m.tenant_id = s.tenant_id AND m.record_id = s.id AND m.valid_to IS NULL WHERE s.object = 'candidate'`,
  );
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
