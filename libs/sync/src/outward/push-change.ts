import { canonicalHash, type CanonicalValues } from '#hub/canonical';
import { ConnectorFailure, type Receipt, type WriteInput } from '#hub/connector-sdk';
import type { OutwardContext } from '#hub/mapping';
import { randomUUID } from 'node:crypto';
import { asFailure, isOutsideOfUs } from '../runs/bug-failure.js';
import type { PushWork } from './advance-push.js';
import type { Write } from './claim-writes.js';
import { confirmWrite } from './confirm-write.js';
import { returnedEchoes } from './returned-echoes.js';
import { parentIdsOf } from '../inward/fetch-records.js';
import { loadBases } from './load-bases.js';
import { loadParents, outwardContext } from './load-parents.js';
import { policyFor } from '../runs/failure-policy.js';
import { lookFirst, type Standing } from './look-first.js';
import { backOff, fallDue, parkWrite, readAgainFirst, updateClaimed, verifyMissing, storeReceipt } from './settle-write.js';
import type { StreamContext } from '../stream-context.js';
import { mergeThere } from '../vendor-merges/merge-there.js';

/** A call that was noted as sent may still wait for its budget, and be on its way: the vendor's time begins after that. */
const SENDING_MS = 3_000;

/** What a write needs of its target, read when it is sent. */
interface Target {
  stream: StreamContext;
  context: OutwardContext;
  /** What a record is made of where there is none yet. */
  golden: CanonicalValues;
  parents: Record<string, string>;
  current?: Standing;
  /** A create with this write id was on its way once, by this write or by an earlier one. */
  sentOnce: boolean;
}

/** Sends one write and proves it by a read-back, or leaves it in a state from which the next claim goes on. */
export async function pushChange(work: PushWork, write: Write): Promise<void> {
  const stream = work.streams.byId(write.streamId);
  try {
    if (write.operation === 'merge') return await mergeThere(work, { write, stream });
    if (write.was === 'sent') return await confirmWrite(work, { write, stream });
    const target = await loadTarget(work, { write, stream });
    const receipt = await deliver(work, write, target);
    if (receipt === 'later') return;
    await storeReceipt(work, write, receipt);
    await confirmWrite(work, { write: { ...write, was: 'sent', externalId: receipt.externalId, sentAt: new Date() }, stream, receipt });
  } catch (error) {
    if (isOutsideOfUs(error)) throw error;
    await settleVendorFailure(work, { write, stream, error: asFailure(error) });
  }
}

/** An update whose answer was lost, but whose value came back meanwhile, took effect: sent again it could undo what somebody did after it. */
async function deliver(work: PushWork, write: Write, target: Target): Promise<Receipt | 'later'> {
  if (write.operation === 'create') return deliverCreate(work, write, target);
  if (!target.current)
    throw new ConnectorFailure({ code: 'NOT_FOUND', detail: 'the record to change is not known in this system any more' });
  const { externalId } = target.current;
  if ((await returnedEchoes(work, write)).size > 0) return { externalId };
  const seen = await lookFirst(work, write, { stream: target.stream, parents: target.parents, held: target.current });
  if (seen === 'written') return { externalId };
  if (seen === 'changed') {
    await readAgainFirst(work, { write, stream: target.stream });
    return 'later';
  }
  await storeEchoes(work, write);
  return work.session.update(target.stream.name, {
    body: bodyOf(target, write, seen.values),
    changed: target.stream.mapping.outwardPaths(write.fields),
    writeId: write.writeId,
    parents: target.parents,
    externalId,
    version: seen.version ?? undefined,
    current: seen.payload,
  });
}

/** All outward fields: those that this write is not about as they stand there. */
function bodyOf({ stream, context }: Target, { intended }: Write, standing: CanonicalValues): Record<string, unknown> {
  return stream.mapping.fromCanonical({ ...standing, ...intended }, context);
}

/**
 * Search before create, by write id; a first create needs none where the vendor itself refuses a second one. After an unknown outcome the
 * search repeats until the vendor must show the record if it exists; only then is the create sent again. Without any search the row parks instead.
 */
async function deliverCreate(work: PushWork, write: Write, target: Target): Promise<Receipt | 'later'> {
  const { find, createsOnce } = target.stream.definition.push ?? { find: { by: 'none', visibleWithinMs: 0 } };
  const call = {
    body: bodyOf(target, write, write.orderId === null ? target.golden : {}),
    changed: [],
    writeId: write.writeId,
    parents: target.parents,
  };
  const searched = find.by !== 'none' && !(createsOnce && write.was === 'pending' && !target.sentOnce);
  const found = searched ? await findCreated(work, write, { stream: target.stream, call }) : undefined;
  if (found) return found;
  const unknown = write.was === 'unknown' || write.was === 'sending';
  if (unknown && find.by === 'none')
    throw new ConnectorFailure({
      code: 'UNKNOWN_OUTCOME',
      detail: 'the create may or may not have happened, and this system cannot be searched for it',
    });
  const tried = write.sentAt ?? write.firstTriedAt;
  const shownWithinMs = find.visibleWithinMs > 0 ? find.visibleWithinMs + SENDING_MS : 0;
  if (unknown && tried && work.hub.now().getTime() - tried.getTime() < shownWithinMs) {
    await fallDue(work, write, { state: 'unknown', inMs: Math.min(1_000, find.visibleWithinMs) });
    return 'later';
  }
  await storeEchoes(work, write);
  return work.session.create(target.stream.name, call);
}

