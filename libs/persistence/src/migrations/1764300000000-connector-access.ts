import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantPolicySql } from '../tenant-tables.js';

/** Former webhook secrets that are believed for a while, and people who are away signing in at a vendor. */
export class ConnectorAccess1764300000000 implements MigrationInterface {
  name = 'ConnectorAccess1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE webhook_endpoint ADD COLUMN former_secret_until timestamptz`);
    await runner.query(`CREATE TABLE sign_in (
      tenant_id uuid NOT NULL, id uuid NOT NULL, connection_id uuid NOT NULL, state_hash bytea NOT NULL, redirect_uri text NOT NULL,
      requested_by uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
      PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
    )`);
    await runner.query(tenantPolicySql('sign_in'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE sign_in`);
    await runner.query(`ALTER TABLE webhook_endpoint DROP COLUMN former_secret_until`);
  }
}
