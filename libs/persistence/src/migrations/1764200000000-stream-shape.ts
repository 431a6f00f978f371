import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantPolicySql } from '../tenant-tables.js';

/** What the raw records of a stream look like: counts and names of paths, never a value. Drift is found against it. */
export class StreamShape1764200000000 implements MigrationInterface {
  name = 'StreamShape1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE stream_shape (
      tenant_id uuid NOT NULL, stream_id uuid NOT NULL, fields jsonb NOT NULL, paths jsonb NOT NULL, profiled integer NOT NULL, settled boolean NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, stream_id), FOREIGN KEY (tenant_id, stream_id) REFERENCES stream (tenant_id, id)
    )`);
    await runner.query(tenantPolicySql('stream_shape'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE stream_shape`);
  }
}