/** A natural key names a person, not a write: what the hub knew before it first sent this create was there already. */
async function findCreated(
  work: PushWork,
  write: Write,
  { stream, call }: { stream: StreamContext; call: WriteInput },
): Promise<Receipt | undefined> {
  if (stream.definition.push?.find.by !== 'naturalKey') return work.session.find(stream.name, call);
  const alike = await work.session.alike(stream.name, call);
  const known = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ externalId: string }>(
      `SELECT s.external_id AS "externalId" FROM source_record s JOIN cluster_member m ON m.tenant_id = s.tenant_id AND m.record_id = s.id AND m.valid_to IS NULL
       WHERE s.stream_id = $1 AND s.external_id = ANY ($2) AND m.cluster_id <> $3 AND s.created_at < coalesce((SELECT min(sent_at) FROM outbox WHERE cluster_id = $3 AND write_id = $4), now())`,
      [stream.streamId, alike.map(({ externalId }) => externalId), write.clusterId, write.writeId],
    ),
  );
  return alike.find(({ externalId }) => !known.some((one) => one.externalId === externalId));
}

/**
 * The last act before the call. One token per field and intended value, on disk with the intent: the return of our own write is recognised
 * by value, once. A process that slept past its lease learns here that the row is another's and sends nothing. @throws LostLease
 */
async function storeEchoes(work: PushWork, write: Write): Promise<void> {
  const set = write.operation === 'create' ? 'sent_at = now()' : 'claimed_at = claimed_at';
  await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await updateClaimed(tx, work, { write, set });
    for (const field of write.fields) {
      await tx.query(
        `INSERT INTO echo (tenant_id, id, outbox_id, stream_id, external_id, write_id, field, value_hash) SELECT $1, $2, $3, $4, $5, $6, $7, $8
         WHERE NOT EXISTS (SELECT FROM echo WHERE outbox_id = $3 AND field = $7 AND value_hash = $8)`,
        [
          tx.tenantId,
          randomUUID(),
          write.id,
          write.streamId,
          write.externalId,
          write.writeId,
          field,
          canonicalHash(write.intended[field] ?? null),
        ],
      );
    }
  });
}

interface Current {
  external_id: string;
  version: string | null;
  payload: string | null;
  values: CanonicalValues;
  disputed: CanonicalValues | null;
}

async function loadTarget(work: PushWork, input: { write: Write; stream: StreamContext }): Promise<Target> {
  const { write, stream } = input;
  return work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    const [cluster] = await tx.query<{ ref: string | null; values: CanonicalValues; sentOnce: boolean }>(
      `SELECT ref, values, EXISTS (SELECT FROM outbox WHERE cluster_id = $1 AND write_id = $2 AND sent_at IS NOT NULL) AS "sentOnce" FROM cluster WHERE id = $1`,
      [write.clusterId, write.writeId],
    );
    const parents = await loadParents(tx, [write.clusterId]);
    const context = outwardContext({
      parents: parents.get(write.clusterId),
      connectionId: stream.connection.id,
      settings: stream.connection.settings,
      writeId: write.writeId,
      ref: cluster.ref,
      now: work.hub.now(),
    });
    const [current] = await tx.query<Current>(
      `SELECT s.external_id, s.version, r.payload, s.values, (SELECT jsonb_object_agg(field, theirs) FROM conflict WHERE record_id = s.id AND settled_at IS NULL) AS disputed
       FROM source_record s LEFT JOIN raw r ON r.tenant_id = s.tenant_id AND r.id = s.raw_id WHERE s.id = $1 AND s.deleted_at IS NULL`,
      [write.recordId],
    );
    const own = current ? (await parentIdsOf(tx, stream.streamId, [current.external_id])).get(current.external_id) : undefined;
    return {
      stream,
      context,
      golden: cluster.values,
      sentOnce: cluster.sentOnce,
      parents: own ?? externalParents(context),
      current: current
        ? {
            externalId: current.external_id,
            version: current.version,
            payload: JSON.parse(current.payload ?? 'null') as unknown,
            values: { ...current.values, ...current.disputed },
            disputed: Object.keys(current.disputed ?? {}),
            bases: (await loadBases(tx, [write.recordId ?? ''])).get(write.recordId ?? '') ?? {},
          }
        : undefined,
    };
  });
}

function externalParents(context: OutwardContext): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context.parents).flatMap(([role, parent]) => (parent?.externalId === undefined ? [] : [[role, parent.externalId]])),
  );
}

async function settleVendorFailure(work: PushWork, input: { write: Write; stream: StreamContext; error: ConnectorFailure }): Promise<void> {
  const { write, error } = input;
  if (error.code === 'UNKNOWN_OUTCOME' && (write.operation !== 'create' || input.stream.definition.push?.find.by !== 'none'))
    return fallDue(work, write, { state: 'unknown', inMs: 500 });
  if (error.code === 'NOT_FOUND' && write.operation === 'update') return verifyMissing(work, input);
  const policy = policyFor(error.code);
  if (policy === 'wait' || policy === 'pause-connection') {
    await fallDue(work, write, { state: write.was === 'sending' ? 'unknown' : write.was, inMs: error.retryAfterMs ?? 1_000 });
    throw error;
  }
  if (policy === 'retry' && error.code === 'TRANSIENT') return backOff(work, input);
  return parkWrite(work, input);
}
