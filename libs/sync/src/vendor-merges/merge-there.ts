import { ConnectorFailure } from '#hub/connector-sdk';
import { dispatchWanted } from '../inward/advance.js';
import { hintRecords } from '../inward/hint-records.js';
import type { PushWork } from '../outward/advance-push.js';
import type { Write } from '../outward/claim-writes.js';
import { isLate } from '../outward/confirm-write.js';
import { countWrite, fallDue, storeReceipt, updateClaimed } from '../outward/settle-write.js';
import { requestRun } from '../runs/request-run.js';
import type { StreamContext } from '../stream-context.js';
import { isAsSeen, lookAtBoth, type Both } from './look-at-both.js';
import { loadVendorMerge, type MergeSide } from './vendor-merge.js';

interface Order {
  write: Write;
  stream: StreamContext;
  kept: MergeSide;
  dropped: MergeSide;
  /** People hold them for one person still. */
  together: boolean;
}

/**
 * Sends an approved merge, once: before it, both records must be what was approved, and one person in the hub still; after it, the vendor must
 * say that one of them is gone. Only a record that is read as gone ends the order, see `followVendorMerge`.
 */
export async function mergeThere(work: PushWork, { write, stream }: { write: Write; stream: StreamContext }): Promise<void> {
  const order = await loadOrder(work, { write, stream });
  if (!order) return withdraw(work, write, 'its snapshot is not kept any more; propose it again');
  const both = await lookAtBoth(work.session, stream, order);
  const sent = write.sentAt !== null;
  if (isMerged(both, order, sent)) return takeMerge(work, order);
  if (sent && !isLate(work, order)) return fallDue(work, write, { state: write.was === 'sent' ? 'sent' : 'unknown', inMs: 1_000 });
  if (write.was === 'sent')
    throw new ConnectorFailure({
      code: 'NOT_FOUND',
      detail: 'the merge was accepted, yet both records are there still; look at them there before retrying',
    });
  const objection = objectionTo(both, order);
  if (objection !== undefined) return withdraw(work, write, objection);
  await work.hub.database.inTenant(work.key.tenantId, (tx) => updateClaimed(tx, work, { write, set: 'sent_at = now()' }));
  await work.session.merge(stream.name, { kept: order.kept.externalId, dropped: order.dropped.externalId });
  await storeReceipt(work, write, { externalId: order.kept.externalId });
  return mergeThere(work, { write: { ...write, was: 'sent', sentAt: new Date() }, stream });
}

async function loadOrder(work: PushWork, { write, stream }: Pick<Order, 'write' | 'stream'>): Promise<Order | undefined> {
  return work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    const merge = await loadVendorMerge(tx, write.orderId ?? '');
    const kept = merge?.sides.get(merge.keptRecord);
    const dropped = merge?.sides.get(merge.droppedRecord);
    if (!merge || !kept || !dropped) return undefined;
    const [{ clusters }] = await tx.query<{ clusters: number }>(
      `SELECT count(DISTINCT cluster_id)::int AS clusters FROM cluster_member WHERE record_id = ANY ($1) AND valid_to IS NULL`,
      [[merge.keptRecord, merge.droppedRecord]],
    );
    return { write, stream, kept, dropped, together: clusters === 1 };
  });
}

/** A record that only is gone may have been deleted by somebody; after a merge of ours it was that. */
function isMerged({ kept, dropped }: Both, order: Order, sent: boolean): boolean {
  if (kept.state !== 'found') return false;
  return dropped.state === 'moved' ? dropped.movedTo === order.kept.externalId : dropped.state === 'gone' && sent;
}

function objectionTo({ kept, dropped }: Both, order: Order): string | undefined {
  if (!order.together) return 'the two were told apart in the hub after it was approved';
  if (kept.state !== 'found' || dropped.state !== 'found') return 'one of the two is not there any more; nothing was sent';
  if (isAsSeen(kept, order.kept) && isAsSeen(dropped, order.dropped)) return undefined;
  return 'one of the two was changed after the merge was proposed; propose it again to see what it says now';
}

/** An approval is of what was seen: what is no longer that is not done. */
async function withdraw(work: PushWork, write: Write, note: string): Promise<void> {
  await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await updateClaimed(tx, work, { write, set: `state = 'superseded'` });
    await tx.query(`UPDATE vendor_merge SET state = 'withdrawn', note = $2 WHERE id = $1 AND state = 'approved'`, [write.orderId, note]);
  });
}

/** Both are read again: the one that is gone becomes an alias of the other. */
async function takeMerge(work: PushWork, { write, stream, kept, dropped }: Order): Promise<void> {
  const answer = await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await updateClaimed(tx, work, { write, set: `state = 'confirmed', sent_at = coalesce(sent_at, now()), confirmed_at = now()` });
    await countWrite(tx, work, 'confirmed');
    const hint = { streamId: stream.streamId, cause: 'vendor-merge' };
    await hintRecords(tx, { ...hint, externalIds: [kept.externalId] });
    await hintRecords(tx, { ...hint, externalIds: [dropped.externalId], movedTo: kept.externalId });
    return requestRun(tx, { kind: 'hints', connectionId: stream.connection.id, streamId: stream.streamId, cause: 'dependency' });
  });
  await dispatchWanted(work.hub, work.key.tenantId, [{ kind: 'hints', answer }]);
}
