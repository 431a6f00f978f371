import type { Column } from './copy-rows.js';
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

/** Inserts many rows into a tenant's table in one statement; `conflict` is the ON CONFLICT clause, if any. Returns the count inserted. */
export async function insertRows(
  tx: TenantTx,
  table: string,
  input: { columns: readonly Column[]; rows: readonly (readonly unknown[])[]; conflict?: string; orderBy?: string },
): Promise<void> {
  if (input.rows.length === 0) return;
  const staged = await stageRows(tx, table, input);
  const names = input.columns.map((column) => `"${column.name}"`).join(', ');
  await tx.query(
    `INSERT INTO ${table} (tenant_id, ${names}) SELECT $1, ${names} FROM ${staged} ${input.orderBy ? `ORDER BY ${input.orderBy}` : ''} ${input.conflict ?? ''}`,
    [tx.tenantId],
  );
}
