import type { ItemState } from '../errors/item-states.js';
import type { Hub } from '../hub.js';
import { requestRun } from '../runs/request-run.js';
import { Refusal, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';
import { lockItem, moveItem, type ItemAction, type ItemRow } from './move-item.js';

const UNDER_WAY: ItemState[] = ['retrying', 'awaiting_proof'];

export type RetryMode = 'fresh' | 'as-it-was' | 'current-mapping';

/** Asks for another attempt. The answer is the run that makes it. */
export async function retryItem(hub: Hub, actor: Actor, action: ItemAction & { mode: RetryMode }): Promise<{ runId: string }> {
  const answer = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const item = await lockItem(tx, action);
    refuseHopeless(item, action.mode);
    // A webhook may have been quicker than the person: what is being retried or proved already is not refused, its run is the answer.
    if (!UNDER_WAY.includes(item.state)) {
      const set = { retry_mode: action.mode, retry_requested_at: hub.now() };
      await moveItem(tx, actor, { item, move: { to: 'retrying', set, action: 'error.retry', note: { mode: action.mode } } });
    }
    const asked = await requestRun(tx, { kind: 'retries', connectionId: item.connection_id, cause: 'person', requestedBy: actor.id });
    if (asked.answer === 'rejected') throw new Refusal(409, asked.code, asked.reason);
    return asked;
  });
  await dispatchSoon(hub, actor.tenantId, [{ answer, kind: 'retries' }]);
  return { runId: answer.runId };
}

function refuseHopeless(item: ItemRow, mode: RetryMode): void {
  if (item.stage === 'merge' || item.stage === 'match')
    throw new Refusal(
      409,
      'NEEDS_A_DECISION',
      'a retry cannot decide this; settle the conflict or the match, or resolve the item with a reason',
    );
  if (item.stage === 'map' && item.external_id === null)
    throw new Refusal(
      409,
      'NEEDS_A_DECISION',
      'this is about the stream, not about a record; let the mapping read the field, or resolve the item with a reason',
    );
  const inward = item.stage === 'pull' || item.stage === 'map';
  if (inward && mode !== 'fresh' && item.raw_id === null && item.edited_payload === null)
    throw new Refusal(409, 'NOTHING_STORED', 'nothing of this record is stored; retry it with mode fresh');
}
