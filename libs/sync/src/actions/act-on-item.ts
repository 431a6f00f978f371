import { hash } from 'node:crypto';
import { assertTransition, type ItemState } from '../errors/item-states.js';
import { dispatchAnswer } from '../dispatch-run.js';
import type { Hub } from '../hub.js';
import { mapFresh } from '../load-held.js';
import { requestRun } from '../request-run.js';
import { loadStreams } from '../stream-context.js';
import type { TenantTx } from '#hub/persistence';
import { canonicalEquals, type CanonicalValues } from '#hub/canonical';
import { audit, Refusal, type Actor } from './actor.js';

export type RetryMode = 'fresh' | 'as-it-was' | 'current-mapping';
export interface ItemRow {
  id: string; state: ItemState; stage: string; code: string; connection_id: string; stream_id: string | null; external_id: string | null; raw_id: string | null; record_id: string | null; version: number; edited_payload: string | null;
}
/** `version`: the item as the person saw it; another one means that somebody was quicker. */
export interface ItemAction { itemId: string; version?: number }

async function lockItem(tx: TenantTx, action: ItemAction): Promise<ItemRow> {
  const [item] = await tx.query<ItemRow>(
    `SELECT id, state, stage, code, connection_id, stream_id, external_id, raw_id, record_id, version, edited_payload FROM error_item WHERE id = $1 FOR UPDATE`, [action.itemId],
  );
  if (!item) throw new Refusal(404, 'NOT_FOUND', 'there is no such error item');
  if (action.version !== undefined && action.version !== item.version) throw new Refusal(412, 'CHANGED_MEANWHILE', 'somebody changed this item since it was read; read it again');
  return item;
}

interface Move { to: ItemState; set: Record<string, unknown>; action: string; note?: Record<string, unknown> }

async function moveItem(tx: TenantTx, actor: Actor, item: ItemRow, move: Move): Promise<void> {
  assertTransition(item.state, move.to);
  const columns = Object.keys(move.set);
  const sets = columns.map((column, index) => `${column} = $${index + 3}`);
  await tx.query(`UPDATE error_item SET ${['state = $2', ...sets, 'updated_at = now()', 'version = version + 1'].join(', ')} WHERE id = $1`, [item.id, move.to, ...columns.map((column) => move.set[column])]);
  await audit(tx, actor, { action: move.action, subject: { kind: 'error-item', id: item.id }, before: { state: item.state }, after: { state: move.to, ...move.note } });
}

/** Asks for another attempt. The answer is the run that makes it. */
export async function retryItem(hub: Hub, actor: Actor, action: ItemAction & { mode: RetryMode }): Promise<{ runId: string }> {
  const answer = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const item = await lockItem(tx, action);
    if (item.stage === 'merge' || item.stage === 'match') throw new Refusal(409, 'NEEDS_A_DECISION', 'a retry cannot decide this; settle the conflict or the match, or resolve the item with a reason');
    if (action.mode !== 'fresh' && item.raw_id === null && item.edited_payload === null) throw new Refusal(409, 'NOTHING_STORED', 'nothing of this record is stored; retry it with mode fresh');
    await moveItem(tx, actor, item, { to: 'retrying', set: { retry_mode: action.mode, retry_requested_at: new Date() }, action: 'error.retry', note: { mode: action.mode } });
    return requestRun(tx, { kind: 'retries', connectionId: item.connection_id, cause: 'person', requestedBy: actor.id });
  });
  if (answer.answer === 'rejected') throw new Refusal(409, answer.code, answer.reason);
  await dispatchAnswer(hub, actor.tenantId, { answer, kind: 'retries' });
  return { runId: answer.runId };
}

