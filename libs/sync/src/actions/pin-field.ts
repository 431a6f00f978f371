import { randomUUID } from 'node:crypto';
import { canonicalEquals, validateField, type CanonicalValue, type ObjectName } from '#hub/canonical';
import { mergeRecord } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { activeRules } from '../identity/people-model.js';
import { lockObject } from '../inward/apply-batch.js';
import type { WantedRun } from '../inward/batch-work.js';
import { loadGolden, remergeClusters } from '../inward/merge-clusters.js';
import { requestPersonsRuns, type RunAnswer, type RunKind } from '../runs/request-run.js';
import { loadStreams } from '../stream-context.js';
import { audit, Refusal, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';

export interface PinnedField {
  clusterId: string;
  field: string;
  value: unknown;
  reason: string;
  expiresAt?: Date;
}
export interface PinState {
  field: string;
  value: CanonicalValue;
  overruled: CanonicalValue;
  author: string;
  reason: string;
  createdAt: Date;
  expiresAt: Date | null;
  /** What the sources say is not what the pin overruled: look at it again. */
  sourceChanged: boolean;
}
const DAY_MS = 86_400_000;

/** A person's word on one field, above every rule, until it is released or ends. `null` clears the field. */
export async function pinField(hub: Hub, actor: Actor, pin: PinnedField): Promise<void> {
  await change(hub, actor, pin, async (tx, { recordId, before }) => {
    const rules = await activeRules(tx);
    const expiresAt = pin.expiresAt ?? (rules.pinDays === undefined ? undefined : new Date(hub.now().getTime() + rules.pinDays * DAY_MS));
    await release(tx, pin);
    await tx.query(
      `INSERT INTO pin (tenant_id, id, record_id, field, value, overruled, author, reason, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        tx.tenantId,
        randomUUID(),
        recordId,
        pin.field,
        JSON.stringify(pin.value),
        JSON.stringify(before ?? null),
        actor.id,
        pin.reason,
        expiresAt ?? null,
      ],
    );
    await audit(tx, actor, {
      action: 'record.pin',
      subject: { kind: 'record', id: pin.clusterId },
      after: { field: pin.field, reason: pin.reason },
    });
  });
}

/** Ends a pin: the rules decide again. */
export async function releasePin(hub: Hub, actor: Actor, pin: { clusterId: string; field: string; reason: string }): Promise<void> {
  await change(hub, actor, { ...pin, value: null }, async (tx) => {
    if ((await release(tx, pin)) === 0) throw new Refusal(404, 'NOT_FOUND', `${pin.field} is not pinned`);
    await audit(tx, actor, {
      action: 'record.unpin',
      subject: { kind: 'record', id: pin.clusterId },
      after: { field: pin.field, reason: pin.reason },
    });
  });
}

/** Lets the rules decide again where a pin has come to its end. */
export async function endPins(hub: Hub, tenantId: string): Promise<void> {
  const ended = await hub.database.inTenant(tenantId, (tx) =>
    tx.query<{ id: string; object: ObjectName }>(
      `SELECT DISTINCT m.cluster_id AS id, s.object FROM pin p JOIN source_record s ON s.id = p.record_id JOIN cluster_member m ON m.record_id = p.record_id AND m.valid_to IS NULL
       WHERE p.released_at IS NULL AND p.expires_at <= now() ORDER BY 1`,
    ),
  );
  for (const { id, object } of ended) {
    const runs = await hub.database.inTenant(tenantId, async (tx) => {
      await lockObject(tx, object);
      await tx.query(
        `UPDATE pin SET released_at = now() WHERE released_at IS NULL AND expires_at <= now() AND record_id IN (SELECT record_id FROM cluster_member WHERE cluster_id = $1 AND valid_to IS NULL)`,
        [id],
      );
      return remerge(tx, hub, id);
    });
    await dispatchSoon(hub, tenantId, runs);
  }
}

export async function pinsOf(tx: TenantTx, hub: Hub, clusterId: string): Promise<PinState[]> {
  const rows = await tx.query<Omit<PinState, 'sourceChanged'>>(
    `SELECT p.field, p.value, p.overruled, p.author, p.reason, p.created_at AS "createdAt", p.expires_at AS "expiresAt" FROM pin p JOIN cluster_member m ON m.record_id = p.record_id AND m.valid_to IS NULL
     WHERE m.cluster_id = $1 AND p.released_at IS NULL ORDER BY p.field, p.created_at DESC`,
    [clusterId],
  );
  if (rows.length === 0) return [];
  const streams = await loadStreams(tx, hub);
  const [cluster] = await loadGolden({ tx, streams }, [clusterId]);
  const members = cluster.members.filter((member) => !member.deleted);
  const unpinned = mergeRecord({ object: cluster.object, members, policies: streams.policiesOf(cluster.object) }).values;
  return rows.map((row) => ({
    ...row,
    sourceChanged: !canonicalEquals(cluster.object, row.field, unpinned[row.field] ?? null, row.overruled),
  }));
}

interface Pinnable {
  recordId: string;
  before?: CanonicalValue;
}

async function change(
  hub: Hub,
  actor: Actor,
  pin: Omit<PinnedField, 'reason'>,
  work: (tx: TenantTx, pinnable: Pinnable) => Promise<void>,
): Promise<void> {
  const runs = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const [row] = await tx.query<{ object: ObjectName; id: string; before: CanonicalValue | null; said: boolean }>(
      `SELECT c.object, s.id, c.values -> $2 AS before, c.values ? $2 AS said FROM cluster c JOIN cluster_member m ON m.cluster_id = c.id AND m.valid_to IS NULL JOIN source_record s ON s.id = m.record_id
       JOIN connection n ON n.id = s.connection_id WHERE c.id = $1 ORDER BY s.deleted_at IS NOT NULL, n.system_of_record DESC, s.created_at, s.id LIMIT 1`,
      [pin.clusterId, pin.field],
    );
    if (!row) throw new Refusal(404, 'NOT_FOUND', 'there is no such record');
    const broken = pin.value === null ? undefined : validateField(row.object, pin.field, pin.value as CanonicalValue);
    if (broken)
      throw new Refusal(422, 'INVALID_REQUEST', broken.message, [{ pointer: '/value', code: broken.rule, detail: broken.message }]);
    await lockObject(tx, row.object);
    await work(tx, { recordId: row.id, before: row.said ? (row.before ?? null) : undefined });
    return remerge(tx, hub, pin.clusterId);
  });
  await dispatchSoon(hub, actor.tenantId, runs);
}

async function release(tx: TenantTx, { clusterId, field }: { clusterId: string; field: string }): Promise<number> {
  const rows = await tx.query(
    `UPDATE pin SET released_at = now() WHERE field = $2 AND released_at IS NULL AND record_id IN (SELECT record_id FROM cluster_member WHERE cluster_id = $1 AND valid_to IS NULL) RETURNING 1`,
    [clusterId, field],
  );
  return rows.length;
}

async function remerge(tx: TenantTx, hub: Hub, clusterId: string): Promise<{ kind: RunKind; answer: RunAnswer }[]> {
  const wanted: WantedRun[] = [];
  await remergeClusters({ tx, hub, streams: await loadStreams(tx, hub), now: hub.now(), wanted, held: () => undefined }, [clusterId]);
  return requestPersonsRuns(tx, wanted);
}
