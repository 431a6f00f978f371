import { randomUUID } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';
import { requestRun, type RunAnswer } from '#hub/sync';

export interface VerifiedDelivery {
  endpointId: string;
  connectionId: string;
  messageId: string;
  headers: Record<string, string>;
  rawBody: Buffer;
  hints: { stream: string; externalId: string; movedTo?: string }[];
  /** Streams in which something changed, nobody says what. */
  changed: string[];
}

interface StoredRow {
  streams: { streamId: string; connectionId: string }[];
  /** Places of the deliveries, from 1, that were stored before. */
  known: number[];
}
export interface DeliveryCount {
  endpointId: string;
  received: number;
  refused: number;
}

export interface Stored {
  runs: { kind: 'hints' | 'sync'; answer: RunAnswer }[];
  repeated: Set<VerifiedDelivery>;
}

/**
 * Stores a group of deliveries in one statement: inbox rows, and one waiting hint per record that a new message names. A hint that waits
 * already gets a new id: the run that may be reading that record right now closes the old one only, so the record is read once more.
 * @returns runs to dispatch after the commit, one per stream that has none queued; and the deliveries whose message was stored before.
 */
export async function storeDeliveries(tx: TenantTx, group: VerifiedDelivery[]): Promise<Stored> {
  // One order for all: two groups that share messages must not wait for each other.
  const byMessage = new Map([...group].reverse().map((one) => [`${one.endpointId} ${one.messageId}`, one]));
  const distinct = [...byMessage].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  const hints = distinct.flatMap((one) => one.hints.map((hint) => ({ ...hint, endpointId: one.endpointId, messageId: one.messageId })));
  const [{ streams, known }] = await tx.prepared<StoredRow>('store-deliveries', STORE, [
    tx.tenantId,
    distinct.map((one) => one.endpointId),
    distinct.map((one) => one.messageId),
    Buffer.concat(distinct.map((one) => one.rawBody)),
    distinct.map((one) => one.rawBody.length),
    distinct.map((one) => JSON.stringify(kept(one.headers))),
    hints.map((hint) => hint.endpointId),
    hints.map((hint) => hint.messageId),
    hints.map(() => randomUUID()),
    hints.map((hint) => hint.stream),
    hints.map((hint) => hint.externalId),
    hints.map((hint) => hint.movedTo ?? null),
  ]);
  const first = new Set(distinct.filter((_, at) => !known.includes(at + 1)));
  const runs: Stored['runs'] = [];
  for (const { streamId, connectionId } of streams)
    runs.push({ kind: 'hints', answer: await requestRun(tx, { kind: 'hints', connectionId, streamId, cause: 'webhook' }) });
  for (const { streamId, connectionId } of await changedStreams(tx, [...first]))
    runs.push({ kind: 'sync', answer: await requestRun(tx, { kind: 'sync', connectionId, streamId, cause: 'webhook' }) });
  return {
    runs: runs.filter(({ answer }) => answer.answer === 'accepted'),
    repeated: new Set(group.filter((one) => !first.has(one))),
  };
}

async function changedStreams(tx: TenantTx, deliveries: VerifiedDelivery[]): Promise<StoredRow['streams']> {
  const named = deliveries.flatMap(({ connectionId, changed }) => changed.map((stream) => ({ connectionId, stream })));
  if (named.length === 0) return [];
  return tx.query(
    `SELECT DISTINCT s.id AS "streamId", s.connection_id AS "connectionId" FROM unnest($1::uuid[], $2::text[]) AS asked (connection_id, name)
     JOIN stream s ON s.connection_id = asked.connection_id AND s.name = asked.name ORDER BY 1`,
    [named.map(({ connectionId }) => connectionId), named.map(({ stream }) => stream)],
  );
}

/** Written apart from what is stored: deliveries of one endpoint that commit side by side would wait for this one row. */
export async function countDeliveries(tx: TenantTx, { endpointId, received, refused }: DeliveryCount): Promise<void> {
  await tx.query(`UPDATE webhook_endpoint SET received = received + $2, refused = refused + $3 WHERE id = $1`, [
    endpointId,
    received,
    refused,
  ]);
}

// Bodies travel as one binary parameter: an array of them would be written in hexadecimal, and read back, on the way.
// The queued run is locked until the commit, so that it cannot begin, look for hints and end without seeing these.
const STORE = `
WITH arrived AS (
  SELECT at, endpoint_id, message_id, headers, length, sum(length) OVER (ORDER BY at) - length AS start
  FROM unnest($2::uuid[], $3::text[], $5::int[], $6::jsonb[]) WITH ORDINALITY AS d (endpoint_id, message_id, length, headers, at)
), fresh AS (
  INSERT INTO inbox (tenant_id, endpoint_id, message_id, body, headers)
  SELECT $1::uuid, a.endpoint_id, a.message_id, substring($4::bytea FROM a.start::int + 1 FOR a.length), a.headers FROM arrived a JOIN webhook_endpoint e ON e.id = a.endpoint_id
  ON CONFLICT DO NOTHING RETURNING endpoint_id, message_id
), named AS (
  SELECT DISTINCT ON (s.id, h.external_id) s.id AS stream_id, s.connection_id, h.external_id, h.id, h.moved_to
  FROM unnest($7::uuid[], $8::text[], $9::uuid[], $10::text[], $11::text[], $12::text[]) AS h (endpoint_id, message_id, id, stream, external_id, moved_to)
  JOIN fresh USING (endpoint_id, message_id) JOIN webhook_endpoint e ON e.id = h.endpoint_id JOIN stream s ON s.connection_id = e.connection_id AND s.name = h.stream
  ORDER BY s.id, h.external_id, h.moved_to NULLS LAST
), hinted AS (
  INSERT INTO hint (tenant_id, id, stream_id, external_id, moved_to, cause) SELECT $1::uuid, id, stream_id, external_id, moved_to, 'webhook' FROM named
  ON CONFLICT (tenant_id, stream_id, external_id) WHERE done_at IS NULL DO UPDATE SET id = excluded.id, moved_to = coalesce(excluded.moved_to, hint.moved_to)
), queued AS (
  SELECT r.subject_id FROM run r WHERE r.kind = 'hints' AND r.state = 'queued' AND r.subject_id IN (SELECT stream_id FROM named) FOR SHARE
)
SELECT
  (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('streamId', n.stream_id, 'connectionId', n.connection_id)), '[]') FROM named n
   WHERE NOT EXISTS (SELECT FROM queued q WHERE q.subject_id = n.stream_id)) AS streams,
  CASE WHEN (SELECT count(*) FROM fresh) = (SELECT count(*) FROM arrived) THEN '[]' ELSE
   (SELECT coalesce(jsonb_agg(a.at), '[]') FROM arrived a WHERE NOT EXISTS (SELECT FROM fresh f WHERE f.endpoint_id = a.endpoint_id AND f.message_id = a.message_id)) END AS known`;

/** Signatures are proof only on arrival; what is kept is what a replay needs to be understood. */
const KEPT = /^(?:content-type|user-agent|x-[a-z-]*id|[a-z-]*event[a-z-]*)$/;

function kept(headers: Record<string, string>): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const name of Object.keys(headers)) if (KEPT.test(name)) shown[name] = headers[name].replaceAll('\0', '');
  return shown;
}
