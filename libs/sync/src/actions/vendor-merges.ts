import { randomUUID } from 'node:crypto';
import { ConnectorFailure } from '#hub/connector-sdk';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { lockObject } from '../inward/apply-batch.js';
import { mapFreshAlone } from '../reconcile/load-held.js';
import { loadStreams, type StreamContext } from '../stream-context.js';
import { isAsSeen, lookAtBoth, snapshotText, type Both } from '../vendor-merges/look-at-both.js';
import { childrenOf, loadVendorMerge, storeVendorMerge, type MergeSide, type VendorMerge } from '../vendor-merges/vendor-merge.js';
import { isUnderWay, orderState, storeOrder } from '../vendor-merges/write-order.js';
import { audit, Refusal, refusedField, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';

/**
 * Takes a snapshot of two records of one system that people hold for one person, as they are there now, and keeps it as a proposal to make one
 * of them there. Nothing is sent before it is approved. @throws Refusal
 */
export async function proposeVendorMerge(
  hub: Hub,
  actor: Actor,
  { keep, drop, reason }: { keep: string; drop: string; reason: string },
): Promise<{ id: string }> {
  const { stream, kept, dropped } = await hub.database.inTenant(actor.tenantId, (tx) => pairOf(tx, hub, { keep, drop }));
  const both = await readBoth(hub, actor, { stream, kept, dropped });
  const values = { kept: await valuesOf(hub, stream, both.kept), dropped: await valuesOf(hub, stream, both.dropped) };
  const id = randomUUID();
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    await lockObject(tx, 'candidate');
    await replaceProposals(tx, [keep, drop]);
    const children = await childrenOf(tx, [keep, drop]);
    await storeVendorMerge(tx, {
      id,
      streamId: stream.streamId,
      state: 'proposed',
      kept: { recordId: keep, externalId: kept.externalId, ...values.kept, children: children.get(keep) ?? [] },
      dropped: { recordId: drop, externalId: dropped.externalId, ...values.dropped, children: children.get(drop) ?? [] },
      reason,
      proposedBy: actor.id,
    });
    await audit(tx, actor, {
      action: 'vendor-merge.propose',
      subject: { kind: 'vendor-merge', id },
      after: { reason, kept: keep, dropped: drop },
    });
  });
  return { id };
}

/**
 * Approves a proposal, as it was seen. Where the vendor lets the hub merge, the merge is sent; elsewhere a person does it there, and the hub
 * waits to see it. @throws Refusal CHANGED_SINCE when a record says something else now
 */
export async function approveVendorMerge(hub: Hub, actor: Actor, { id, reason }: { id: string; reason: string }): Promise<void> {
  const { stream, kept, dropped } = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const merge = await loadVendorMerge(tx, id);
    return { stream: await streamOf(tx, hub, merge), ...sidesOf(merge) };
  });
  if (stream.definition.push?.merge) refuseEffect(stream);
  const both = await readBoth(hub, actor, { stream, kept, dropped });
  if (!isAsSeen(both.kept, kept) || !isAsSeen(both.dropped, dropped))
    throw new Refusal(409, 'CHANGED_SINCE', 'one of the records was changed after this was proposed; propose it again and look at it');
  const runs = await hub.database.inTenant(actor.tenantId, async (tx) => {
    await lockObject(tx, 'candidate');
    const merge = await loadVendorMerge(tx, id, 'FOR UPDATE');
    if (merge?.state !== 'proposed') throw notIn('proposed', merge);
    const clusterId = await oneCluster(tx, merge.keptRecord, merge.droppedRecord);
    await tx.query(`UPDATE vendor_merge SET state = 'approved', approved_by = $2, approved_at = now() WHERE id = $1`, [id, actor.id]);
    await audit(tx, actor, { action: 'vendor-merge.approve', subject: { kind: 'vendor-merge', id }, after: { reason } });
    if (!stream.definition.push?.merge) return [];
    return storeOrder(tx, stream, {
      mergeId: id,
      clusterId,
      operation: 'merge',
      recordId: merge.keptRecord,
      externalId: kept.externalId,
      fields: [],
      intended: {},
      writeId: id,
    });
  });
  await dispatchSoon(hub, actor.tenantId, runs);
}

