import { hash } from 'node:crypto';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { escapeLiteral, type PoolClient } from 'pg';
import { copyRows, type Column } from './copy-rows.js';
import { DOOR_ROLE } from './doors.js';
import { ENTITIES } from './entities/index.js';
import { Naming } from './naming.js';

/** One transaction of one tenant. Everything in it commits or nothing does. */
export interface TenantTx {
  tenantId: string;
  /** For configuration and reading pages; never `save()` in a loop. */
  manager: EntityManager;
  query: <Row = Record<string, unknown>>(sql: string, parameters?: unknown[]) => Promise<Row[]>;
  /** The same, planned once per connection under this name: for the few statements whose planning shows. */
  prepared: <Row = Record<string, unknown>>(name: string, sql: string, parameters: unknown[]) => Promise<Row[]>;
  /** Streams rows into a session-temporary table by COPY; see `stage`. */
  copy: (table: string, columns: readonly Column[], rows: readonly (readonly unknown[])[]) => Promise<void>;
}

export class RoleBypassesIsolation extends Error {}

/** Rolled back because the caller lost its lease: another process owns the stream now. */
export class LostLease extends Error {}

const RETRIED = new Set(['40P01', '40001']);

export interface TransactionOptions {
  attempts?: number;
  /** Every statement is about a few rows, so planning takes longer than doing: each is planned once per connection, by way of indexes. */
  fewRows?: boolean;
}
const FEW_ROWS = `, set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`;
const planNames = new Map<string, string>();
function planName(text: string): string {
  const known = planNames.get(text) ?? `q${hash('sha256', text, 'hex').slice(0, 32)}`;
  planNames.set(text, known);
  return known;
}

/** The hub's PostgreSQL. All access to a tenant's rows goes through `inTenant`; what has no tenant yet goes through the doors. */
export class Database {
  private constructor(readonly source: DataSource) {}

  /** @throws RoleBypassesIsolation when the role of the URL, or one that it may become, is a superuser, has BYPASSRLS, owns tables or owns the doors. */
  static async open(url: string, options: { poolSize?: number; applicationName?: string } = {}): Promise<Database> {
    const source = new DataSource({
      type: 'postgres',
      url,
      entities: ENTITIES,
      poolSize: options.poolSize ?? 10,
      applicationName: options.applicationName ?? 'tributary',
      logging: false,
      namingStrategy: new Naming(),
      extra: { idle_in_transaction_session_timeout: 60_000, connectionTimeoutMillis: 10_000, keepAlive: true },
      poolErrorHandler: () => undefined,
    });
    await source.initialize();
    const database = new Database(source);
    try {
      await database.refuseUnsafeRole();
    } catch (error) {
      await source.destroy();
      throw error;
    }
    return database;
  }

  /** Runs `work` in one READ COMMITTED transaction that sees only this tenant; deadlocks and serialization failures are repeated. */
  async inTenant<Result>(
    tenantId: string,
    work: (tx: TenantTx) => Promise<Result>,
    { attempts = 4, fewRows = false }: TransactionOptions = {},
  ): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once(tenantId, work, fewRows);
      } catch (error) {
        if (attempt >= attempts || !RETRIED.has(sqlState(error))) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * attempt));
      }
    }
  }

  /** Calls a door: a listed SECURITY DEFINER function, the only access without a tenant. */
  async door<Row>(call: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.source.query(`SELECT * FROM ${call}`, parameters) as Promise<Row[]>;
  }

  /** Statements on tables that belong to no tenant. */
  async shared<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.source.query(sql, parameters) as Promise<Row[]>;
  }

  /** Runs `work` in one process at a time, by a session lock; the others skip their round. */
  async alone(job: string, work: () => Promise<void>): Promise<void> {
    const runner = this.source.createQueryRunner();
    try {
      const [lock] = (await runner.query(`SELECT pg_try_advisory_lock(hashtextextended($1, 1)) AS taken`, [job])) as { taken: boolean }[];
      if (!lock.taken) return;
      try {
        await work();
      } finally {
        await runner.query(`SELECT pg_advisory_unlock(hashtextextended($1, 1))`, [job]);
      }
    } finally {
      await runner.release();
    }
  }

  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
  }

  private async once<Result>(tenantId: string, work: (tx: TenantTx) => Promise<Result>, fewRows: boolean): Promise<Result> {
    const runner = this.source.createQueryRunner();
    const client = (await runner.connect()) as PoolClient;
    try {
      await client.query(`BEGIN; SELECT set_config('app.tenant', ${escapeLiteral(tenantId)}, true)${fewRows ? FEW_ROWS : ''}`);
      // What the runner would note itself if it had begun the transaction: `save` would otherwise begin, and commit, its own.
      (runner as { isTransactionActive: boolean }).isTransactionActive = true;
      const result = await work(tenantTx(tenantId, runner, { client, fewRows }));
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT')
        throw new Error('nothing was committed: a statement of this transaction failed and its error was swallowed');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  private async refuseUnsafeRole(): Promise<void> {
    const [role] = await this.shared<{ name: string; bypasses: boolean; owns: boolean }>(
      `SELECT current_user AS name, EXISTS (SELECT FROM pg_roles r WHERE (r.rolsuper OR r.rolbypassrls OR r.rolname = $1) AND pg_has_role(r.oid, 'MEMBER')) AS bypasses,
        EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'MEMBER')) AS owns`,
      [DOOR_ROLE],
    );
    if (!role.bypasses && !role.owns) return;
    throw new RoleBypassesIsolation(
      `DATABASE_URL: role "${role.name}" ${role.bypasses ? 'bypasses row-level security' : 'owns tables'}, so tenants would not be isolated. ` +
        'Use a role that is neither superuser nor owner nor BYPASSRLS; keep the owner for DATABASE_MIGRATION_URL.',
    );
  }
}

export function sqlState(error: unknown): string {
  const holder = error as { code?: string; driverError?: { code?: string } };
  return holder?.driverError?.code ?? holder?.code ?? '';
}

function tenantTx(tenantId: string, runner: QueryRunner, { client, fewRows }: { client: PoolClient; fewRows: boolean }): TenantTx {
  return {
    tenantId,
    manager: runner.manager,
    query: async <Row>(text: string, values?: unknown[]) =>
      (await client.query({ text, values, name: fewRows ? planName(text) : undefined })).rows as Row[],
    prepared: async <Row>(name: string, text: string, values: unknown[]) => (await client.query({ name, text, values })).rows as Row[],
    copy: (table, columns, rows) => copyRows(client, { table, columns, rows }),
  };
}
