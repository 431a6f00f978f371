import { Client } from 'pg';
import { createTestTenant, openTestDatabase, testUrl } from '../../../test/support/postgres.js';
import type { Database } from './database.js';
import { DOOR_ROLE, DOORS } from './doors.js';

describe('the doors across tenants', () => {
  let owner: Client;
  let database: Database;
  beforeAll(async () => {
    owner = new Client(testUrl('owner'));
    await owner.connect();
    database = await openTestDatabase(1);
  });
  afterAll(async () => {
    await owner.end();
    await database.close();
  });
  const rows = async (sql: string): Promise<unknown[]> => (await owner.query(sql)).rows;

  it('are the listed ones and no other', async () => {
    const found = await rows(`SELECT proname AS name, proowner::regrole::text AS owner, proconfig AS config FROM pg_proc
      WHERE prosecdef AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) ORDER BY 1`);
    expect(found).toEqual(
      DOORS.map(({ name }) => ({ name, owner: DOOR_ROLE, config: ['search_path=public, pg_temp'] })).sort((a, b) =>
        a.name < b.name ? -1 : 1,
      ),
    );
  });

  it('are not for everybody: the app may call them because it was let in', async () => {
    const open = await rows(
      `SELECT p.proname FROM pg_proc p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE p.prosecdef AND a.grantee = 0 AND p.pronamespace = 'public'::regnamespace`,
    );
    expect(open).toEqual([]);
    for (const door of DOORS) {
      const args =
        door.args === ''
          ? ''
          : door.args
              .split(', ')
              .map((arg) => `NULL::${arg.split(' ')[1]}`)
              .join(', ');
      await expect(database.door(`${door.name}(${args})`)).resolves.toEqual(expect.any(Array));
    }
  });

  it('belong to a role that cannot log in, bypasses nothing and is a member of nothing', async () => {
    expect(await rows(`SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = '${DOOR_ROLE}'`)).toEqual([
      { rolcanlogin: false, rolsuper: false, rolbypassrls: false, rolcreaterole: false },
    ]);
    expect(await rows(`SELECT roleid::regrole::text FROM pg_auth_members WHERE member = '${DOOR_ROLE}'::regrole`)).toEqual([]);
  });

  it('see the granted columns and no other', async () => {
    const granted =
      await rows(`SELECT c.relname || '.' || a.attname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND has_column_privilege('${DOOR_ROLE}', c.oid, a.attnum, 'SELECT') ORDER BY 1`);
    const listed = new Set(
      DOORS.flatMap(({ reads }) => Object.entries(reads).flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`))),
    );
    expect((granted as { name: string }[]).map(({ name }) => name).sort()).toEqual([...listed].sort());
    expect(
      await rows(
        `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND has_table_privilege('${DOOR_ROLE}', oid, 'INSERT, UPDATE, DELETE, TRUNCATE')`,
      ),
    ).toEqual([]);
    expect(await rows(`SELECT 1 WHERE has_schema_privilege('${DOOR_ROLE}', 'public', 'CREATE')`)).toEqual([]);
  });

  it('cannot be walked through as a person: the app role may not become their owner', async () => {
    await expect(database.shared(`SET ROLE ${DOOR_ROLE}`)).rejects.toThrow(/permission denied/);
  });

  it('show tenants to one another only as ids', async () => {
    const tenants = [await createTestTenant(database), await createTestTenant(database)];
    const seen = (await database.door<{ tenant_id: string }>('door_tenants()')).map((row) => row.tenant_id);
    expect(seen).toEqual(expect.arrayContaining(tenants));
    for (const door of DOORS) expect(door.returns).not.toMatch(/payload|values|settings|sealed|key_hash|name text/);
  });
});
