import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantPolicySql } from '../tenant-tables.js';

/** What partners bring by calling us, the files of records, and the calls that a vendor account has under way. */
export class ReceivedRecords1764500000000 implements MigrationInterface {
  name = 'ReceivedRecords1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE SEQUENCE received_place`);
    await runner.query(`CREATE TABLE received_record (
      tenant_id uuid NOT NULL, connection_id uuid NOT NULL, stream text NOT NULL, external_id text NOT NULL, payload text NOT NULL,
      place bigint NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, connection_id, stream, external_id), FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
    )`);
    await runner.query(`CREATE UNIQUE INDEX received_record_place_key ON received_record (tenant_id, connection_id, stream, place)`);
    await runner.query(tenantPolicySql('received_record'));
    await runner.query(`CREATE TABLE file_content (
      tenant_id uuid NOT NULL, sha256 text NOT NULL, mime text NOT NULL, bytes bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, sha256)
    )`);
    // Documents are compressed already.
    await runner.query(`ALTER TABLE file_content ALTER COLUMN bytes SET STORAGE EXTERNAL`);
    await runner.query(tenantPolicySql('file_content'));
    await runner.query(`CREATE TABLE record_file (
      tenant_id uuid NOT NULL, connection_id uuid NOT NULL, stream text NOT NULL, external_id text NOT NULL, file_id text NOT NULL, sha256 text,
      copied_at timestamptz, attempts integer NOT NULL DEFAULT 0, not_before timestamptz, failure text,
      PRIMARY KEY (tenant_id, connection_id, stream, external_id, file_id), FOREIGN KEY (tenant_id, sha256) REFERENCES file_content (tenant_id, sha256)
    )`);
    await runner.query(`CREATE INDEX record_file_content_idx ON record_file (tenant_id, sha256)`);
    await runner.query(tenantPolicySql('record_file'));
    await runner.query(
      `CREATE TABLE vendor_call (account text NOT NULL, place integer NOT NULL, holder uuid NOT NULL, until timestamptz NOT NULL, PRIMARY KEY (account, place))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['vendor_call', 'record_file', 'file_content', 'received_record']) await runner.query(`DROP TABLE ${table}`);
    await runner.query(`DROP SEQUENCE received_place`);
  }
}
