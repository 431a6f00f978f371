import { mapFreshAlone } from '../reconcile/load-held.js';
import {
  canonicalEquals,
  canonicalHash,
  normaliseValues,
  NORMALISER_VERSION,
  type CanonicalValue,
  type CanonicalValues,
} from '#hub/canonical';
import type { RawRecord, Receipt } from '#hub/connector-sdk';
import type { TenantTx } from '#hub/persistence';
import { randomUUID } from 'node:crypto';
import type { PushWork } from './advance-push.js';
import { lockObject } from '../inward/apply-batch.js';
import type { WantedRun } from '../inward/batch-work.js';
import type { Write } from './claim-writes.js';
import { dispatchWanted } from '../inward/advance.js';
import { hintRecords } from '../inward/hint-records.js';
import { parentIdsOf } from '../inward/fetch-records.js';
import { loadBases } from './load-bases.js';
import { loadParents } from './load-parents.js';
import { remergeClusters } from '../inward/merge-clusters.js';
import { contentHash, recordHash } from '../inward/map-record.js';
import { nextFetchSeq } from '../inward/pull-batch.js';
import { requestRun } from '../runs/request-run.js';
import { clusterOfRecord } from '../identity/people-nodes.js';
import { placeCreated } from '../identity/place-created.js';
import { returnedEchoes } from './returned-echoes.js';
import { countWrite, fallDue, parkWrite, updateClaimed } from './settle-write.js';
import type { StreamContext } from '../stream-context.js';

interface Confirmation {
  write: Write;
  stream: StreamContext;
  receipt?: Receipt;
}
interface ReadBack extends Confirmation {
  record: RawRecord;
  values: CanonicalValues;
  fetchSeq: string;
  text: string;
  overtaken: boolean;
}

/**
 * Reads the written record back and takes what the vendor holds as the base, whatever we sent. Not visible yet: the row stays `sent`
 * and is read again until the vendor must show it.
 */
export async function confirmWrite(work: PushWork, confirmation: Confirmation): Promise<void> {
  const { write, stream } = confirmation;
  const fetchSeq = await nextFetchSeq(work.hub.database);
  const fetched = await work.session.fetch(stream.name, {
    externalId: write.externalId ?? '',
    parents: await knownParents(work, confirmation),
  });
  if (fetched.state !== 'found') return waitUntilVisible(work, confirmation);
  const mapped = await mapFreshAlone(work.hub, stream, fetched.record.payload);
  if (mapped.kind !== 'mapped') {
    return parkWrite(work, {
      write,
      stream,
      error: {
        code: 'DRIFT',
        detail: 'what the system returned after the write cannot be read by its own mapping; look at the record there',
        field: write.fields[0],
      },
    });
  }
  const record = { ...fetched.record, externalId: write.externalId ?? fetched.record.externalId };
  const shown = normaliseValues(stream.object, mapped.values);
  if (await stillShowsTheOld(work, { write, stream, shown })) return fallDue(work, write, { state: 'sent', inMs: 1_000 });
  const overtaken =
    isOvertaken(confirmation.receipt, record) ||
    (await changedSinceAnswer(work, confirmation, shown)) ||
    differs(shown, await returnedEchoes(work, write));
  const values = { ...shown, ...(overtaken ? write.intended : {}) };
  await takeReadBack(work, { ...confirmation, record, values, fetchSeq, text: JSON.stringify(record.payload), overtaken });
}

/** A version that is not our write's means that somebody edited in between. Our own values are kept, so that theirs still shows as a change when the record is fetched again. */
function isOvertaken(receipt: Receipt | undefined, record: RawRecord): boolean {
  return receipt?.version !== undefined && record.version !== undefined && receipt.version !== record.version;
}

/** So does another value than the one that the answer to our very write showed. */
async function changedSinceAnswer(work: PushWork, { write, stream, receipt }: Confirmation, shown: CanonicalValues): Promise<boolean> {
  if (receipt?.payload === undefined) return false;
  const mapped = await mapFreshAlone(work.hub, stream, receipt.payload);
  if (mapped.kind !== 'mapped') return false;
  const answered = normaliseValues(stream.object, mapped.values);
  return write.fields.some((field) => !canonicalEquals(stream.object, field, shown[field], answered[field]));
}

