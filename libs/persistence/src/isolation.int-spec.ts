import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Client } from 'pg';
import { asRole, createTestTenant, openTestDatabase, testUrl, userOf } from '../../../test/support/postgres.js';
import { Database, RoleBypassesIsolation } from './database.js';
import { TENANT_TABLES } from './tenant-tables.js';

async function as<Row>(role: 'owner' | 'superuser', sql: string): Promise<Row[]> {
  const client = new Client(testUrl(role));
  await client.connect();
  return client
    .query(sql)
    .then(({ rows }) => rows as Row[])
    .finally(() => client.end());
}

/** A row in tables of every kind, so that "sees nothing" is said of tables that hold something. */
async function fill(database: Database, tenant: string): Promise<{ connection: string; stream: string }> {
  const connection = randomUUID();
  const stream = randomUUID();
  await database.inTenant(tenant, async (tx) => {
    await tx.query(
      `INSERT INTO connection (tenant_id, id, connector, name, category, account) VALUES ($1, $2, 'x', $2::uuid::text, 'ats', 'a')`,
      [tenant, connection],
    );
    await tx.query(`INSERT INTO stream (tenant_id, id, connection_id, name, object, mapping) VALUES ($1, $2, $3, 's', 'candidate', 'm')`, [
      tenant,
      stream,
      connection,
    ]);
    await tx.query(`INSERT INTO raw (tenant_id, id, stream_id, external_id, fetch_seq, payload) VALUES ($1, $2, $3, 'e', 1, '{}')`, [
      tenant,
      randomUUID(),
      stream,
    ]);
    await tx.query(
      `INSERT INTO audit (tenant_id, id, actor_kind, actor_id, action, subject_kind, subject_id) VALUES ($1, $2, 'system', 's', 'a', 'k', 'i')`,
      [tenant, randomUUID()],
    );
  });
  return { connection, stream };
}

