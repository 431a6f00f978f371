import type { TenantTx } from '#hub/persistence';

/** Snoozed and ignored items whose time is over are back in the queue. @returns how many */
export async function reopenDue(tx: TenantTx, now: Date): Promise<number> {
  const due = await tx.query(
    `UPDATE error_item SET state = CASE WHEN assignee IS NULL THEN 'open' ELSE 'assigned' END, snoozed_until = NULL, ignored_until = NULL, updated_at = now(), version = version + 1
     WHERE (state = 'snoozed' AND snoozed_until <= $1) OR (state = 'ignored' AND ignored_until <= $1) RETURNING 1`,
    [now],
  );
  return due.length;
}
