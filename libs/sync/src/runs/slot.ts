import { LostLease, type TenantTx } from '#hub/persistence';
import type { RunKind } from './request-run.js';

const LEASE_SECONDS = 15;

/** The right to work on one (stream or connection, kind): whoever claimed last holds it, and every commit proves it. */
export interface Slot {
  subjectId: string;
  kind: RunKind;
  runId: string;
  fence: string;
  cursor: string | null;
  walk: Walk;
  walkStartedAt: Date | null;
}
type Walk = 'idle' | 'delta' | 'full' | 'resync' | 'sweep' | 'braked';

/** Takes the slot for this attempt. The fence rises with every claim, so an earlier attempt that wakes up later cannot commit. */
export async function claimSlot(tx: TenantTx, input: { subjectId: string; kind: RunKind; runId: string }): Promise<Slot> {
  const [row] = await tx.query<{ fence: string; cursor: string | null; walk: Walk; walk_started_at: Date | null }>(
    `INSERT INTO checkpoint (tenant_id, subject_id, kind, fence, run_id, lease_until) VALUES ($1, $2, $3, 1, $4, now() + make_interval(secs => $5))
     ON CONFLICT (tenant_id, subject_id, kind) DO UPDATE SET fence = checkpoint.fence + 1, run_id = $4, lease_until = now() + make_interval(secs => $5)
     RETURNING fence, cursor, walk, walk_started_at`,
    [tx.tenantId, input.subjectId, input.kind, input.runId, LEASE_SECONDS],
  );
  return { ...input, fence: row.fence, cursor: row.cursor, walk: row.walk, walkStartedAt: row.walk_started_at };
}

/** @throws LostLease when another attempt has claimed the slot since. */
export async function renewLease(tx: TenantTx, slot: Slot): Promise<void> {
  const kept = await tx.query(
    `UPDATE checkpoint SET lease_until = now() + make_interval(secs => $4) WHERE subject_id = $1 AND kind = $2 AND fence = $3 RETURNING 1`,
    [slot.subjectId, slot.kind, slot.fence, LEASE_SECONDS],
  );
  if (kept.length === 0) throw new LostLease();
}

export interface Progress {
  cursor: string | null;
  walk: Walk;
  walkStartedAt: Date | null;
}

/**
 * Moves the cursor in the transaction of the data it stands for. Compares with the cursor that the batch was pulled from.
 * @throws LostLease when the fence or the cursor is no longer the one claimed: the whole batch rolls back.
 */
export async function saveCheckpoint(tx: TenantTx, slot: Slot, next: Progress): Promise<void> {
  const moved = await tx.query(
    `UPDATE checkpoint SET cursor = $5, walk = $6, walk_started_at = $7, updated_at = now()
     WHERE subject_id = $1 AND kind = $2 AND fence = $3 AND cursor IS NOT DISTINCT FROM $4 RETURNING 1`,
    [slot.subjectId, slot.kind, slot.fence, slot.cursor, next.cursor, next.walk, next.walkStartedAt],
  );
  if (moved.length === 0) throw new LostLease();
}
