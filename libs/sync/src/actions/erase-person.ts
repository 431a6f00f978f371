import { randomUUID } from 'node:crypto';
import { parseRef } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import type { ErasureCounts } from '../erasure/delete-person.js';
import { eraseRecords, lockObjects, storeErasure, type Erasure } from '../erasure/erase-records.js';
import { reachPerson, type Reach, type ReachedRecord, type SharedIdentifier } from '../erasure/reach-person.js';
import type { Hub } from '../hub.js';
import { loadCompanions } from '../identity/people-nodes.js';
import { audit, Refusal, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';
import { Previewed } from './previewed.js';

export interface ErasureRequest extends Pick<Erasure, 'legalBasis' | 'scope'> {
  /** Reference number of a candidate. */
  ref: string;
  /** When the person may be let in again by anybody; never, if absent. */
  expiresAt?: Date;
  preview?: boolean;
}
/** What was erased here, and what is left to be erased elsewhere: vendors are not asked by the hub. */
export interface ErasureOutcome {
  id: string;
  preview: boolean;
  ref: string;
  counts: ErasureCounts;
  /** Records as their systems know them; the hub does not know them any more. */
  atVendors: { connection: string; connector: string; object: string; externalId: string }[];
  /** Identifiers that other people's records have too: they stay, and nobody is kept out because of them. */
  shared: SharedIdentifier[];
}

/**
 * Deletes everything that the hub has of a candidate, for good, and does not let it in again.
 * @throws Refusal INVALID_REFERENCE, NOT_FOUND, NOT_A_PERSON, ERASED, WRITE_UNDER_WAY
 */
export async function erasePerson(hub: Hub, actor: Actor, request: ErasureRequest): Promise<ErasureOutcome> {
  const id = randomUUID();
  try {
    const { outcome, runs } = await hub.database.inTenant(actor.tenantId, async (tx) => {
      await lockObjects(tx);
      const { clusterId, ref } = await personOf(tx, request.ref);
      const reach = await reachPerson(tx, hub, [...(await loadCompanions(tx, [clusterId])).keys()]);
      await refuseUnderWay(tx, reach);
      const atVendors = await vendorRecords(tx, reach.records);
      const { legalBasis, scope, expiresAt = null } = request;
      await storeErasure(tx, { id, clusterId, ref, legalBasis, scope, requestedBy: actor.id, expiresAt });
      const erased = await eraseRecords(tx, hub, { erasureId: id, reach });
      const done: ErasureOutcome = { id, preview: request.preview ?? false, ref, counts: erased.counts, atVendors, shared: reach.shared };
      if (done.preview) throw new Previewed(done);
      await audit(tx, actor, {
        action: 'erasure.erase',
        subject: { kind: 'erasure', id },
        after: { ref, legalBasis, counts: erased.counts },
      });
      return { outcome: done, runs: erased.runs };
    });
    await dispatchSoon(hub, actor.tenantId, runs);
    return outcome;
  } catch (failure) {
    if (failure instanceof Previewed) return failure.outcome as ErasureOutcome;
    throw failure;
  }
}

/** Lets a person in again before time. What was erased does not come back; systems that still have it bring it with their next full read. */
export async function liftErasure(hub: Hub, actor: Actor, { id, reason }: { id: string; reason: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const [erasure] = await tx.query(`SELECT FROM erasure WHERE id = $1`, [id]);
    if (!erasure) throw new Refusal(404, 'NOT_FOUND', 'there is no such erasure');
    await tx.query(`UPDATE suppression SET lifted_at = now(), lifted_by = $2 WHERE erasure_id = $1 AND lifted_at IS NULL`, [id, actor.id]);
    await audit(tx, actor, { action: 'erasure.lift', subject: { kind: 'erasure', id }, after: { reason } });
  });
}

async function personOf(tx: TenantTx, text: string): Promise<{ clusterId: string; ref: string }> {
  const parsed = parseRef(text);
  if (!parsed)
    throw new Refusal(422, 'INVALID_REFERENCE', 'this is no valid reference number: its check character does not fit', [
      { pointer: '/ref', code: 'check', detail: 'look at the number again' },
    ]);
  const [row] = await tx.query<{ clusterId: string; object: string; erasedAt: Date | null }>(
    `SELECT c.id AS "clusterId", c.object, c.erased_at AS "erasedAt" FROM cluster n LEFT JOIN cluster_redirect r ON r.old_id = n.id JOIN cluster c ON c.id = coalesce(r.new_id, n.id) WHERE n.ref = $1`,
    [parsed.ref],
  );
  if (!row) throw new Refusal(404, 'NOT_FOUND', 'there is no such record');
  if (row.object !== 'candidate')
    throw new Refusal(422, 'NOT_A_PERSON', `${parsed.ref} is a ${row.object}; only candidates are erased, with all that hangs on them`, [
      { pointer: '/ref', code: 'candidate', detail: 'name a candidate' },
    ]);
  if (row.erasedAt) throw new Refusal(410, 'ERASED', `${parsed.ref} was erased at ${row.erasedAt.toISOString()}`);
  return { clusterId: row.clusterId, ref: parsed.ref };
}

/** What is on its way to a vendor at this moment would come back as a record that nobody knows. */
async function refuseUnderWay(tx: TenantTx, { clusters }: Reach): Promise<void> {
  const [busy] = await tx.query<{ name: string }>(
    `SELECT n.name FROM outbox o JOIN connection n ON n.id = o.connection_id JOIN checkpoint p ON p.subject_id = o.connection_id AND p.kind = 'push'
     WHERE o.cluster_id = ANY ($1) AND o.state = 'sending' AND p.lease_until > now() AND p.fence = o.claimed_fence LIMIT 1`,
    [clusters],
  );
  if (busy)
    throw new Refusal(409, 'WRITE_UNDER_WAY', `a change of this person is being written to ${busy.name} right now; try again in a minute`);
}

async function vendorRecords(tx: TenantTx, records: ReachedRecord[]): Promise<ErasureOutcome['atVendors']> {
  return tx.query(
    `SELECT n.name AS connection, n.connector, s.object, s.external_id AS "externalId" FROM source_record s JOIN connection n ON n.id = s.connection_id
     WHERE s.id = ANY ($1) AND s.deleted_at IS NULL AND n.deleted_at IS NULL ORDER BY n.name, s.object, s.external_id`,
    [records.map(({ id }) => id)],
  );
}