/** A system may show its writes late: where it still shows the values before, it is read again for as long as that may take. */
async function stillShowsTheOld(work: PushWork, back: Pick<ReadBack, 'write' | 'stream'> & { shown: CanonicalValues }): Promise<boolean> {
  const { write, stream, shown } = back;
  const { recordId } = write;
  const same = (field: string, one?: CanonicalValue, other?: CanonicalValue): boolean => canonicalEquals(stream.object, field, one, other);
  const unlike = write.fields.filter((field) => !same(field, shown[field], write.intended[field]));
  if (recordId === null || unlike.length === 0 || isLate(work, back)) return false;
  const bases = (await work.hub.database.inTenant(work.key.tenantId, (tx) => loadBases(tx, [recordId]))).get(recordId) ?? {};
  return unlike.every((field) => bases[field] !== undefined && same(field, shown[field], bases[field].theirs));
}

/** A write that its system must show by now, if it took it. */
export function isLate(work: PushWork, { write, stream }: Pick<Confirmation, 'write' | 'stream'>): boolean {
  const visibleWithinMs = stream.definition.push?.find.visibleWithinMs ?? 0;
  return work.hub.now().getTime() - (write.sentAt?.getTime() ?? 0) >= visibleWithinMs + 5_000;
}

/** So does another value where this system had shown ours already. */
function differs(shown: CanonicalValues, returned: Map<string, string>): boolean {
  return [...returned].some(([field, hash]) => canonicalHash(shown[field] ?? null) !== hash);
}

async function waitUntilVisible(work: PushWork, { write, stream }: Confirmation): Promise<void> {
  if (!isLate(work, { write, stream })) return fallDue(work, write, { state: 'sent', inMs: 1_000 });
  return parkWrite(work, {
    write,
    stream,
    error: { code: 'NOT_FOUND', detail: 'the write was accepted, yet the record cannot be found; look for it there before retrying' },
  });
}

async function takeReadBack(work: PushWork, back: ReadBack): Promise<void> {
  const { write, stream } = back;
  const answers = await work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    await lockObject(tx, stream.object);
    await updateClaimed(tx, work, {
      write,
      set: `state = 'confirmed', confirmed_at = now(), returned = $4::jsonb, overwrote = coalesce((SELECT jsonb_object_agg(f, s.values -> f) FROM source_record s, unnest(outbox.fields) f WHERE s.id = $3 AND s.values ? f), '{}')`,
      parameters: [write.recordId, JSON.stringify(Object.fromEntries(write.fields.map((field) => [field, back.values[field]])))],
    });
    await tx.query(
      `UPDATE restored_claim r SET released_at = now() FROM outbox o WHERE o.id = $1 AND r.record_id = o.record_id AND r.field = ANY (o.fields) AND r.released_at IS NULL AND r.created_at <= o.created_at`,
      [write.id],
    );
    const recordId = await saveReadBack(tx, back);
    await saveBases(tx, { back, recordId });
    await settleEchoes(tx, back);
    if (back.overtaken)
      await requestRun(tx, { kind: 'hints', connectionId: stream.connection.id, streamId: stream.streamId, cause: 'dependency' });
    await countWrite(tx, work, 'confirmed');
    await tx.query(
      `UPDATE error_item SET state = 'awaiting_proof', written_by_run = $2, proof_due_at = now() + interval '1 hour', updated_at = now(), version = version + 1
       WHERE trace_key = $1 AND state IN ('open', 'assigned', 'snoozed', 'retrying', 'awaiting_proof')`,
      [`push:${write.clusterId}:${stream.connection.id}`, work.run.id],
    );
    const placed =
      write.operation === 'create' && stream.object === 'candidate' ? await placeCreated(tx, work.hub, { write, recordId }) : [];
    const wanted: WantedRun[] = [];
    // The record may have left its cluster while the write was under way.
    await remergeClusters({ tx, hub: work.hub, streams: work.streams, now: work.hub.now(), wanted, held: () => undefined }, [
      ...new Set([write.clusterId, await clusterOfRecord(tx, recordId)]),
    ]);
    const asked = [...new Map(wanted.map((run) => [run.connectionId, run])).values()].map(async (run) => ({
      kind: run.kind,
      answer: await requestRun(tx, { ...run, cause: 'change' }),
    }));
    return [...placed, ...(await Promise.all(asked))];
  });
  await dispatchWanted(work.hub, work.key.tenantId, answers);
}

/**
 * The target's source record, as the vendor holds it now; created with its membership when this was a create. What we made ourselves says
 * nothing new, so it is as old as the oldest record of its object: an edit made while the create was under way stays the newest.
 */
