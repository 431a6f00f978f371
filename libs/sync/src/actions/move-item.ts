import type { TenantTx } from '#hub/persistence';
import { assertTransition, type ItemState } from '../errors/item-states.js';
import { audit, Refusal, type Actor } from './actor.js';

export interface ItemRow {
  id: string;
  state: ItemState;
  stage: string;
  connection_id: string;
  stream_id: string | null;
  external_id: string | null;
  raw_id: string | null;
  version: number;
  edited_payload: string | null;
}
/** `version`: the item as the person saw it; another one means that somebody was quicker. */
export interface ItemAction {
  itemId: string;
  version?: number;
}

/** @throws Refusal 404 when there is none, 412 when it is not the version that the person saw. */
export async function lockItem(tx: TenantTx, action: ItemAction): Promise<ItemRow> {
  const [item] = await tx.query<ItemRow>(
    `SELECT id, state, stage, connection_id, stream_id, external_id, raw_id, version, edited_payload FROM error_item WHERE id = $1 FOR UPDATE`,
    [action.itemId],
  );
  if (!item) throw new Refusal(404, 'NOT_FOUND', 'there is no such error item');
  if (action.version === undefined || action.version === item.version) return item;
  throw new Refusal(
    412,
    'CHANGED_MEANWHILE',
    `somebody changed this item since it was read: it is at version ${item.version}; read it again`,
  );
}

export interface Move {
  to: ItemState;
  set: Record<string, unknown>;
  action: string;
  note?: Record<string, unknown>;
}

/** One step of the transition table with its audit row. @throws IllegalTransition */
export async function moveItem(tx: TenantTx, actor: Actor, { item, move }: { item: ItemRow; move: Move }): Promise<void> {
  assertTransition(item.state, move.to);
  const columns = Object.keys(move.set);
  const sets = [
    'state = $2',
    ...columns.map((column, index) => `${column} = $${index + 3}`),
    'updated_at = now()',
    'version = version + 1',
  ];
  await tx.query(`UPDATE error_item SET ${sets.join(', ')} WHERE id = $1`, [
    item.id,
    move.to,
    ...columns.map((column) => move.set[column]),
  ]);
  await audit(tx, actor, {
    action: move.action,
    subject: { kind: 'error-item', id: item.id },
    before: { state: item.state },
    after: { state: move.to, ...move.note },
  });
}
