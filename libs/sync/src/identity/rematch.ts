import { randomUUID } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { lockObject } from '../inward/apply-batch.js';
import { dispatchWanted } from '../inward/advance.js';
import { regroup } from './decide-people.js';
import { matchAnew } from './find-edges.js';
import { IDENTITY_NORMALISER_VERSION } from '#hub/identity';

/** Records of one transaction: syncs go on between two of them. */
const CHUNK = 500;

/** Has everybody matched anew, in the background. */
export async function askRematch(tx: TenantTx, cause: string): Promise<void> {
  await tx.query(`UPDATE rematch SET done_at = now() WHERE done_at IS NULL`);
  await tx.query(`INSERT INTO rematch (tenant_id, id, cause) VALUES ($1, $2, $3)`, [tx.tenantId, randomUUID(), cause]);
}

/**
 * Goes on with a rematch of this tenant, for at most `forMs`: record by record the keys, pairs, groups and golden values become what the
 * active model and rules make of them. Stopped at any time, it goes on where it was.
 */
export async function advanceRematch(
  hub: Hub,
  tenantId: string,
  { forMs }: { forMs: number },
): Promise<{ records: number; done: boolean }> {
  const until = Date.now() + forMs;
  let records = 0;
  while (Date.now() < until) {
    const { count, runs } = await hub.database.inTenant(tenantId, (tx) => rematchChunk(tx, hub));
    await dispatchWanted(hub, tenantId, runs);
    records += count;
    if (count === 0) return { records, done: true };
  }
  return { records, done: false };
}

/** Keys that an older version of the hub made would not meet those of this one. */
async function askIfOutdated(tx: TenantTx): Promise<void> {
  await tx.query(
    `INSERT INTO rematch (tenant_id, id, cause) SELECT $1, gen_random_uuid(), $2 WHERE NOT EXISTS (SELECT FROM rematch WHERE cause = $2)`,
    [tx.tenantId, `normaliser ${IDENTITY_NORMALISER_VERSION}`],
  );
}

async function rematchChunk(tx: TenantTx, hub: Hub): Promise<{ count: number; runs: Awaited<ReturnType<typeof regroup>>['runs'] }> {
  await askIfOutdated(tx);
  const [open] = await tx.query<{ id: string; after: string | null; cause: string }>(
    `SELECT id, after, cause FROM rematch WHERE done_at IS NULL ORDER BY asked_at LIMIT 1 FOR UPDATE`,
  );
  if (!open) return { count: 0, runs: [] };
  await lockObject(tx, 'candidate');
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM source_record WHERE object = 'candidate' AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT ${CHUNK}`,
    [open.after],
  );
  const ids = rows.map((row) => row.id);
  await tx.query(
    `UPDATE rematch SET after = coalesce($2, after), records = records + $3, done_at = CASE WHEN $3 = 0 THEN now() END WHERE id = $1`,
    [open.id, ids[ids.length - 1] ?? null, ids.length],
  );
  if (ids.length === 0) return { count: 0, runs: [] };
  const touched = await matchAnew(tx, hub, { ids, neighbours: [] });
  const { runs } = await regroup(tx, hub, { touched, cause: { cause: open.cause, causeId: open.id } });
  return { count: ids.length, runs };
}
