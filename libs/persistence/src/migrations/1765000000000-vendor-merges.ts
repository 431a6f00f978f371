import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantPolicySql } from '../tenant-tables.js';

/** Merges of two records inside their own system, which no vendor takes back: what both were is kept, so that one can be made again. */
export class VendorMerges1765000000000 implements MigrationInterface {
  name = 'VendorMerges1765000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE vendor_merge (
      tenant_id uuid NOT NULL, id uuid NOT NULL, stream_id uuid NOT NULL, kept_record uuid NOT NULL, dropped_record uuid NOT NULL, state text NOT NULL, reason text, note text,
      proposed_by text, proposed_at timestamptz NOT NULL DEFAULT now(), approved_by text, approved_at timestamptz, merged_at timestamptz, recreated_record uuid, recreate_operation uuid,
      PRIMARY KEY (tenant_id, id), CHECK (state IN ('proposed', 'approved', 'merged', 'withdrawn')), FOREIGN KEY (tenant_id, stream_id) REFERENCES stream (tenant_id, id)
    )`);
    await runner.query(
      `CREATE UNIQUE INDEX vendor_merge_open_key ON vendor_merge (tenant_id, dropped_record) WHERE state IN ('proposed', 'approved')`,
    );
    await runner.query(`CREATE INDEX vendor_merge_dropped_idx ON vendor_merge (tenant_id, dropped_record)`);
    await runner.query(`CREATE INDEX vendor_merge_kept_idx ON vendor_merge (tenant_id, kept_record)`);
    await runner.query(`CREATE INDEX vendor_merge_age_idx ON vendor_merge (tenant_id, proposed_at DESC, id)`);
    await runner.query(tenantPolicySql('vendor_merge'));
    await runner.query(`CREATE TABLE record_snapshot (
      tenant_id uuid NOT NULL, merge_id uuid NOT NULL, record_id uuid NOT NULL, external_id text NOT NULL, payload text NOT NULL, values jsonb NOT NULL,
      children jsonb NOT NULL, taken_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, merge_id, record_id),
      FOREIGN KEY (tenant_id, merge_id) REFERENCES vendor_merge (tenant_id, id)
    )`);
    await runner.query(`CREATE INDEX record_snapshot_record_idx ON record_snapshot (tenant_id, record_id)`);
    await runner.query(tenantPolicySql('record_snapshot'));
    await runner.query(`ALTER TABLE outbox ADD order_id uuid, DROP CONSTRAINT outbox_operation_check,
      ADD CONSTRAINT outbox_operation_check CHECK (operation IN ('create', 'update', 'remove', 'merge'))`);
    await runner.query(`CREATE INDEX outbox_order_idx ON outbox (tenant_id, order_id) WHERE order_id IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM echo USING outbox o WHERE o.id = echo.outbox_id AND o.order_id IS NOT NULL`);
    await runner.query(`DELETE FROM outbox WHERE order_id IS NOT NULL`);
    await runner.query(`DROP INDEX outbox_order_idx`);
    await runner.query(`ALTER TABLE outbox DROP order_id, DROP CONSTRAINT outbox_operation_check,
      ADD CONSTRAINT outbox_operation_check CHECK (operation IN ('create', 'update', 'remove'))`);
    await runner.query(`DROP TABLE record_snapshot, vendor_merge`);
  }
}
