import type { Database, TenantTx } from './database.js';

export interface StoredReceived {
  externalId: string;
  payload: unknown;
  version: string;
  receivedAt: Date;
}
/** The same shape as the port in connector-sdk, which this library may not import. */
export interface ReceivedStreamStore {
  page: (after: string) => Promise<{ records: StoredReceived[]; last?: string; more: boolean }>;
  read: (externalId: string) => Promise<StoredReceived | undefined>;
  write: (externalId: string, payload: unknown) => Promise<void>;
}

const PAGE = 500;
const COLUMNS = `external_id AS "externalId", payload, place::text AS version, received_at AS "receivedAt"`;

type Row = Omit<StoredReceived, 'payload'> & { payload: string };
const toStored = (row: Row): StoredReceived => ({ ...row, payload: JSON.parse(row.payload) as unknown });

/** One writer per connection until its transaction ends: places are then taken in the order of commits, and a reader that is at one has missed none before it. */
export async function lockReceived(tx: TenantTx, connectionId: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`received:${connectionId}`]);
}

/** Writes under the lock of `lockReceived`. */
export async function writeReceived(
  tx: TenantTx,
  connectionId: string,
  record: { stream: string; externalId: string; payload: unknown },
): Promise<void> {
  await tx.query(
    `INSERT INTO received_record (tenant_id, connection_id, stream, external_id, payload, place) VALUES ($1, $2, $3, $4, $5, nextval('received_place'))
     ON CONFLICT (tenant_id, connection_id, stream, external_id) DO UPDATE SET payload = excluded.payload, place = excluded.place`,
    [tx.tenantId, connectionId, record.stream, record.externalId, JSON.stringify(record.payload ?? null)],
  );
}

export async function readReceived(
  tx: TenantTx,
  connectionId: string,
  record: { stream: string; externalId: string },
): Promise<StoredReceived | undefined> {
  const [found] = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM received_record WHERE connection_id = $1 AND stream = $2 AND external_id = $3`,
    [connectionId, record.stream, record.externalId],
  );
  return found && toStored(found);
}

/** What partners brought to one connection, by stream. */
export function pgReceived(
  database: Database,
  { tenantId, connectionId }: { tenantId: string; connectionId: string },
): (stream: string) => ReceivedStreamStore {
  return (stream) => ({
    page: (after) =>
      database.inTenant(tenantId, async (tx) => {
        const found = await tx.query<Row>(
          `SELECT ${COLUMNS} FROM received_record WHERE connection_id = $1 AND stream = $2 AND place > $3::bigint ORDER BY place LIMIT ${PAGE + 1}`,
          [connectionId, stream, after],
        );
        const records = found.slice(0, PAGE).map(toStored);
        return { records, last: records.at(-1)?.version, more: found.length > PAGE };
      }),
    read: (externalId) => database.inTenant(tenantId, (tx) => readReceived(tx, connectionId, { stream, externalId })),
    write: (externalId, payload) =>
      database.inTenant(tenantId, async (tx) => {
        await lockReceived(tx, connectionId);
        await writeReceived(tx, connectionId, { stream, externalId, payload });
      }),
  });
}
