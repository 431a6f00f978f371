import { randomUUID } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';
import { pairKey } from '#hub/identity';
import type { Hub } from '../hub.js';
import type { PairVerdict } from '../identity/decide-people.js';
import { clusterOfRecord } from '../identity/people-nodes.js';
import type { StreamContext } from '../stream-context.js';
import { loadVendorMerge, type MergeSide, type VendorMerge } from '../vendor-merges/vendor-merge.js';
import { isUnderWay, orderState, storeOrder } from '../vendor-merges/write-order.js';
import { Refusal, type Actor } from './actor.js';
import { partingVerdicts } from './merge-people.js';
import { operate, type Asked, type PeopleOutcome } from './operate-people.js';
import { notIn, refuseEffect, streamOf } from './vendor-merges.js';

/**
 * Makes a record again that its system merged away: what it brought along leaves the other person in the hub, and a new record of its snapshot is
 * written to the system, where what hung on it stays with the other. @throws Refusal
 */
export async function recreateRecord(hub: Hub, actor: Actor, { mergeId, ...asked }: Asked & { mergeId: string }): Promise<PeopleOutcome> {
  return operate(hub, actor, asked, async (tx) => {
    const merge = await loadVendorMerge(tx, mergeId, 'FOR UPDATE');
    if (merge?.state !== 'merged') throw notIn('merged', merge);
    const stream = await streamOf(tx, hub, merge);
    const snapshot = await snapshotToRecreate(tx, stream, merge);
    return {
      cause: 'recreate',
      verdicts: await apart(tx, merge),
      also: async ({ operationId }) => {
        await tx.query(`UPDATE vendor_merge SET recreate_operation = $2 WHERE id = $1`, [mergeId, operationId]);
        const clusterId = await clusterOfRecord(tx, merge.droppedRecord);
        return storeOrder(tx, stream, {
          mergeId,
          clusterId,
          operation: 'create',
          fields: stream.mapping.outward.filter((field) => field in snapshot.values),
          intended: Object.fromEntries(Object.entries(snapshot.values).filter(([field]) => stream.mapping.written.includes(field))),
          writeId: await mintWriteId(tx, { clusterId, connectionId: stream.connection.id }),
        });
      },
    };
  });
}

async function snapshotToRecreate(tx: TenantTx, stream: StreamContext, merge: VendorMerge): Promise<MergeSide> {
  const { definition, connection } = stream;
  if (!definition.push?.create)
    throw new Refusal(
      409,
      'CANNOT_CREATE',
      `the hub cannot create candidates in ${connection.name}; enter the snapshot of this merge there by hand`,
    );
  refuseEffect(stream);
  const snapshot = merge.sides.get(merge.droppedRecord);
  if (!snapshot) throw new Refusal(409, 'NO_SNAPSHOT', 'the snapshot of this merge is not kept any more');
  const state = await orderState(tx, { mergeId: merge.id, operation: 'create' });
  if (merge.recreatedRecord !== null || state === 'confirmed') throw new Refusal(409, 'RECREATED', 'the record was made again already');
  if (state === 'pending' || state === 'parked' || isUnderWay(state))
    throw new Refusal(409, 'WRITE_UNDER_WAY', 'the record is being made again; wait for what becomes of it');
  return snapshot;
}

/**
 * With whatever came to the person by this record, which nothing but a person's word can hold together while the record is gone; by itself,
 * where the other record is among that.
 */
async function apart(tx: TenantTx, { droppedRecord, keptRecord }: VendorMerge): Promise<PairVerdict[]> {
  const told: PairVerdict = { one: droppedRecord, other: keptRecord, verdict: 'different' };
  if ((await clusterOfRecord(tx, droppedRecord)) !== (await clusterOfRecord(tx, keptRecord))) return [told];
  const subtree = await partingVerdicts(tx, { record: droppedRecord, scope: 'subtree' });
  const parted = subtree.filter(({ verdict }) => verdict === 'different');
  if (!parted.some(({ one, other }) => pairKey(one, other) === pairKey(droppedRecord, keptRecord)))
    return partingVerdicts(tx, { record: droppedRecord, scope: 'record' });
  const along = new Set(parted.map(({ one }) => one).filter((id) => id !== droppedRecord));
  return [...subtree, ...[...along].map((other): PairVerdict => ({ one: droppedRecord, other, verdict: 'same' }))];
}

/** One of its own: a write id that the hub gave before belongs to the record that is gone. */
async function mintWriteId(tx: TenantTx, { clusterId, connectionId }: { clusterId: string; connectionId: string }): Promise<string> {
  const writeId = randomUUID();
  await tx.query(
    `INSERT INTO write_identity (tenant_id, cluster_id, connection_id, write_id, generation)
     SELECT $1, $2, $3, $4, coalesce(max(generation) + 1, 1) FROM write_identity WHERE cluster_id = $2 AND connection_id = $3`,
    [tx.tenantId, clusterId, connectionId, writeId],
  );
  return writeId;
}
