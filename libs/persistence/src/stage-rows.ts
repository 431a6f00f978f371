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

interface Rows {
  columns: readonly Column[];
  rows: readonly (readonly unknown[])[];
}
interface Insert extends Rows {
  /** The ON CONFLICT clause, if any. */
  conflict?: string;
  orderBy?: string;
}

/** SQL that stands in a FROM clause for a few rows in parameter `$at`. */
function toldSql({ columns }: Rows, { as, at }: { as: string; at: number }): string {
  return `json_to_recordset($${at}::json) AS ${as} (${columns.map((column) => `"${column.name}" ${column.type}`).join(', ')})`;
}

/** Rows to join with, under `name`: a few are told in the statement itself, as its last parameter `$at`; more are staged before. */
export async function joinRows(
  tx: TenantTx,
  { name, at, ...input }: Rows & { name: string; at: number },
): Promise<{ sql: string; parameters: unknown[] }> {
  if (input.rows.length > FEW) return { sql: `${await stageRows(tx, name, input)} AS ${name}`, parameters: [] };
  return { sql: toldSql(input, { as: name, at }), parameters: [jsonRows(input.columns, input.rows)] };
}

function insertSql(table: string, input: Insert, source: string): string {
  const names = input.columns.map((column) => `"${column.name}"`).join(', ');
  return `INSERT INTO ${table} (tenant_id, ${names}) SELECT $1, ${names} FROM ${source} ${input.orderBy ? `ORDER BY ${input.orderBy}` : ''} ${input.conflict ?? ''}`;
}

/** Inserts rows into several tables: where they are few, in one statement, after which all foreign keys are checked. Each table once. */
export async function insertTogether(tx: TenantTx, inserts: (Insert & { table: string })[]): Promise<void> {
  const wanted = inserts.filter(({ rows }) => rows.length > 0);
  if (wanted.length < 2 || wanted.some(({ rows }) => rows.length > FEW)) {
    for (const { table, ...input } of wanted) await insertRows(tx, table, input);
    return;
  }
  const statements = wanted.map(({ table, ...input }, at) => insertSql(table, input, toldSql(input, { as: 'told', at: at + 2 })));
  const parts = statements.slice(0, -1).map((sql, at) => `part_${at} AS (${sql})`);
  await tx.query(`WITH ${parts.join(', ')} ${statements[statements.length - 1]}`, [
    tx.tenantId,
    ...wanted.map(({ columns, rows }) => jsonRows(columns, rows)),
  ]);
}

/** Inserts many rows into a tenant's table in one statement. */
export async function insertRows(tx: TenantTx, table: string, input: Insert): Promise<void> {
  if (input.rows.length === 0) return;
  const { sql, parameters } = await joinRows(tx, { name: table, at: 2, columns: input.columns, rows: input.rows });
  await tx.query(insertSql(table, input, sql), [tx.tenantId, ...parameters]);
}
