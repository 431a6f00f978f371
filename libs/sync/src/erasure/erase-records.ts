import { tenantMatchKey } from '#hub/governance';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { regroup } from '../identity/decide-people.js';
import { findEdges, formerNeighbours } from '../identity/find-edges.js';
import { peopleModel } from '../identity/people-model.js';
import { lockObject } from '../inward/apply-batch.js';
import type { RunAnswer, RunKind } from '../runs/request-run.js';
import { deletePerson, type ErasureCounts } from './delete-person.js';
import { suppressRecords } from './drop-suppressed.js';
import type { Reach } from './reach-person.js';
import { suppressionHashes } from './suppression.js';

/** One erasure as it is stored: it holds no word of the person. */
export interface Erasure {
  id: string;
  clusterId: string;
  ref: string | null;
  legalBasis: string;
  /** `sourcing`: a new application by the person passes. `all`: nothing of the person does. */
  scope: 'sourcing' | 'all';
  requestedBy: string;
  erasedAt?: Date;
  expiresAt: Date | null;
}

/** In the order in which everybody takes several: no batch of any object is under way meanwhile. */
export async function lockObjects(tx: TenantTx): Promise<void> {
  const objects = await tx.query<{ object: string }>(`SELECT DISTINCT object FROM stream ORDER BY object`);
  for (const { object } of objects) await lockObject(tx, object);
}

export async function storeErasure(tx: TenantTx, erasure: Erasure): Promise<void> {
  const { id, clusterId, ref, legalBasis, scope, requestedBy, erasedAt, expiresAt } = erasure;
  await tx.query(
    `INSERT INTO erasure (tenant_id, id, cluster_id, ref, legal_basis, scope, requested_by, erased_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, now()), $9)`,
    [tx.tenantId, id, clusterId, ref, legalBasis, scope, requestedBy, erasedAt ?? null, expiresAt],
  );
}

/** Deletes what was reached and keeps it out from now on; who everybody else is follows from what is left. The caller holds the locks. */
export async function eraseRecords(
  tx: TenantTx,
  hub: Hub,
  { erasureId, reach }: { erasureId: string; reach: Reach },
): Promise<{ counts: ErasureCounts; runs: { kind: RunKind; answer: RunAnswer }[] }> {
  await suppress(tx, hub, { erasureId, reach });
  const around = await neighboursOf(tx, reach);
  const counts = await deletePerson(tx, reach);
  await tx.query(`UPDATE erasure SET counts = $2 WHERE id = $1`, [erasureId, counts]);
  return { counts, runs: await regroupOthers(tx, hub, { erasureId, ...around }) };
}

async function suppress(tx: TenantTx, hub: Hub, { erasureId, reach }: { erasureId: string; reach: Reach }): Promise<void> {
  const hashes = await suppressionHashes(tx, hub);
  await suppressRecords(
    tx,
    [...reach.records, ...reach.aliases].map(({ streamId, externalId, connectionId }) => ({
      hash: hashes.record(streamId, externalId),
      erasureId,
      connectionId,
    })),
  );
  await tx.query(
    `INSERT INTO suppression (tenant_id, hash, kind, erasure_id) SELECT DISTINCT $1::uuid, decode(hash, 'hex'), 'identifier', $3::uuid FROM unnest($2::text[]) AS i (hash)
     ON CONFLICT (tenant_id, hash) DO UPDATE SET erasure_id = excluded.erasure_id, lifted_at = NULL, lifted_by = NULL`,
    [tx.tenantId, reach.identifiers.map(hashes.identifier), erasureId],
  );
}

interface Around {
  /** They shared an identifier with the person. */
  neighbours: string[];
  /** They were compared with the person, or taken for the same. */
  compared: string[];
}
async function neighboursOf(tx: TenantTx, { records }: Reach): Promise<Around> {
  const people = records.filter(({ object }) => object === 'candidate').map(({ id }) => id);
  const compared = await tx.query<{ id: string }>(
    `SELECT record_b AS id FROM edge WHERE record_a = ANY ($1) AND NOT record_b = ANY ($1) UNION SELECT record_a FROM edge WHERE record_b = ANY ($1) AND NOT record_a = ANY ($1)
     UNION SELECT o.record_id FROM cluster_member m JOIN cluster_member o ON o.cluster_id = m.cluster_id AND o.valid_to IS NULL
       WHERE m.record_id = ANY ($1) AND m.valid_to IS NULL AND NOT o.record_id = ANY ($1)`,
    [people],
  );
  return { neighbours: await formerNeighbours(tx, people), compared: compared.map(({ id }) => id) };
}

/** Who everybody else is follows from what is left. */
async function regroupOthers(
  tx: TenantTx,
  hub: Hub,
  { erasureId, neighbours, compared }: Around & { erasureId: string },
): Promise<{ kind: RunKind; answer: RunAnswer }[]> {
  const scope = { tx, secret: await tenantMatchKey(tx, hub.secrets), model: await peopleModel(tx, hub) };
  const { touched } = await findEdges(scope, { seeds: [], neighbours });
  const { runs } = await regroup(tx, hub, { touched: [...touched, ...compared], cause: { cause: 'erasure', causeId: erasureId } });
  return runs;
}
