import type { TenantTx } from '#hub/persistence';
import { waysOut, type ItemState } from '../errors/item-states.js';
import type { Hub } from '../hub.js';
import { audit, Refusal, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';
import { lockItem, moveItem, type Move } from './move-item.js';
import { assignMove, ignoreMove, LETTING_GO } from './move-items.js';
import { releaseHolds } from '../errors/release-holds.js';

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
  const { runs, answer } = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const [group] = await tx.query(`SELECT id FROM error_group WHERE id = $1`, [groupId]);
    if (!group) throw new Refusal(404, 'NOT_FOUND', 'there is no such error group');
    const items = await tx.query<{ id: string; state: ItemState }>(
      `SELECT id, state FROM error_item WHERE group_id = $1 AND state <> 'resolved' ORDER BY id LIMIT $2`,
      [groupId, AT_MOST],
    );
    const free = items.filter((item) => item.state !== 'ignored' && waysOut(item.state).includes(move.to));
    let moved = 0;
    const step = async (): Promise<void> => {
      for (const { id } of free) moved += await moveIfStillFree(tx, actor, { itemId: id, move });
    };
    const itemIds = free.map((item) => item.id);
    const runs = LETTING_GO.includes(move.to) ? await releaseHolds(tx, hub, { itemIds, move: step }) : (await step(), []);
    await audit(tx, actor, {
      action: move.action.replace('error.', 'error-group.'),
      subject: { kind: 'error-group', id: groupId },
      after: { moved, ...move.note },
    });
    return { runs, answer: { moved, skipped: items.length - moved } };
  });
  await dispatchSoon(hub, actor.tenantId, runs);
  return answer;
}

async function moveIfStillFree(tx: TenantTx, actor: Actor, { itemId, move }: { itemId: string; move: Move }): Promise<number> {
  const item = await lockItem(tx, { itemId });
  if (!waysOut(item.state).includes(move.to)) return 0;
  await moveItem(tx, actor, { item, move });
  return 1;
}
