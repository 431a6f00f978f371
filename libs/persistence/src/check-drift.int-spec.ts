import { Client } from 'pg';
import { testUrl } from '../../../test/support/postgres.js';
import { driftSql } from './check-drift.js';

async function asOwner(sql: string): Promise<void> {
  const client = new Client(testUrl('owner'));
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

describe('driftSql', () => {
  it('is silent on a freshly migrated database', async () => {
    expect(await driftSql(testUrl('owner'))).toEqual([]);
  });

  it.each([
    [
      'a column that no entity knows',
      'ALTER TABLE hint ADD COLUMN planted text',
      'ALTER TABLE hint DROP COLUMN planted',
      /DROP COLUMN "planted"/,
    ],
    [
      'a default that changed',
      'ALTER TABLE stream ALTER COLUMN history_days SET DEFAULT 30',
      'ALTER TABLE stream ALTER COLUMN history_days SET DEFAULT 365',
      /history_days/,
    ],
    [
      'an index that is missing',
      'DROP INDEX run_recent_idx',
      'CREATE INDEX run_recent_idx ON run (tenant_id, requested_at DESC, id DESC)',
      /run_recent_idx/,
    ],
    [
      'a foreign key without its tenant',
      'ALTER TABLE outbox DROP CONSTRAINT outbox_tenant_id_stream_id_fkey',
      'ALTER TABLE outbox ADD FOREIGN KEY (tenant_id, stream_id) REFERENCES stream (tenant_id, id)',
      /outbox_tenant_id_stream_id_fkey/,
    ],
  ])('sees %s', async (_name, plant, heal, expected) => {
    await asOwner(plant);
    try {
      expect((await driftSql(testUrl('owner'))).join('\n')).toMatch(expected);
    } finally {
      await asOwner(heal);
    }
    expect(await driftSql(testUrl('owner'))).toEqual([]);
  });
});