async function saveReadBack(tx: TenantTx, back: ReadBack): Promise<string> {
  const { write, stream, record, values } = back;
  const rawId = randomUUID();
  await tx.query(
    `INSERT INTO raw (tenant_id, id, stream_id, external_id, fetch_seq, version, payload) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [tx.tenantId, rawId, stream.streamId, record.externalId, back.fetchSeq, record.version ?? null, back.text.replaceAll('\0', '')],
  );
  const [saved] = await tx.query<{ id: string }>(
    `INSERT INTO source_record (tenant_id, id, connection_id, stream_id, object, external_id, raw_id, hash, mapping, mapping_version, normaliser_version, values, changed_at, version, fetch_seq, write_id, written_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, coalesce((SELECT min(o.changed_at) FROM cluster_member m JOIN source_record o ON o.id = m.record_id WHERE m.cluster_id = $16 AND m.valid_to IS NULL), now()), $13, $14, $15, now())
     ON CONFLICT (tenant_id, stream_id, external_id) DO UPDATE SET raw_id = excluded.raw_id, hash = excluded.hash, mapping = excluded.mapping, mapping_version = excluded.mapping_version,
       values = excluded.values, version = excluded.version, fetch_seq = excluded.fetch_seq, write_id = coalesce(source_record.write_id, excluded.write_id), written_at = now(), seen_at = now(), deleted_at = NULL
     RETURNING id`,
    [
      tx.tenantId,
      write.recordId ?? randomUUID(),
      stream.connection.id,
      stream.streamId,
      stream.object,
      record.externalId,
      rawId,
      back.overtaken ? contentHash('', stream) : recordHash({ text: back.text, version: record.version }, stream),
      stream.mapping.name,
      stream.mapping.version,
      NORMALISER_VERSION,
      values,
      record.version ?? null,
      back.fetchSeq,
      write.operation === 'create' ? write.writeId : null,
      write.clusterId,
    ],
  );
  await tx.query(
    `INSERT INTO cluster_member (tenant_id, record_id, cluster_id) SELECT $1, $2, coalesce((SELECT new_id FROM cluster_redirect WHERE old_id = $3), $3)
     WHERE NOT EXISTS (SELECT FROM cluster_member WHERE record_id = $2 AND valid_to IS NULL)`,
    [tx.tenantId, saved.id, write.clusterId],
  );
  await tx.query(
    `INSERT INTO record_parent (tenant_id, record_id, role, parent_id) SELECT DISTINCT ON (p.role) $1::uuid, $2::uuid, p.role, p.parent_id FROM cluster_member m
     JOIN record_parent p ON p.tenant_id = m.tenant_id AND p.record_id = m.record_id WHERE m.cluster_id = $3 AND m.valid_to IS NULL ORDER BY p.role, m.valid_from ON CONFLICT DO NOTHING`,
    [tx.tenantId, saved.id, write.clusterId],
  );
  return saved.id;
}

/** ours = what we meant; theirs = what came back, which may be nothing where the vendor keeps no such field. */
async function saveBases(tx: TenantTx, input: { back: ReadBack; recordId: string }): Promise<void> {
  const { back, recordId } = input;
  for (const field of back.write.fields) {
    const ours = back.write.intended[field];
    await tx.query(
      `INSERT INTO base (tenant_id, record_id, field, ours, theirs) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, record_id, field) DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs, at = now()`,
      [tx.tenantId, recordId, field, json(ours), json(back.values[field])],
    );
  }
  if (!back.overtaken) return;
  await hintRecords(tx, { streamId: back.stream.streamId, externalIds: [back.record.externalId], cause: 'overtaken' });
}

/** A read-back of a field ends every older token of it. */
async function settleEchoes(tx: TenantTx, back: ReadBack): Promise<void> {
  await tx.query(
    `UPDATE echo SET killed_at = now() WHERE stream_id = $1 AND (external_id = $2 OR write_id = $3) AND field = ANY ($4) AND consumed_at IS NULL AND killed_at IS NULL`,
    [back.stream.streamId, back.record.externalId, back.write.writeId, back.write.fields],
  );
}

async function knownParents(work: PushWork, { write, stream }: Confirmation): Promise<Record<string, string>> {
  return work.hub.database.inTenant(work.key.tenantId, async (tx) => {
    const own = (await parentIdsOf(tx, stream.streamId, [write.externalId ?? ''])).get(write.externalId ?? '');
    if (own) return own;
    const parents = (await loadParents(tx, [write.clusterId])).get(write.clusterId) ?? [];
    const known: Record<string, string> = {};
    for (const [role, parent] of parents) {
      const externalId = parent.externalIds.get(stream.connection.id);
      if (externalId !== undefined) known[role] = externalId;
    }
    return known;
  });
}

function json(value: CanonicalValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
