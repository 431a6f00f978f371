import type { TenantTx } from './database.js';

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
    `INSERT INTO record_file (tenant_id, connection_id, stream, external_id, file_id, sha256) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (tenant_id, connection_id, stream, external_id, file_id) DO UPDATE SET sha256 = excluded.sha256, copied_at = now()`,
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