/** Takes a merge back that has not happened. @throws Refusal WRITE_UNDER_WAY once it may have reached the vendor */
export async function withdrawVendorMerge(hub: Hub, actor: Actor, { id, reason }: { id: string; reason: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const merge = await loadVendorMerge(tx, id, 'FOR UPDATE');
    if (merge?.state !== 'proposed' && merge?.state !== 'approved') throw notIn('proposed or approved', merge);
    const state = await orderState(tx, { mergeId: id, operation: 'merge' });
    if (isUnderWay(state) || state === 'confirmed')
      throw new Refusal(409, 'WRITE_UNDER_WAY', 'the merge may have reached its system already; wait for what becomes of it');
    await tx.query(`UPDATE outbox SET state = 'superseded' WHERE order_id = $1 AND state IN ('pending', 'parked')`, [id]);
    await tx.query(`UPDATE vendor_merge SET state = 'withdrawn', note = $2 WHERE id = $1`, [id, reason]);
    await audit(tx, actor, { action: 'vendor-merge.withdraw', subject: { kind: 'vendor-merge', id }, after: { reason } });
  });
}

type Known = Pick<MergeSide, 'recordId' | 'externalId'>;
interface Pair {
  stream: StreamContext;
  kept: Known;
  dropped: Known;
}

async function pairOf(tx: TenantTx, hub: Hub, { keep, drop }: { keep: string; drop: string }): Promise<Pair> {
  if (keep === drop) throw refusedField('/drop', 'two', 'a merge needs two different records');
  const rows = await tx.query<Known & { streamId: string; deleted: boolean }>(
    `SELECT id AS "recordId", external_id AS "externalId", stream_id AS "streamId", deleted_at IS NOT NULL AS deleted FROM source_record WHERE id = ANY ($1) AND object = 'candidate'`,
    [[keep, drop]],
  );
  const find = (id: string, pointer: string) => {
    const row = rows.find(({ recordId }) => recordId === id);
    if (!row) throw new Refusal(404, 'NOT_FOUND', `there is no candidate's record ${id}`);
    if (row.deleted) throw refusedField(pointer, 'live', `record ${id} is not in its system any more`);
    return row;
  };
  const kept = find(keep, '/keep');
  const dropped = find(drop, '/drop');
  if (kept.streamId !== dropped.streamId)
    throw refusedField('/drop', 'stream', 'both records must be in one system: records of two systems are merged in the hub alone');
  await refuseUnderWay(tx, await oneCluster(tx, keep, drop), kept.streamId);
  return { stream: (await loadStreams(tx, hub)).byId(kept.streamId), kept, dropped };
}

/** A person decides who is who first: that can be undone. */
async function oneCluster(tx: TenantTx, keep: string, drop: string): Promise<string> {
  const rows = await tx.query<{ id: string }>(
    `SELECT DISTINCT cluster_id AS id FROM cluster_member WHERE record_id = ANY ($1) AND valid_to IS NULL`,
    [[keep, drop]],
  );
  if (rows.length === 1) return rows[0].id;
  throw new Refusal(409, 'NOT_ONE_PERSON', 'the hub holds these records for two people; merge them here first, which can be undone');
}

/** What the hub is about to write would be no part of the snapshot. */
async function refuseUnderWay(tx: TenantTx, clusterId: string, streamId: string): Promise<void> {
  const writes = await tx.query(
    `SELECT FROM outbox WHERE cluster_id = $1 AND stream_id = $2 AND operation <> 'merge' AND state IN ('pending', 'sending', 'unknown', 'sent') LIMIT 1`,
    [clusterId, streamId],
  );
  if (writes.length > 0)
    throw new Refusal(409, 'WRITE_UNDER_WAY', 'the hub is writing to one of these records; propose the merge once that is done');
}

