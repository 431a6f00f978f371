import { ConnectorFailure, type RawRecord } from '#hub/connector-sdk';
import type { TenantTx } from '#hub/persistence';
import type { StreamWork } from './advance.js';
import { parkItems, type ParkedItem } from '../errors/park-items.js';
import { policyFor } from '../runs/failure-policy.js';
import { pulledRecord, type PulledRecord } from './map-record.js';
import { nextFetchSeq } from './pull-batch.js';

const AT_ONCE = 4;

export interface FetchedRecords {
  records: PulledRecord[];
  refused: ParkedItem[];
}

/** Reads single records afresh: hints, retries, sweeps. A record that may not be read parks; a vendor in trouble fails the slice. */
export async function fetchRecords(
  work: Pick<StreamWork, 'hub' | 'key' | 'stream' | 'session'>,
  asked: { externalId: string; itemId?: string; movedTo?: string }[],
): Promise<FetchedRecords> {
  const parents = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    parentIdsOf(
      tx,
      work.stream.streamId,
      asked.map((one) => one.externalId),
    ),
  );
  const fetchSeq = await nextFetchSeq(work.hub.database);
  const result: FetchedRecords = { records: [], refused: [] };
  for (let start = 0; start < asked.length; start += AT_ONCE) {
    await Promise.all(
      asked.slice(start, start + AT_ONCE).map(async (one) => {
        try {
          const raw = await fetchOne(work, {
            externalId: one.externalId,
            parents: parents.get(one.externalId) ?? {},
            movedTo: one.movedTo,
          });
          result.records.push(pulledRecord(raw, { stream: work.stream, fetchSeq, itemId: one.itemId }));
        } catch (error) {
          if (!(error instanceof ConnectorFailure) || policyFor(error.code) !== 'park-record') throw error;
          result.refused.push(refusedFetch(work, one.externalId, error));
        }
      }),
    );
  }
  return result;
}

async function fetchOne(
  work: Pick<StreamWork, 'stream' | 'session'>,
  record: { externalId: string; parents: Record<string, string>; movedTo?: string },
): Promise<RawRecord> {
  const { externalId, parents } = record;
  const fetched = await work.session.fetch(work.stream.name, { externalId, parents });
  if (fetched.state === 'found') return { ...fetched.record, externalId: record.externalId };
  if (fetched.state === 'moved') return { externalId: record.externalId, payload: null, mergedInto: fetched.movedTo };
  return record.movedTo ? { externalId, payload: null, mergedInto: record.movedTo } : { externalId, payload: null, deleted: true };
}

function refusedFetch(work: Pick<StreamWork, 'stream'>, externalId: string, error: ConnectorFailure): ParkedItem {
  return {
    stage: 'pull',
    code: error.code,
    connectionId: work.stream.connection.id,
    streamId: work.stream.streamId,
    traceKey: `${work.stream.streamId}:${externalId}`,
    externalId,
    message: `${work.stream.connection.name} refuses to show this record: ${error.detail}`,
    heldFields: ['*'],
  };
}

export async function parkRefused(work: Pick<StreamWork, 'hub' | 'key'>, refused: ParkedItem[]): Promise<void> {
  if (refused.length > 0) await work.hub.database.inTenant(work.key.tenantId, (tx) => parkItems(tx, refused));
}

/** External ids of each record's parents in its own connection, which some vendors need to find it. */
export async function parentIdsOf(tx: TenantTx, streamId: string, externalIds: string[]): Promise<Map<string, Record<string, string>>> {
  const rows = await tx.query<{ external_id: string; role: string; parent: string }>(
    `SELECT s.external_id, p.role, q.external_id AS parent FROM source_record s JOIN record_parent p ON p.tenant_id = s.tenant_id AND p.record_id = s.id
     JOIN source_record q ON q.tenant_id = p.tenant_id AND q.id = p.parent_id AND q.connection_id = s.connection_id WHERE s.stream_id = $1 AND s.external_id = ANY ($2)`,
    [streamId, externalIds],
  );
  const parents = new Map<string, Record<string, string>>();
  for (const row of rows) parents.set(row.external_id, { ...parents.get(row.external_id), [row.role]: row.parent });
  return parents;
}