/** What a retry with stored data would change: the stored payload through the mapping of today, beside what the hub holds. */
export async function previewRetry(hub: Hub, actor: Actor, itemId: string): Promise<{ outcome: string; failures: unknown[]; changes: { field: string; holds: boolean }[] }> {
  return hub.database.inTenant(actor.tenantId, async (tx) => {
    const [item] = await tx.query<{ stream_id: string; payload: string | null; edited: string | null; values: CanonicalValues | null }>(
      `SELECT e.stream_id, r.payload, e.edited_payload AS edited, s.values FROM error_item e LEFT JOIN raw r ON r.tenant_id = e.tenant_id AND r.id = e.raw_id
       LEFT JOIN source_record s ON s.tenant_id = e.tenant_id AND s.stream_id = e.stream_id AND s.external_id = e.external_id WHERE e.id = $1`, [itemId],
    );
    if (!item) throw new Refusal(404, 'NOT_FOUND', 'there is no such error item');
    const text = item.edited ?? item.payload;
    if (text === null) throw new Refusal(409, 'NOTHING_STORED', 'nothing of this record is stored; a retry would fetch it afresh');
    const stream = (await loadStreams(tx, hub)).byId(item.stream_id);
    const result = mapFresh(stream, JSON.parse(text), hub.now());
    if (result.kind !== 'mapped') return { outcome: result.kind, failures: result.kind === 'refused' ? result.failures : [], changes: [] };
    const before = item.values ?? {};
    const fields = [...new Set([...Object.keys(before), ...Object.keys(result.values)])].filter((field) => !canonicalEquals(stream.object, field, before[field], result.values[field]));
    return { outcome: 'mapped', failures: result.blocked, changes: fields.map((field) => ({ field, holds: field in before })) };
  });
}

/** Keeps an edited payload for the next retry; it must pass the mapping. The audit row holds hashes, never values. */
export async function editItem(hub: Hub, actor: Actor, action: ItemAction & { payload: unknown; reason: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const item = await lockItem(tx, action);
    if (item.stage !== 'map' || item.stream_id === null) throw new Refusal(409, 'NOT_EDITABLE', 'only a record that its mapping refused can be edited here');
    const stream = (await loadStreams(tx, hub)).byId(item.stream_id);
    const result = mapFresh(stream, action.payload, hub.now());
    if (result.kind === 'refused') {
      throw new Refusal(422, 'STILL_REFUSED', 'the edited payload is still refused by the mapping', result.failures.map((failure) => ({ pointer: `/payload${failure.pointer}`, code: failure.code, detail: failure.message })));
    }
    const text = JSON.stringify(action.payload);
    await tx.query(`UPDATE error_item SET edited_payload = $2, updated_at = now(), version = version + 1 WHERE id = $1`, [item.id, text]);
    const after = { edited: hash('sha256', text), reason: action.reason };
    await audit(tx, actor, { action: 'error.edit', subject: { kind: 'error-item', id: item.id }, before: { edited: item.edited_payload && hash('sha256', item.edited_payload) }, after });
  });
}

export async function ignoreItem(hub: Hub, actor: Actor, action: ItemAction & { reason: string; until?: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) =>
    moveItem(tx, actor, await lockItem(tx, action), { to: 'ignored', set: { ignored_until: action.until ?? null, resolution_reason: action.reason }, action: 'error.ignore', note: { reason: action.reason } }),
  );
}

export async function assignItem(hub: Hub, actor: Actor, action: ItemAction & { assignee: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) =>
    moveItem(tx, actor, await lockItem(tx, action), { to: 'assigned', set: { assignee: action.assignee }, action: 'error.assign', note: { assignee: action.assignee } }),
  );
}

export async function snoozeItem(hub: Hub, actor: Actor, action: ItemAction & { until: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => moveItem(tx, actor, await lockItem(tx, action), { to: 'snoozed', set: { snoozed_until: action.until }, action: 'error.snooze', note: { until: action.until } }));
}

/** Closes without proof: only with a reason, which stays on the item and in the audit. */
export async function resolveItem(hub: Hub, actor: Actor, action: ItemAction & { reason: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) =>
    moveItem(tx, actor, await lockItem(tx, action), { to: 'resolved', set: { resolution: 'reason', resolution_reason: action.reason, resolved_at: new Date() }, action: 'error.resolve', note: { reason: action.reason } }),
  );
}

export async function reopenItem(hub: Hub, actor: Actor, action: ItemAction): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const item = await lockItem(tx, action);
    await moveItem(tx, actor, item, { to: 'open', set: { resolved_at: null, resolution: null, ignored_until: null }, action: 'error.reopen' });
  });
}
