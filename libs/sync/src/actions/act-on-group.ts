import { waysOut, type ItemState } from '../errors/item-states.js';
import type { Hub } from '../hub.js';
import { audit, Refusal, type Actor } from './actor.js';
import { lockItem, moveItem, type Move } from './move-item.js';
import { assignMove, ignoreMove } from './move-items.js';

const AT_MOST = 5_000;
export interface GroupAnswer {
  moved: number;
  skipped: number;
}

export function assignGroup(hub: Hub, actor: Actor, input: { groupId: string; assignee: string }): Promise<GroupAnswer> {
  return act(hub, actor, { groupId: input.groupId, move: assignMove(input.assignee) });
}

export function ignoreGroup(hub: Hub, actor: Actor, input: { groupId: string; reason: string; until?: string }): Promise<GroupAnswer> {
  return act(hub, actor, { groupId: input.groupId, move: ignoreMove(hub, input) });
}

/** The same act on every item of a group that may take it, each with its audit row; the others are counted, not refused. */
async function act(hub: Hub, actor: Actor, { groupId, move }: { groupId: string; move: Move }): Promise<GroupAnswer> {
  return hub.database.inTenant(actor.tenantId, async (tx) => {
    const [group] = await tx.query(`SELECT id FROM error_group WHERE id = $1`, [groupId]);
    if (!group) throw new Refusal(404, 'NOT_FOUND', 'there is no such error group');
    const items = await tx.query<{ id: string; state: ItemState }>(
      `SELECT id, state FROM error_item WHERE group_id = $1 AND state <> 'resolved' ORDER BY id LIMIT $2 FOR UPDATE`,
      [groupId, AT_MOST],
    );
    const free = items.filter((item) => item.state !== 'ignored' && waysOut(item.state).includes(move.to));
    for (const { id } of free) await moveItem(tx, actor, { item: await lockItem(tx, { itemId: id }), move });
    await audit(tx, actor, {
      action: move.action.replace('error.', 'error-group.'),
      subject: { kind: 'error-group', id: groupId },
      after: { moved: free.length, ...move.note },
    });
    return { moved: free.length, skipped: items.length - free.length };
  });
}
