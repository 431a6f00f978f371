import { validateField, type CanonicalValue, type ObjectName } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { settleConflict } from '../errors/settle-conflict.js';
import { audit, Refusal, refusedField, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';

export interface Choice {
  conflictId: string;
  choose: 'ours' | 'theirs' | 'value';
  value?: unknown;
  reason: string;
}

/** Ends a conflict with the value that a person chose. The audit row says which side won and why, never the value. */
export async function settleByHand(hub: Hub, actor: Actor, choice: Choice): Promise<void> {
  const runs = await hub.database.inTenant(actor.tenantId, async (tx) => {
    await refuseUnfit(tx, choice);
    const { conflictId, choose, reason } = choice;
    const result = await settleConflict(tx, hub, {
      conflictId,
      choose,
      value: choice.value as CanonicalValue | undefined,
      by: actor.id,
      reason,
    });
    if (!result.settled) throw new Refusal(409, 'SETTLED', 'this conflict was settled before');
    await audit(tx, actor, { action: 'conflict.settle', subject: { kind: 'conflict', id: conflictId }, after: { choose, reason } });
    return result.runs;
  });
  await dispatchSoon(hub, actor.tenantId, runs);
}

async function refuseUnfit(tx: TenantTx, choice: Choice): Promise<void> {
  const [conflict] = await tx.query<{ object: ObjectName; field: string }>(
    `SELECT c.object, x.field FROM conflict x JOIN cluster c ON c.tenant_id = x.tenant_id AND c.id = x.cluster_id WHERE x.id = $1`,
    [choice.conflictId],
  );
  if (!conflict) throw new Refusal(404, 'NOT_FOUND', 'there is no such conflict');
  if (choice.choose !== 'value') return;
  if (choice.value === undefined) throw invalid('required', 'say the value, or choose ours or theirs; null clears the field');
  const broken = choice.value === null ? undefined : validateField(conflict.object, conflict.field, choice.value as CanonicalValue);
  if (broken) throw invalid(broken.rule, broken.message);
}

function invalid(code: string, detail: string): Refusal {
  return refusedField('/value', code, detail);
}
