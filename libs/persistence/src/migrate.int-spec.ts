import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { createTestTenant, testUrl, userOf } from '../../../test/support/postgres.js';
import { Database } from './database.js';
import { migrate, ownerSource } from './migrate.js';
import { MIGRATIONS } from './migrations/index.js';
import { TENANT_TABLES } from './tenant-tables.js';

describe('migrate', () => {
  const name = `mig_${randomUUID().slice(0, 8)}`;
  const on = (url: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  const [owner, app] = [on(testUrl('owner')), on(testUrl())];
  let superuser: Client;
  beforeAll(async () => {
    superuser = new Client(testUrl('superuser'));
    await superuser.connect();
    await superuser.query(`CREATE DATABASE ${name} OWNER ${userOf(owner)} TEMPLATE template0`);
  });
  afterAll(async () => {
    await superuser.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await superuser.end();
  });

  it('applies each migration once when several processes start together, and nothing when repeated', async () => {
    const runs = await Promise.all(Array.from({ length: 3 }, () => migrate(owner, userOf(app))));
    expect(runs.map(({ applied }) => applied.length).sort()).toEqual([0, 0, MIGRATIONS.length]);
    expect(await migrate(owner, userOf(app))).toEqual({ applied: [] });
    const database = await Database.open(app);
    const tenant = await createTestTenant(database);
    expect(await database.inTenant(tenant, (tx) => tx.query('SELECT id FROM tenant'))).toEqual([{ id: tenant }]);
    await expect(database.shared('CREATE TABLE mine (id int)')).rejects.toThrow(/permission denied/);
    await database.close();
  });

  it('can be taken back and applied again', async () => {
    const source = await ownerSource(owner).initialize();
    for (const _ of MIGRATIONS) await source.undoLastMigration();
    const tables = await source.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM pg_tables WHERE tablename = ANY($1)`, [
      TENANT_TABLES,
    ]);
    await source.destroy();
    expect(tables).toEqual([{ n: 0 }]);
    expect((await migrate(owner, userOf(app))).applied).toHaveLength(MIGRATIONS.length);
  });
});
