import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantPolicySql } from '../tenant-tables.js';

/** What vendors were asked to call us by. */
export class Subscriptions1764400000000 implements MigrationInterface {
  name = 'Subscriptions1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE subscription (
      tenant_id uuid NOT NULL, id uuid NOT NULL, connection_id uuid NOT NULL, state text NOT NULL, external_id text, details jsonb NOT NULL DEFAULT '{}',
      expires_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(), not_before timestamptz NOT NULL DEFAULT now(), attempts integer NOT NULL DEFAULT 0, failure text,
      PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
    )`);
    await runner.query(`CREATE INDEX subscription_connection_idx ON subscription (tenant_id, connection_id)`);
    await runner.query(tenantPolicySql('subscription'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE subscription`);
  }
}
