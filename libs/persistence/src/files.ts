import { randomUUID } from 'node:crypto';
import type { Database, TenantTx } from './database.js';

/** Where a file belongs: a record as its vendor knows it. */
export interface FileOwner {
  connectionId: string;
  /** Name of the stream. */
  stream: string;
  externalId: string;
}
export interface StoredFile {
  /** The vendor's id of the file, or its hash where it has none. */
  fileId: string;
  /** Hexadecimal. */
  sha256: string;
  mime: string;
  bytes: Buffer;
}

/** Keeps a file of a record. Its content is kept once per tenant, however many records have it. */
export async function keepFile(tx: TenantTx, owner: FileOwner, file: StoredFile): Promise<void> {
  await tx.query(`INSERT INTO file_content (tenant_id, sha256, mime, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, [
    tx.tenantId,
    file.sha256,
    file.mime,
    file.bytes,
  ]);
  await tx.query(
    `INSERT INTO record_file (tenant_id, connection_id, stream, external_id, file_id, sha256, copied_at) VALUES ($1, $2, $3, $4, $5, $6, now())
     ON CONFLICT (tenant_id, connection_id, stream, external_id, file_id) DO UPDATE SET sha256 = excluded.sha256, copied_at = now(), attempts = 0, not_before = NULL, failure = NULL`,
    [tx.tenantId, owner.connectionId, owner.stream, owner.externalId, file.fileId, file.sha256],
  );
}

/** The content of a file that a record has. */
export async function readFile(tx: TenantTx, sha256: string): Promise<Pick<StoredFile, 'mime' | 'bytes'> | undefined> {
  const [file] = await tx.query<Pick<StoredFile, 'mime' | 'bytes'>>(
    `SELECT mime, bytes FROM file_content c WHERE sha256 = $1 AND EXISTS (SELECT FROM record_file r WHERE r.tenant_id = c.tenant_id AND r.sha256 = c.sha256)`,
    [sha256],
  );
  return file;
}

interface KnownFile {
  id: string;
  copy?: { mime: string; size: number; sha256: string };
  waits: boolean;
}
/** The same shape as the port in connector-sdk, which this library may not import. */
export interface RecordFileStore {
  known: (externalIds: string[]) => Promise<Map<string, KnownFile[]>>;
  keep: (externalId: string, file: Omit<StoredFile, 'fileId'> & { id: string }) => Promise<void>;
  missed: (externalId: string, fileId: string, code: string) => Promise<void>;
}

/** After so many attempts a file is given up until its vendor names it anew. */
export const FILE_ATTEMPTS = 6;

const KNOWN = `
SELECT f.external_id AS "externalId", f.file_id AS id, c.sha256, c.mime, octet_length(c.bytes) AS size, f.attempts >= ${FILE_ATTEMPTS} OR coalesce(f.not_before > now(), false) AS waits
FROM record_file f LEFT JOIN file_content c ON c.tenant_id = f.tenant_id AND c.sha256 = f.sha256
WHERE f.connection_id = $1 AND f.stream = $2 AND f.external_id = ANY ($3)`;

/** 5 minutes, then three times as long with every attempt; the record is then read again. */
const MISSED = `
WITH missed AS (
  INSERT INTO record_file AS f (tenant_id, connection_id, stream, external_id, file_id, attempts, not_before, failure)
  VALUES ($1, $2, $3, $4, $5, 1, now() + interval '5 minutes', $6)
  ON CONFLICT (tenant_id, connection_id, stream, external_id, file_id) DO UPDATE
    SET attempts = f.attempts + 1, not_before = now() + interval '5 minutes' * 3 ^ f.attempts, failure = excluded.failure
  RETURNING attempts, not_before
)
INSERT INTO hint (tenant_id, id, stream_id, external_id, cause, not_before)
SELECT $1, $7, s.id, $4, 'file', m.not_before FROM missed m JOIN stream s ON s.connection_id = $2 AND s.name = $3 WHERE m.attempts < ${FILE_ATTEMPTS}
ON CONFLICT DO NOTHING`;

/** The copies of the files of one connection's records, by stream. */
export function pgFiles(
  database: Database,
  { tenantId, connectionId }: { tenantId: string; connectionId: string },
): (stream: string) => RecordFileStore {
  return (stream) => ({
    known: async (externalIds) => {
      const rows = await database.inTenant(tenantId, (tx) => tx.query<KnownRow>(KNOWN, [connectionId, stream, externalIds]));
      const known = new Map<string, KnownFile[]>();
      for (const { externalId, ...row } of rows) known.set(externalId, [...(known.get(externalId) ?? []), toKnown(row)]);
      return known;
    },
    keep: (externalId, { id, ...file }) =>
      database.inTenant(tenantId, (tx) => keepFile(tx, { connectionId, stream, externalId }, { ...file, fileId: id })),
    missed: (externalId, fileId, code) =>
      database.inTenant(
        tenantId,
        async (tx) => void (await tx.query(MISSED, [tx.tenantId, connectionId, stream, externalId, fileId, code, randomUUID()])),
      ),
  });
}

interface KnownRow {
  externalId: string;
  id: string;
  sha256: string | null;
  mime: string | null;
  size: number | null;
  waits: boolean;
}

function toKnown({ id, sha256, mime, size, waits }: Omit<KnownRow, 'externalId'>): KnownFile {
  return { id, waits, ...(sha256 !== null && { copy: { sha256, mime: mime as string, size: size as number } }) };
}
