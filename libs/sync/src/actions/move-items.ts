import type { ItemState } from '../errors/item-states.js';
import type { Hub } from '../hub.js';
import { Refusal, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';
import { lockItem, moveItem, type ItemAction, type Move } from './move-item.js';
import { releaseHolds } from '../errors/release-holds.js';

async function act(hub: Hub, actor: Actor, { action, move }: { action: ItemAction; move: Move }): Promise<void> {
  const runs = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const step = async (): Promise<void> => moveItem(tx, actor, { item: await lockItem(tx, action), move });
    if (LETTING_GO.includes(move.to)) return releaseHolds(tx, hub, { itemIds: [action.itemId], move: step });
    await step();
    return [];
  });
  await dispatchSoon(hub, actor.tenantId, runs);
}

/** States in which an item holds no field back any more, because a person said so. */
export const LETTING_GO: ItemState[] = ['ignored', 'resolved'];

export function ignoreItem(hub: Hub, actor: Actor, action: ItemAction & { reason: string; until?: string }): Promise<void> {
  return act(hub, actor, { action, move: ignoreMove(hub, action) });
}

export function ignoreMove(hub: Hub, { reason, until }: { reason: string; until?: string }): Move {
  if (until !== undefined) refusePast(hub, until);
  return {
    to: 'ignored',
    set: { ignored_until: until ?? null, resolution_reason: reason },
    action: 'error.ignore',
    note: { reason, until },
  };
}

export function assignItem(hub: Hub, actor: Actor, action: ItemAction & { assignee: string }): Promise<void> {
  return act(hub, actor, { action, move: assignMove(action.assignee) });
}

export function assignMove(assignee: string): Move {
  return { to: 'assigned', set: { assignee }, action: 'error.assign', note: { assignee } };
}

export async function snoozeItem(hub: Hub, actor: Actor, action: ItemAction & { until: string }): Promise<void> {
  refusePast(hub, action.until);
  await act(hub, actor, {
    action,
    move: { to: 'snoozed', set: { snoozed_until: action.until }, action: 'error.snooze', note: { until: action.until } },
  });
}

/** Closes without proof: only with a reason, which stays on the item and in the audit. */
export function resolveItem(hub: Hub, actor: Actor, action: ItemAction & { reason: string }): Promise<void> {
  const set = { resolution: 'reason', resolution_reason: action.reason, resolved_at: hub.now() };
  return act(hub, actor, { action, move: { to: 'resolved', set, action: 'error.resolve', note: { reason: action.reason } } });
}

/** Takes an item up again; a snoozed or ignored one, too. Of one record and stage only one item is live: a second one is refused. */
export async function reopenItem(hub: Hub, actor: Actor, action: ItemAction): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const item = await lockItem(tx, action);
    const [newer] = await tx.query<{ id: string }>(
      `SELECT n.id FROM error_item o JOIN error_item n ON n.trace_key = o.trace_key AND n.id <> o.id WHERE o.id = $1 AND n.state <> 'resolved'`,
      [item.id],
    );
    if (newer) throw new Refusal(409, 'SUPERSEDED', `a newer item of the same trouble is live: ${newer.id}; work on that one`);
    const set = {
      resolved_at: null,
      resolution: null,
      resolution_reason: null,
      ignored_until: null,
      snoozed_until: null,
      proved_at: null,
      proof_hash: null,
    };
    await moveItem(tx, actor, { item, move: { to: 'open', set, action: 'error.reopen' } });
  });
}

function refusePast(hub: Hub, until: string): void {
  if (Date.parse(until) > hub.now().getTime()) return;
  throw new Refusal(422, 'INVALID_REQUEST', 'until must be in the future', [
    { pointer: '/until', code: 'future', detail: 'until must be in the future' },
  ]);
}
