import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { createTestTenant, openTestDatabase } from '../../../test/support/postgres.js';
import { jsonRows, type Column } from './copy-rows.js';
import type { Database, TenantTx } from './database.js';
import { insertRows, stageRows } from './stage-rows.js';

const COLUMNS: Column[] = [
  { name: 'n', type: 'integer' },
  { name: 't', type: 'text' },
  { name: 'list', type: 'text[]' },
  { name: 'j', type: 'jsonb' },
  { name: 'big', type: 'bigint' },
  { name: 'at', type: 'timestamptz' },
  { name: 'yes', type: 'boolean' },
];
interface Row {
  t: string | null;
  list: string[] | null;
  j: unknown;
  big: bigint;
  at: Date;
  yes: boolean;
}

const nasty = fc.constantFrom(
  '\\',
  '\\\\',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\0',
  '\\N',
  '\\.',
  '\\u0000',
  '"',
  "'",
  '{',
  '}',
  ',',
  'NULL',
  '\ud800',
  '\udc00',
  '😀',
  '\u2028',
  'é',
  '\\x41',
);
const text = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 5 }), fc.string({ maxLength: 5 })), { maxLength: 6 })
  .map((parts) => parts.join(''));
const row: fc.Arbitrary<Row> = fc.record({
  t: fc.option(text),
  list: fc.option(fc.array(text, { maxLength: 4 })),
  j: fc.oneof(fc.dictionary(text, text, { maxKeys: 3 }), fc.array(text, { maxLength: 3 }), fc.jsonValue({ maxDepth: 2 })),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  at: fc.date({ min: new Date('1970-01-01'), max: new Date('9999-01-01'), noInvalidDate: true }),
  yes: fc.boolean(),
});

/** What PostgreSQL can hold of a text: no NUL, no half of a surrogate pair. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value.replaceAll('\0', ''), 'utf8').toString('utf8');
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key), storable(item)]));
}
function asJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
const read = (tx: TenantTx, table: string): Promise<(Row & { big: string })[]> =>
  tx.query(`SELECT t, list, j, big, at, yes FROM ${table} ORDER BY n`);

describe('stageRows', () => {
  let database: Database;
  let tenant: string;
  beforeAll(async () => {
    database = await openTestDatabase();
    tenant = await createTestTenant(database);
  });
  afterAll(() => database.close());

  it('brings any text, list and JSON through COPY unharmed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
        const found = await database.inTenant(tenant, async (tx) => {
          const staged = await stageRows(tx, 'copy_property', {
            columns: COLUMNS,
            rows: rows.map((item, n) => [n, item.t, item.list, asJson(item.j), item.big, item.at, item.yes]),
          });
          return read(tx, staged);
        });
        expect(found.map((item) => [item.t, item.list, item.j, item.big, item.at.toISOString(), item.yes])).toEqual(
          rows.map((item) => [storable(item.t), storable(item.list), storable(item.j), String(item.big), item.at.toISOString(), item.yes]),
        );
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('tells a few rows in one statement as COPY would have stored them', async () => {
    const shape = COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
        const cells = rows.map((item, n) => [n, item.t, item.list, asJson(item.j), item.big, item.at, item.yes]);
        const [told, copied] = await database.inTenant(tenant, async (tx) => [
          await tx.query(`SELECT t, list, j, big, at, yes FROM json_to_recordset($1::json) AS told (${shape}) ORDER BY n`, [
            jsonRows(COLUMNS, cells),
          ]),
          await read(tx, await stageRows(tx, 'copy_property', { columns: COLUMNS, rows: cells })),
        ]);
        expect(told).toEqual(copied);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('keeps pairs of surrogates that a vendor wrote as escapes', async () => {
    const [found] = await database.inTenant(tenant, async (tx) => {
      const staged = await stageRows(tx, 'escaped', {
        columns: [{ name: 'j', type: 'jsonb' }],
        rows: [['{"a":"\\ud83d\\ude00\\ud83d","b":"\\\\u0000","c":"x\\u0000\\u0000y"}']],
      });
      return tx.query(`SELECT j FROM ${staged}`);
    });
    expect(found).toEqual({ j: { a: '😀\ufffd', b: '\\u0000', c: 'xy' } });
  });

  it('inserts under the tenant of the transaction, in more than one chunk', async () => {
    const columns: Column[] = [
      { name: 'id', type: 'uuid' },
      { name: 'stream_id', type: 'uuid' },
      { name: 'external_id', type: 'text' },
      { name: 'fetch_seq', type: 'bigint' },
      { name: 'payload', type: 'text' },
    ];
    const stream = randomUUID();
    const rows = Array.from({ length: 500 }, (_, n) => [randomUUID(), stream, `x\t${n}`, n, '\\'.repeat(1000)]);
    await database.inTenant(tenant, (tx) => insertRows(tx, 'raw', { columns, rows }));
    const [count] = await database.inTenant(tenant, (tx) =>
      tx.query(
        `SELECT count(*)::int AS n, min(length(payload)) AS short, max(length(payload)) AS long FROM raw WHERE stream_id = $1 AND tenant_id = $2`,
        [stream, tenant],
      ),
    );
    expect(count).toEqual({ n: 500, short: 1000, long: 1000 });
  });

  it('starts empty when the same shape is staged again, in this transaction and in the next', async () => {
    const stage = (tx: TenantTx, rows: unknown[][]): Promise<string> =>
      stageRows(tx, 'again', { columns: [{ name: 'n', type: 'integer' }], rows });
    const counts = await database.inTenant(tenant, async (tx) => {
      await stage(tx, [[1], [2]]);
      return tx.query(`SELECT count(*)::int AS n FROM ${await stage(tx, [[3]])}`);
    });
    const later = await database.inTenant(tenant, async (tx) => tx.query(`SELECT count(*)::int AS n FROM ${await stage(tx, [])}`));
    expect([counts, later]).toEqual([[{ n: 1 }], [{ n: 0 }]]);
  });
});