/** A newer proposal takes the place of one that nobody approved. */
async function replaceProposals(tx: TenantTx, recordIds: string[]): Promise<void> {
  const open = await tx.query<{ id: string; state: string }>(
    `SELECT id, state FROM vendor_merge WHERE state IN ('proposed', 'approved') AND (kept_record = ANY ($1) OR dropped_record = ANY ($1))`,
    [recordIds],
  );
  const approved = open.find(({ state }) => state === 'approved');
  if (approved)
    throw new Refusal(409, 'MERGE_APPROVED', `merge ${approved.id} of one of these records is approved; wait for it, or withdraw it first`);
  await tx.query(`UPDATE vendor_merge SET state = 'withdrawn', note = 'proposed again' WHERE id = ANY ($1)`, [open.map(({ id }) => id)]);
}

async function readBoth(hub: Hub, actor: Actor, { stream, kept, dropped }: Pair): Promise<Both> {
  const session = await hub.database.inTenant(actor.tenantId, (tx) => hub.open(tx, stream.connection.id));
  try {
    const both = await lookAtBoth(session, stream, { kept, dropped });
    if (both.kept.state !== 'found' || both.dropped.state !== 'found')
      throw new Refusal(409, 'GONE_THERE', `one of the records is not in ${stream.connection.name} any more; sync it first`);
    return both;
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    throw new Refusal(409, 'CANNOT_READ', `${stream.connection.name} does not show the records now: ${error.detail}`);
  } finally {
    session.close();
  }
}

async function valuesOf(hub: Hub, stream: StreamContext, fetched: Both['kept']): Promise<Pick<MergeSide, 'payload' | 'values'>> {
  const payload = fetched.state === 'found' ? fetched.record.payload : null;
  const mapped = await mapFreshAlone(hub, stream, payload);
  if (mapped.kind === 'mapped') return { payload: snapshotText(payload), values: mapped.values };
  throw new Refusal(409, 'CANNOT_READ', 'the mapping does not take one of the records as it is now; mend that first');
}

function sidesOf(merge: VendorMerge | undefined): { kept: MergeSide; dropped: MergeSide } {
  if (merge?.state !== 'proposed') throw notIn('proposed', merge);
  const kept = merge.sides.get(merge.keptRecord);
  const dropped = merge.sides.get(merge.droppedRecord);
  if (!kept || !dropped) throw new Refusal(409, 'CHANGED_SINCE', 'its snapshot is not kept any more; propose it again');
  return { kept, dropped };
}

/** @throws Refusal when the system is not connected any more */
export async function streamOf(tx: TenantTx, hub: Hub, merge: VendorMerge | undefined): Promise<StreamContext> {
  const stream = (await loadStreams(tx, hub)).all.find(({ streamId }) => streamId === merge?.streamId);
  if (!merge) throw new Refusal(404, 'NOT_FOUND', 'there is no such merge');
  if (!stream) throw new Refusal(409, 'NOT_CONNECTED', 'the system of these records is not connected any more');
  return stream;
}

/** @throws Refusal where nobody allowed the connection what its writes do in the world */
export function refuseEffect({ connection, definition }: StreamContext): void {
  const { effect } = definition.push ?? { effect: 'silent' };
  if (!connection.allowedEffects.includes(effect))
    throw new Refusal(409, 'EFFECT_NOT_ALLOWED', `${connection.name} does not allow writes that are ${effect}; allow it there first`);
}

export function notIn(wanted: string, merge: VendorMerge | undefined): Refusal {
  if (!merge) return new Refusal(404, 'NOT_FOUND', 'there is no such merge');
  return new Refusal(409, 'NOT_SO_FAR', `this merge is ${merge.state}, not ${wanted}`);
}
