import { jsonRows, type Column } from './copy-rows.js';
import type { TenantTx } from './database.js';

/**
 * Brings many rows into the session by COPY and leaves them in a temporary table of that shape, emptied at commit, for one INSERT … SELECT.
 * @param name unique per shape: the same name always means the same columns.
 */
export async function stageRows(
  tx: TenantTx,
  name: string,
  input: { columns: readonly Column[]; rows: readonly (readonly unknown[])[] },
): Promise<string> {
  const table = `stage_${name}`;
  const [known] = await tx.query<{ found: string | null }>(`SELECT to_regclass('pg_temp.${table}') AS found`);
  const shape = input.columns.map((column) => `"${column.name}" ${column.type}`).join(', ');
  if (known.found === null) await tx.query(`CREATE TEMP TABLE ${table} (${shape}) ON COMMIT DELETE ROWS`);
  else await tx.query(`DELETE FROM pg_temp.${table}`);
  await tx.copy(`pg_temp.${table}`, input.columns, input.rows);
  return `pg_temp.${table}`;
}

/** So many rows fit into one statement; more are cheaper by COPY. */
const FEW = 20;

async function insertFew(tx: TenantTx, table: string, input: Parameters<typeof insertRows>[2]): Promise<void> {
  const names = input.columns.map((column) => `"${column.name}"`).join(', ');
  const shape = input.columns.map((column) => `"${column.name}" ${column.type}`).join(', ');
  await tx.query(
    `INSERT INTO ${table} (tenant_id, ${names}) SELECT $1, ${names} FROM json_to_recordset($2::json) AS told (${shape}) ${input.orderBy ? `ORDER BY ${input.orderBy}` : ''} ${input.conflict ?? ''}`,
    [tx.tenantId, jsonRows(input.columns, input.rows)],
  );
}

/** Inserts many rows into a tenant's table in one statement; `conflict` is the ON CONFLICT clause, if any. Returns the count inserted. */
export async function insertRows(
  tx: TenantTx,
  table: string,
  input: { columns: readonly Column[]; rows: readonly (readonly unknown[])[]; conflict?: string; orderBy?: string },
): Promise<void> {
  if (input.rows.length === 0) return;
  if (input.rows.length <= FEW) return insertFew(tx, table, input);
  const staged = await stageRows(tx, table, input);
  const names = input.columns.map((column) => `"${column.name}"`).join(', ');
  await tx.query(
    `INSERT INTO ${table} (tenant_id, ${names}) SELECT $1, ${names} FROM ${staged} ${input.orderBy ? `ORDER BY ${input.orderBy}` : ''} ${input.conflict ?? ''}`,
    [tx.tenantId],
  );
}
