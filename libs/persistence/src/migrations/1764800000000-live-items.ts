import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every record that comes in asks for its own open items, and one that moves takes them along. */
export class LiveItems1764800000000 implements MigrationInterface {
  name = 'LiveItems1764800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX error_item_record_idx ON error_item (tenant_id, stream_id, external_id) WHERE state <> 'resolved'`);
    await runner.query(`CREATE INDEX error_item_source_idx ON error_item (tenant_id, record_id) WHERE state <> 'resolved'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX error_item_record_idx, error_item_source_idx`);
  }
}
