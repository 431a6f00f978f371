import { from as copyFrom } from 'pg-copy-streams';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { PoolClient } from 'pg';

export type ColumnType =
  'text' | 'uuid' | 'jsonb' | 'bigint' | 'integer' | 'boolean' | 'timestamptz' | 'text[]' | 'uuid[]' | 'smallint' | 'double precision';
export interface Column {
  name: string;
  type: ColumnType;
}

const CHUNK = 64 * 1024;
const SPECIAL = /[\\\t\n\r\0]/;
const SPECIALS = /[\\\t\n\r\0]/g;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '' };

/** COPY cannot write to a table under row-level security, so rows always go to a session-temporary table first. */
export async function copyRows(
  client: PoolClient,
  input: { table: string; columns: readonly Column[]; rows: readonly (readonly unknown[])[] },
): Promise<void> {
  if (input.rows.length === 0) return;
  const stream = client.query(copyFrom(`COPY ${input.table} (${input.columns.map((column) => `"${column.name}"`).join(', ')}) FROM STDIN`));
  await pipeline(Readable.from(encodeRows(input.columns, input.rows), { objectMode: false }), stream);
}

function* encodeRows(columns: readonly Column[], rows: readonly (readonly unknown[])[]): Generator<string> {
  const types = columns.map((column) => column.type);
  let chunk = '';
  for (const row of rows) {
    for (let i = 0; i < types.length; i += 1) chunk += (i === 0 ? '' : '\t') + encodeValue(row[i], types[i]);
    chunk += '\n';
    if (chunk.length > CHUNK) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

function encodeValue(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return '\\N';
  if (type === 'jsonb') return escapeText(storableJson(typeof value === 'string' ? value : JSON.stringify(value)));
  if (type === 'text[]' || type === 'uuid[]') return escapeText(arrayLiteral(value as string[]));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return escapeText(value);
  return String(value as number | bigint | boolean);
}

/** Rows as one JSON array, for `json_to_recordset`: few of them are told in one statement. Texts come out as COPY would store them. */
export function jsonRows(columns: readonly Column[], rows: readonly (readonly unknown[])[]): string {
  const objects = rows.map(
    (row) => `{${columns.map(({ name, type }, at) => `${JSON.stringify(name)}:${jsonOf(row[at], type)}`).join(',')}}`,
  );
  return `[${objects.join(',')}]`;
}

function jsonOf(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return 'null';
  if (type === 'jsonb') return storableJson(typeof value === 'string' ? value : JSON.stringify(value));
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return JSON.stringify(value.map(plainText));
  return typeof value === 'string' ? JSON.stringify(plainText(value)) : JSON.stringify(String(value as number | bigint | boolean));
}

/** Without what PostgreSQL's text cannot hold: NUL, and halves of a surrogate pair. */
function plainText(text: string): string {
  return Buffer.from(text.replaceAll('\0', '')).toString();
}

const UNSTORABLE = /\\u(?:0000|d[89a-f])/i;
const ESCAPED_CODES = /(?<!\\)((?:\\\\)*)\\u(?:(0000)|(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|d[89a-f][0-9a-f]{2})/gi;

/** PostgreSQL's jsonb refuses the NUL escape and half a surrogate pair; a vendor may send either inside any text. */
function storableJson(json: string): string {
  if (!UNSTORABLE.test(json)) return json;
  return json.replace(ESCAPED_CODES, (all: string, before: string, nul?: string, pair?: string) =>
    pair ? all : before + (nul ? '' : '\\ufffd'),
  );
}

function escapeText(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, (character) => ESCAPES[character]) : text;
}

function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}
