import { keepFile, type TenantTx } from '#hub/persistence';
import type { StreamContext } from '../stream-context.js';
import { isSaved, type BatchWork, type Item } from './batch-work.js';
import { hintRecords } from './hint-records.js';
import type { PulledRecord } from './map-record.js';

type Named = { externalId: string; sha256: string };

/** Keeps the files that came with these records, once each. Only records that the hub keeps may be given: of strangers nothing is kept. */
export async function keepContents(tx: TenantTx, stream: StreamContext, records: PulledRecord[]): Promise<void> {
  const brought = records.flatMap(({ raw }) => (raw.contents ?? []).map((file) => ({ externalId: raw.externalId, ...file })));
  if (brought.length === 0) return;
  const missing = await withoutCopy(tx, stream, brought);
  for (const { externalId, sha256, mime, bytes } of brought) {
    if (!missing.has(nameOf({ externalId, sha256 }))) continue;
    await keepFile(tx, { connectionId: stream.connection.id, stream: stream.name, externalId }, { fileId: sha256, sha256, mime, bytes });
  }
}

/** The same for what a batch saved. A record that comes from where it was stored has its files no more: it is read again for them. */
export async function keepSavedContents(work: BatchWork): Promise<void> {
  const { tx, stream } = work;
  const saved = work.items.filter(isSaved);
  await keepContents(
    tx,
    stream,
    saved.map(({ prepared }) => prepared),
  );
  const isStored = ({ rawId, itemId, raw }: PulledRecord): boolean => (rawId ?? itemId) !== undefined && raw.contents === undefined;
  const named = saved.filter(({ prepared }) => isStored(prepared)).flatMap(namedFiles);
  if (named.length === 0) return;
  const missing = await withoutCopy(tx, stream, named);
  const externalIds = [...new Set(named.filter((one) => missing.has(nameOf(one))).map((one) => one.externalId))];
  await hintRecords(tx, { streamId: stream.streamId, externalIds, cause: 'file' });
}

function namedFiles({ prepared, values }: Item): Named[] {
  const { attachments } = values;
  if (!Array.isArray(attachments)) return [];
  return (attachments as { sha256?: unknown }[]).flatMap(({ sha256 }) =>
    typeof sha256 === 'string' ? [{ externalId: prepared.raw.externalId, sha256 }] : [],
  );
}

async function withoutCopy(tx: TenantTx, stream: StreamContext, files: Named[]): Promise<Set<string>> {
  const rows = await tx.query<Named>(
    `SELECT asked.external_id AS "externalId", asked.sha256 FROM unnest($3::text[], $4::text[]) AS asked (external_id, sha256)
     WHERE NOT EXISTS (SELECT FROM record_file f WHERE f.connection_id = $1 AND f.stream = $2 AND f.external_id = asked.external_id AND f.sha256 = asked.sha256)`,
    [stream.connection.id, stream.name, files.map(({ externalId }) => externalId), files.map(({ sha256 }) => sha256)],
  );
  return new Set(rows.map(nameOf));
}

function nameOf({ externalId, sha256 }: Named): string {
  return `${sha256} ${externalId}`;
}
