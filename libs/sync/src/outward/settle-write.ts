import type { ConnectorFailure, Receipt } from '#hub/connector-sdk';
import { LostLease, type TenantTx } from '#hub/persistence';
import type { PushWork } from './advance-push.js';
import type { Write } from './claim-writes.js';
import { hintRecords } from '../inward/hint-records.js';
import { parkItems } from '../errors/park-items.js';
import type { StreamContext } from '../stream-context.js';

const ATTEMPTS = 8;

/** Every change of a claimed row proves that the claim still holds. @throws LostLease */
export async function updateClaimed(
  tx: TenantTx,
  work: PushWork,
  input: { write: Write; set: string; parameters?: unknown[] },
): Promise<void> {
  const kept = await tx.query(
    `UPDATE outbox SET ${input.set} WHERE id = $1 AND claimed_fence = $2 AND state IN ('sending', 'sent') RETURNING 1`,
    [input.write.id, work.slot.fence, ...(input.parameters ?? [])],
  );
  if (kept.length === 0) throw new LostLease();
}

export async function storeReceipt(work: PushWork, write: Write, receipt: Receipt): Promise<void> {
  await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await updateClaimed(tx, work, { write, set: `state = 'sent', sent_at = now(), external_id = $3`, parameters: [receipt.externalId] });
    await countWrite(tx, work, 'pushed');
  });
}

export async function countWrite(tx: TenantTx, work: PushWork, total: 'pushed' | 'confirmed'): Promise<void> {
  await tx.query(
    `UPDATE run SET totals = jsonb_set(totals, ARRAY[$2::text], to_jsonb(coalesce((totals ->> $2)::int, 0) + 1)) WHERE id = $1`,
    [work.run.id, total],
  );
}

/** Leaves the row for a later claim. */
export async function fallDue(
  work: PushWork,
  write: Write,
  input: { state: 'pending' | 'sending' | 'unknown' | 'sent'; inMs: number },
): Promise<void> {
  await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    updateClaimed(tx, work, {
      write,
      set: `state = $3, not_before = now() + make_interval(secs => $4)`,
      parameters: [input.state, input.inMs / 1000],
    }),
  );
}

export interface FailedWrite {
  write: Write;
  stream: StreamContext;
  error: Pick<ConnectorFailure, 'code' | 'detail' | 'field'>;
}

/** The vendor is in trouble, not the record: later again, with growing pauses; after that a person should know. */
export async function backOff(work: PushWork, failed: FailedWrite): Promise<void> {
  if (failed.write.attempts >= ATTEMPTS) return parkWrite(work, failed);
  await refetchTarget(work, failed.write);
  const state = failed.write.was === 'sending' ? 'unknown' : failed.write.was;
  await fallDue(work, failed.write, { state, inMs: Math.min(60_000, 500 * 2 ** failed.write.attempts) });
}

/** Somebody else changed the record: their change is taken in and compared before anything is written, so the write waits as if it had never been begun. */
export async function readAgainFirst(work: PushWork, { write, stream }: Omit<FailedWrite, 'error'>): Promise<void> {
  const error = { code: 'CONFLICT' as const, detail: 'the record there keeps changing, or cannot be read; look at it there, then retry' };
  await backOff(work, { write: { ...write, was: 'pending' }, stream, error });
}

/** Only this record's fields towards this target are held; the sentence says who refused and why. */
export async function parkWrite(work: PushWork, failed: FailedWrite): Promise<void> {
  const { write, stream, error } = failed;
  await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await updateClaimed(tx, work, { write, set: `state = 'parked'` });
    await parkItems(tx, [
      {
        stage: 'push',
        code: error.code,
        connectionId: stream.connection.id,
        streamId: stream.streamId,
        traceKey: `push:${write.clusterId}:${stream.connection.id}`,
        outboxId: write.id,
        clusterId: write.clusterId,
        recordId: write.recordId ?? undefined,
        externalId: write.externalId ?? undefined,
        field: error.field ?? write.fields[0],
        heldFields: write.fields,
        mapping: stream.mapping.name,
        mappingVersion: stream.mapping.version,
        message: `${stream.connection.name} did not take the ${write.operation} of ${[stream.object, write.fields.join(', ')].filter(Boolean).join(' ')}: ${error.detail}`,
      },
    ]);
  });
}

/** The target is gone where we meant to change it: the next sync or hint says whether it was deleted; nothing is recreated blindly. */
export async function verifyMissing(work: PushWork, failed: FailedWrite): Promise<void> {
  await refetchTarget(work, failed.write);
  await parkWrite(work, {
    ...failed,
    error: { code: 'NOT_FOUND', detail: 'the record is not there any more; it is read again, then relink, recreate or ignore it' },
  });
}

async function refetchTarget(work: PushWork, { streamId, externalId }: Write): Promise<void> {
  if (!externalId) return;
  await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    hintRecords(tx, { streamId, externalIds: [externalId], cause: 'write-refused' }),
  );
}