describe('row-level security', () => {
  let database: Database;
  let mine: string;
  let theirs: string;
  let theirRows: { connection: string; stream: string };
  beforeAll(async () => {
    database = await openTestDatabase(4);
    [mine, theirs] = [await createTestTenant(database), await createTestTenant(database)];
    await fill(database, mine);
    theirRows = await fill(database, theirs);
  });
  afterAll(() => database.close());

  it('is on, forced and has its policy on every table with a tenant, and the list names them all', async () => {
    const tables = await as<{ name: string; on: boolean; forced: boolean; policies: number }>(
      'owner',
      `
      SELECT c.relname AS name, c.relrowsecurity AS on, c.relforcerowsecurity AS forced,
        (SELECT count(*)::int FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = c.relname || '_of_tenant' AND p.polcmd = '*' AND p.polwithcheck IS NOT NULL) AS policies
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND (c.relname = 'tenant' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)) ORDER BY 1`,
    );
    expect(tables.map(({ name }) => name)).toEqual([...TENANT_TABLES].sort());
    for (const table of tables) expect(table).toEqual({ name: table.name, on: true, forced: true, policies: 1 });
  });

  it('asks the same question everywhere, for reading and for writing, so that what holds for a full table holds for an empty one', async () => {
    const asked = await as<{ table: string; using: string; check: string }>(
      'owner',
      `SELECT c.relname AS table, pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS check
       FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE polname = c.relname || '_of_tenant'`,
    );
    expect(asked).toHaveLength(TENANT_TABLES.length);
    for (const { table, using, check } of asked) {
      expect(check).toBe(using);
      expect(using).toBe(
        `(${table === 'tenant' ? 'id' : 'tenant_id'} = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)`,
      );
    }
  });

  it("lets no policy but the doors and the tenant's own open a table", async () => {
    const others = await as(
      'owner',
      `SELECT polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
      WHERE polname <> c.relname || '_of_tenant' AND (polname <> c.relname || '_for_doors' OR polcmd <> 'r' OR polroles <> ARRAY['tributary_doors'::regrole::oid])`,
    );
    expect(others).toEqual([]);
  });

  it("leaves no view, and no materialised view, that would read with its owner's rights", async () => {
    expect(
      await as('owner', `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f')`),
    ).toEqual([]);
  });

  it.each(TENANT_TABLES)('shows nothing of %s without a tenant, also on a connection that had one', async (table) => {
    const client = new Client(testUrl());
    await client.connect();
    try {
      const before = (await client.query(`SELECT count(*)::int AS n FROM ${table}`)).rows;
      await client.query('BEGIN');
      await client.query(`SELECT set_config('app.tenant', $1, true)`, [theirs]);
      await client.query('COMMIT');
      const setting = (await client.query(`SELECT current_setting('app.tenant', true) AS value`)).rows;
      const after = (await client.query(`SELECT count(*)::int AS n FROM ${table}`)).rows;
      expect([before, setting, after]).toEqual([[{ n: 0 }], [{ value: '' }], [{ n: 0 }]]);
    } finally {
      await client.end();
    }
  });

  it('shows a tenant its own rows and no other', async () => {
    for (const tenant of [mine, theirs]) {
      const [seen] = await database.inTenant(tenant, (tx) =>
        tx.query(`SELECT array_agg(DISTINCT tenant_id) AS tenants, count(*)::int AS n FROM raw`),
      );
      expect(seen).toEqual({ tenants: [tenant], n: 1 });
    }
  });

  it("refuses a row, and an update, in another tenant's name", async () => {
    await expect(
      database.inTenant(mine, (tx) =>
        tx.query(`INSERT INTO raw (tenant_id, id, stream_id, external_id, fetch_seq, payload) VALUES ($1, $2, $3, 'e', 1, '{}')`, [
          theirs,
          randomUUID(),
          theirRows.stream,
        ]),
      ),
    ).rejects.toThrow(/row-level security/);
    await expect(database.inTenant(mine, (tx) => tx.query(`UPDATE connection SET tenant_id = $1`, [theirs]))).rejects.toThrow(
      /row-level security/,
    );
    expect(
      await database.inTenant(mine, (tx) =>
        tx.query(`UPDATE connection SET name = 'stolen' WHERE id = $1 RETURNING 1`, [theirRows.connection]),
      ),
    ).toEqual([]);
    expect(
      await database.inTenant(mine, (tx) => tx.query(`DELETE FROM connection WHERE id = $1 RETURNING 1`, [theirRows.connection])),
    ).toEqual([]);
  });

  it('refuses a foreign key into another tenant, which row-level security alone would allow', async () => {
    await expect(
      database.inTenant(mine, (tx) =>
        tx.query(`INSERT INTO stream (tenant_id, id, connection_id, name, object, mapping) VALUES ($1, $2, $3, 's', 'candidate', 'm')`, [
          mine,
          randomUUID(),
          theirRows.connection,
        ]),
      ),
    ).rejects.toThrow(/foreign key/);
    const without = await as(
      'owner',
      `
      SELECT k.conrelid::regclass::text AS table, k.conname FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND NOT (
        EXISTS (SELECT FROM unnest(k.conkey, k.confkey) AS pair (here, there)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.here JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.there
          WHERE a.attname = 'tenant_id' AND b.attname = CASE WHEN k.confrelid = 'tenant'::regclass THEN 'id' ELSE 'tenant_id' END))`,
    );
    expect(without).toEqual([]);
  });

  it('does not leak between tenants on pooled connections, whatever fails in between', async () => {
    const step = fc.record({ tenant: fc.integer({ min: 0, max: 1 }), fails: fc.boolean(), sleeps: fc.integer({ min: 0, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const tenants = [mine, theirs];
        const seen = await Promise.all(
          steps.map(({ tenant, fails, sleeps }) =>
            database
              .inTenant(tenants[tenant], async (tx) => {
                await tx.query(`SELECT pg_sleep($1::double precision / 1000)`, [sleeps]);
                const rows = await tx.query<{ tenant_id: string }>(
                  `SELECT tenant_id FROM connection UNION SELECT tenant_id FROM raw UNION SELECT id FROM tenant`,
                );
                if (fails) await tx.query('SELECT 1 / 0');
                return rows;
              })
              .catch((error: Error) => (/division by zero/.test(error.message) ? 'failed' : Promise.reject(error))),
          ),
        );
        steps.forEach(({ tenant, fails }, n) => expect(seen[n]).toEqual(fails ? 'failed' : [{ tenant_id: tenants[tenant] }]));
        expect(await database.shared('SELECT id FROM connection')).toEqual([]);
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe('Database', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase(2);
  });
  afterAll(() => database.close());

  it('refuses a superuser, the owner, a role with BYPASSRLS and one that may become any of them', async () => {
    const role = `risky_${randomUUID().slice(0, 8)}`;
    const url = asRole(testUrl(), { user: role, password: 'pw' });
    const [owner, superuser] = [userOf(testUrl('owner')), userOf(testUrl('superuser'))];
    await as('superuser', `CREATE ROLE ${role} LOGIN PASSWORD 'pw'`);
    try {
      for (const refused of [testUrl('superuser'), testUrl('owner')])
        await expect(Database.open(refused)).rejects.toThrow(RoleBypassesIsolation);
      for (const [grant, revoke] of [
        [`ALTER ROLE ${role} BYPASSRLS`, `ALTER ROLE ${role} NOBYPASSRLS`],
        [`GRANT ${owner} TO ${role}`, `REVOKE ${owner} FROM ${role}`],
        [`GRANT tributary_doors TO ${role}`, `REVOKE tributary_doors FROM ${role}`],
        [`GRANT ${superuser} TO ${role}`, `REVOKE ${superuser} FROM ${role}`],
      ]) {
        await as('superuser', grant);
        await expect(Database.open(url)).rejects.toThrow(/would not be isolated/);
        await as('superuser', revoke);
      }
      await (await Database.open(url)).close();
    } finally {
      await as('superuser', `DROP ROLE ${role}`);
    }
  });

  it('rolls back what an entity manager saved when the work fails later', async () => {
    const tenant = await createTestTenant(database);
    const id = randomUUID();
    const work = database.inTenant(tenant, async (tx) => {
      await tx.manager
        .getRepository('ConnectionEntity')
        .save({ tenantId: tenant, id, connector: 'x', name: 'saved', category: 'ats', account: 'a' });
      expect(await tx.query('SELECT name FROM connection WHERE id = $1', [id])).toEqual([{ name: 'saved' }]);
      throw new Error('after the save');
    });
    await expect(work).rejects.toThrow('after the save');
    expect(await database.inTenant(tenant, (tx) => tx.query('SELECT id FROM connection'))).toEqual([]);
  });

  it('does not call a transaction committed whose error was swallowed', async () => {
    const tenant = await createTestTenant(database);
    await expect(
      database.inTenant(tenant, async (tx) => {
        await tx.query('SELECT 1 / 0').catch(() => undefined);
      }),
    ).rejects.toThrow(/nothing was committed/);
  });

  it('repeats after a deadlock, and both sides arrive', async () => {
    const tenant = await createTestTenant(database);
    const [a, b] = [await fill(database, tenant), await fill(database, tenant)].map(({ connection }) => connection);
    const bump = (first: string, second: string): Promise<void> =>
      database.inTenant(tenant, async (tx) => {
        await tx.query('UPDATE connection SET priority = priority + 1 WHERE id = $1', [first]);
        await tx.query('SELECT pg_sleep(0.2)');
        await tx.query('UPDATE connection SET priority = priority + 1 WHERE id = $1', [second]);
      });
    await Promise.all([bump(a, b), bump(b, a)]);
    expect(await database.inTenant(tenant, (tx) => tx.query('SELECT priority FROM connection'))).toEqual([
      { priority: 102 },
      { priority: 102 },
    ]);
  }, 20_000);
});
