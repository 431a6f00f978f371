import { hash } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { mapFreshAlone } from '../reconcile/load-held.js';
import { loadStreams } from '../stream-context.js';
import { audit, Refusal, type Actor } from './actor.js';
import { lockItem, type ItemAction, type ItemRow } from './move-item.js';

const AT_MOST = 256 * 1024;

/** Keeps an edited payload for the next retry; it must pass the mapping. The audit row holds hashes, never values. */
export async function editItem(hub: Hub, actor: Actor, action: ItemAction & { payload: unknown; reason: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const item = await lockItem(tx, action);
    await refuseUnfit(tx, hub, { item, payload: action.payload });
    const text = JSON.stringify(action.payload);
    if (text.length > AT_MOST)
      throw new Refusal(422, 'INVALID_REQUEST', 'the payload is larger than 256 kB', [
        { pointer: '/payload', code: 'size', detail: 'at most 256 kB' },
      ]);
    await tx.query(`UPDATE error_item SET edited_payload = $2, updated_at = now(), version = version + 1 WHERE id = $1`, [item.id, text]);
    const before = item.edited_payload ?? (await storedPayload(tx, item.raw_id));
    await audit(tx, actor, {
      action: 'error.edit',
      subject: { kind: 'error-item', id: item.id },
      before: { sha256: before && hash('sha256', before) },
      after: { sha256: hash('sha256', text), reason: action.reason },
    });
  });
}

async function refuseUnfit(tx: TenantTx, hub: Hub, { item, payload }: { item: ItemRow; payload: unknown }): Promise<void> {
  if (item.stage !== 'map' || item.stream_id === null)
    throw new Refusal(
      409,
      'NOT_EDITABLE',
      'only a record that its mapping refused can be edited here; mend others where they come from and retry',
    );
  if (item.state === 'resolved' || item.state === 'ignored')
    throw new Refusal(409, 'NOT_EDITABLE', `this item is ${item.state}; reopen it first`);
  const stream = (await loadStreams(tx, hub)).byId(item.stream_id);
  const result = await mapFreshAlone(hub, stream, payload);
  if (result.kind !== 'refused') return;
  const faults = result.failures.map((failure) => ({ pointer: `/payload${failure.pointer}`, code: failure.code, detail: failure.message }));
  throw new Refusal(422, 'STILL_REFUSED', 'the edited payload is still refused by the mapping', faults);
}

async function storedPayload(tx: TenantTx, rawId: string | null): Promise<string | undefined> {
  if (rawId === null) return undefined;
  const [raw] = await tx.query<{ payload: string }>(`SELECT payload FROM raw WHERE id = $1`, [rawId]);
  return raw?.payload;
}

/** The payload to edit, as the vendor sent it or as it was edited last. Shown on purpose: the look is audited. */
export async function revealPayload(
  hub: Hub,
  actor: Actor,
  itemId: string,
): Promise<{ payload: unknown; edited: boolean; version: number }> {
  return hub.database.inTenant(actor.tenantId, async (tx) => {
    const item = await lockItem(tx, { itemId });
    const text = item.edited_payload ?? (await storedPayload(tx, item.raw_id));
    if (text === undefined)
      throw new Refusal(409, 'NOTHING_STORED', 'nothing of this record is stored; a retry with mode fresh reads it from its vendor');
    await audit(tx, actor, { action: 'error.reveal', subject: { kind: 'error-item', id: item.id } });
    return { payload: JSON.parse(text) as unknown, edited: item.edited_payload !== null, version: item.version };
  });
}
