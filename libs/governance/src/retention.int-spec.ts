import { randomUUID } from 'node:crypto';
import type { Database, TenantTx } from '#hub/persistence';
import { createTestTenant, openTestDatabase } from '../../../test/support/postgres.js';
import { DEFAULT_RETENTION, sweepRetention, sweepTenantRetention, type RetentionPolicy } from './retention.js';

const NOW = new Date('2026-06-01T00:00:00Z');
const OLD = new Date('2026-01-01T00:00:00Z');
const FRESH = new Date('2026-05-31T00:00:00Z');
const policy: RetentionPolicy = { ...DEFAULT_RETENTION, chunk: 3 };
const NOTHING = { raw: 0, inbox: 0, hint: 0, outbox: 0, echo: 0, batch: 0, run: 0, reconciliation: 0, file: 0, image: 0, snapshot: 0 };

describe('sweepRetention', () => {
  let database: Database;
  let tenant: string;
  let connection: string;
  let stream: string;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await createTestTenant(database);
    [connection, stream] = [randomUUID(), randomUUID()];
    await insert('connection', { id: connection, connector: 'x', name: 'x', category: 'ats', account: 'a' });
    await insert('stream', { id: stream, connection_id: connection, name: 's', object: 'candidate', mapping: 'm' });
  });
  const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>): Promise<Result> => database.inTenant(tenant, work);
  const insert = (table: string, row: Record<string, unknown>): Promise<unknown> =>
    inTenant((tx) =>
      tx.query(
        `INSERT INTO ${table} (tenant_id, ${Object.keys(row).join(', ')}) VALUES ($1, ${Object.keys(row)
          .map((_, n) => `$${n + 2}`)
          .join(', ')})`,
        [tenant, ...Object.values(row)],
      ),
    );
  const ids = async (table: string): Promise<string[]> =>
    (await inTenant((tx) => tx.query<{ id: string }>(`SELECT id FROM ${table}`))).map(({ id }) => id).sort();
  const raw = async (externalId: string, fetchSeq: number, fetchedAt = OLD): Promise<string> => {
    const id = randomUUID();
    await insert('raw', { id, stream_id: stream, external_id: externalId, fetch_seq: fetchSeq, payload: '{}', fetched_at: fetchedAt });
    return id;
  };
  const item = async (references: Record<string, unknown>, state = 'open'): Promise<void> => {
    const group = randomUUID();
    await insert('error_group', {
      id: group,
      fingerprint: randomUUID(),
      connection_id: connection,
      stage: 'map',
      code: 'BUG',
      message: 'm',
    });
    await insert('error_item', {
      id: randomUUID(),
      group_id: group,
      connection_id: connection,
      stage: 'map',
      code: 'BUG',
      trace_key: randomUUID(),
      message: 'm',
      state,
      ...references,
    });
  };
  const sweep = (): Promise<object> => inTenant((tx) => sweepRetention(tx, policy, NOW));

  it('deletes old raw rows except the newest of a record and those that something still needs', async () => {
    await raw('plain', 1);
    const newest = await raw('plain', 2);
    const young = [await raw('young', 1, FRESH), await raw('young', 2, FRESH)];
    const referenced = [await raw('referenced', 1), await raw('referenced', 2)];
    await insert('source_record', {
      id: randomUUID(),
      connection_id: connection,
      stream_id: stream,
      object: 'candidate',
      external_id: 'referenced',
      raw_id: referenced[0],
      hash: randomUUID(),
      mapping: 'm',
      mapping_version: 1,
      normaliser_version: 1,
      values: '{}',
      changed_at: OLD,
      fetch_seq: 1,
    });
    const waiting = [await raw('waiting', 1), await raw('waiting', 2)];
    await insert('waiting', { stream_id: stream, external_id: 'waiting', raw_id: waiting[0], parent_ref: 'J-1' });
    const parked = [await raw('parked', 1), await raw('parked', 2)];
    await item({ raw_id: parked[0] });
    const settled = [await raw('settled', 1), await raw('settled', 2)];
    await item({ raw_id: settled[0] }, 'resolved');
    expect(await sweep()).toEqual({ ...NOTHING, raw: 2 });
    expect(await ids('raw')).toEqual([newest, ...young, ...referenced, ...waiting, ...parked, settled[1]].sort());
  });

  it('deletes old runs with their batches once they have ended, and nothing of one that still runs', async () => {
    const run = async (state: string, endedAt: Date | null): Promise<string> => {
      const id = randomUUID();
      await insert('run', {
        id,
        kind: 'sync',
        subject_id: randomUUID(),
        connection_id: connection,
        cause: 'schedule',
        state,
        requested_at: OLD,
        ended_at: endedAt,
      });
      await insert('batch', { id: randomUUID(), run_id: id, applied: true, totals: '{}', created_at: OLD });
      return id;
    };
    await run('done', OLD);
    const kept = [await run('running', null), await run('done', FRESH)];
    expect(await sweep()).toEqual({ ...NOTHING, batch: 1, run: 1 });
    expect(await ids('run')).toEqual([...kept].sort());
    const batches = await inTenant((tx) => tx.query<{ run_id: string }>('SELECT run_id FROM batch'));
    expect(batches.map((batch) => batch.run_id).sort()).toEqual([...kept].sort());
  });

  it('deletes finished outward changes with their echo tokens, and keeps open or needed ones', async () => {
    const cluster = randomUUID();
    await insert('cluster', { id: cluster, object: 'candidate', values: '{}', provenance: '{}' });
    const outbox = async (state: string, at: Date): Promise<string> => {
      const id = randomUUID();
      await insert('outbox', {
        id,
        cluster_id: cluster,
        connection_id: connection,
        stream_id: stream,
        operation: 'update',
        fields: ['a'],
        intended: '{}',
        write_key: randomUUID(),
        write_id: randomUUID(),
        effect: 'silent',
        state,
        created_at: at,
        confirmed_at: state === 'confirmed' ? at : null,
      });
      for (const field of ['a', 'b'])
        await insert('echo', {
          id: randomUUID(),
          outbox_id: id,
          stream_id: stream,
          write_id: randomUUID(),
          field,
          value_hash: randomUUID(),
        });
      return id;
    };
    await outbox('confirmed', OLD);
    await outbox('superseded', OLD);
    const kept = [
      await outbox('confirmed', FRESH),
      await outbox('pending', OLD),
      await outbox('parked', OLD),
      await outbox('held', OLD),
      await outbox('confirmed', OLD),
    ];
    await item({ outbox_id: kept[4] });
    expect(await sweep()).toEqual({ ...NOTHING, outbox: 2, echo: 4 });
    expect(await ids('outbox')).toEqual([...kept].sort());
    const echoes = await inTenant((tx) => tx.query<{ outbox_id: string }>('SELECT DISTINCT outbox_id FROM echo'));
    expect(echoes.map((echo) => echo.outbox_id).sort()).toEqual([...kept].sort());
  });

  it('deletes old inbox rows, done hints and all but the newest reconciliation of a stream', async () => {
    const endpoint = randomUUID();
    await insert('webhook_endpoint', { id: endpoint, connection_id: connection });
    for (const [message, at] of [
      ['old', OLD],
      ['fresh', FRESH],
    ] as const)
      await insert('inbox', { endpoint_id: endpoint, message_id: message, body: Buffer.from('x'), headers: '{}', received_at: at });
    const hint = async (doneAt: Date | null): Promise<string> => {
      const id = randomUUID();
      await insert('hint', { id, stream_id: stream, external_id: id, cause: 'webhook', created_at: OLD, done_at: doneAt });
      return id;
    };
    await hint(OLD);
    const hints = [await hint(null), await hint(FRESH)];
    const reconciliation = async (at: Date): Promise<string> => {
      const id = randomUUID();
      await insert('reconciliation', {
        id,
        run_id: randomUUID(),
        stream_id: stream,
        matched: 1,
        total: 1,
        explained: 0,
        unexplained: 0,
        result: '{}',
        completed_at: at,
      });
      return id;
    };
    await reconciliation(new Date('2025-12-01'));
    const newest = await reconciliation(OLD);
    expect(await sweep()).toEqual({ ...NOTHING, inbox: 1, hint: 1, reconciliation: 1 });
    expect(await ids('hint')).toEqual([...hints].sort());
    expect(await ids('reconciliation')).toEqual([newest]);
    expect(await inTenant((tx) => tx.query('SELECT message_id FROM inbox'))).toEqual([{ message_id: 'fresh' }]);
  });

  it('deletes old content of files that no record has any more', async () => {
    for (const [sha256, at] of [
      ['replaced', OLD],
      ['fresh', FRESH],
      ['had', OLD],
    ] as const)
      await insert('file_content', { sha256, mime: 'text/plain', bytes: Buffer.from(sha256), created_at: at });
    await insert('record_file', { connection_id: connection, stream: 's', external_id: 'x', file_id: 'f', sha256: 'had' });
    expect(await sweep()).toEqual({ ...NOTHING, file: 1 });
    expect(await inTenant((tx) => tx.query('SELECT sha256 FROM file_content ORDER BY sha256'))).toEqual([
      { sha256: 'fresh' },
      { sha256: 'had' },
    ]);
  });

  it('keeps what records were before a merge for as long as former golden records, and until the merge has happened', async () => {
    const merge = async (state: string, at: Date): Promise<string> => {
      const id = randomUUID();
      await insert('vendor_merge', {
        id,
        stream_id: stream,
        kept_record: randomUUID(),
        dropped_record: randomUUID(),
        state,
        proposed_at: at,
      });
      await insert('record_snapshot', {
        merge_id: id,
        record_id: randomUUID(),
        external_id: 'x',
        payload: '{}',
        values: {},
        children: '[]',
      });
      return id;
    };
    const long = new Date('2023-01-01');
    await merge('merged', long);
    await merge('withdrawn', long);
    const kept = [await merge('approved', long), await merge('merged', OLD)];
    expect(await sweep()).toEqual({ ...NOTHING, snapshot: 2 });
    const left = await inTenant((tx) => tx.query<{ id: string }>('SELECT merge_id AS id FROM record_snapshot ORDER BY 1'));
    expect(left.map(({ id }) => id)).toEqual(kept.sort());
  });

  it('bounds one call by the chunk, and goes to the end by repeating; other tenants are untouched', async () => {
    for (let seq = 0; seq < 11; seq += 1) await raw('many', seq);
    const other = await createTestTenant(database);
    expect(await database.inTenant(other, (tx) => sweepRetention(tx, policy, NOW))).toEqual(NOTHING);
    expect(await sweep()).toEqual({ ...NOTHING, raw: 3 });
    expect(await sweepTenantRetention(database, tenant, { policy, now: NOW })).toEqual({ ...NOTHING, raw: 7 });
    expect(await ids('raw')).toHaveLength(1);
    expect(await sweepTenantRetention(database, tenant, { policy, now: NOW })).toEqual(NOTHING);
  });
});
