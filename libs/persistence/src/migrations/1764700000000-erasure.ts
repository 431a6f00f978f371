import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantPolicySql } from '../tenant-tables.js';

/** What erasing does not do to an append-only row. */
const REWORDED = {
  audit: `NEW.before IS NOT NULL OR NEW.after IS NOT NULL`,
  decision: `NEW.reason <> 'erased' OR NEW.evidence <> '{}'`,
  identity_event: `NEW.reason <> 'erased'`,
};

/** People who were erased, and the keyed hashes by which they are not let in again. */
export class Erasure1764700000000 implements MigrationInterface {
  name = 'Erasure1764700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE erasure (
      tenant_id uuid NOT NULL, id uuid NOT NULL, cluster_id uuid NOT NULL, ref text, legal_basis text NOT NULL, scope text NOT NULL, requested_by text NOT NULL,
      erased_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz, counts jsonb NOT NULL DEFAULT '{}',
      PRIMARY KEY (tenant_id, id), CHECK (scope IN ('sourcing', 'all'))
    )`);
    await runner.query(`CREATE INDEX erasure_cluster_idx ON erasure (tenant_id, cluster_id)`);
    await runner.query(tenantPolicySql('erasure'));
    await runner.query(`CREATE TABLE suppression (
      tenant_id uuid NOT NULL, hash bytea NOT NULL, kind text NOT NULL, erasure_id uuid NOT NULL, connection_id uuid, last_seen_at timestamptz, gone_at timestamptz,
      lifted_at timestamptz, lifted_by text,
      PRIMARY KEY (tenant_id, hash), CHECK (kind IN ('identifier', 'record')), FOREIGN KEY (tenant_id, erasure_id) REFERENCES erasure (tenant_id, id)
    )`);
    await runner.query(`CREATE INDEX suppression_erasure_idx ON suppression (tenant_id, erasure_id)`);
    await runner.query(tenantPolicySql('suppression'));
    await runner.query(`ALTER TABLE cluster ADD erased_at timestamptz`);
    // A decision outlives the records that it was about.
    await runner.query(
      `ALTER TABLE decision DROP CONSTRAINT decision_tenant_id_record_a_fkey, DROP CONSTRAINT decision_tenant_id_record_b_fkey`,
    );
    await runner.query(`CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' AND current_setting('app.erasing', true) = 'on' THEN RETURN NULL; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
      END $$`);
    await runner.query(`CREATE FUNCTION refuse_rewording() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'words of % are erased, never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$`);
    for (const [table, reworded] of Object.entries(REWORDED))
      await runner.query(
        `CREATE TRIGGER ${table}_only_erased BEFORE UPDATE ON ${table} FOR EACH ROW WHEN (${reworded}) EXECUTE FUNCTION refuse_rewording()`,
      );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of Object.keys(REWORDED)) await runner.query(`DROP TRIGGER ${table}_only_erased ON ${table}`);
    await runner.query(`DROP FUNCTION refuse_rewording`);
    await runner.query(`CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$`);
    // Decisions about people who were erased would not pass: they are about no record any more.
    for (const side of ['a', 'b'])
      await runner.query(
        `ALTER TABLE decision ADD CONSTRAINT decision_tenant_id_record_${side}_fkey FOREIGN KEY (tenant_id, record_${side}) REFERENCES source_record (tenant_id, id) NOT VALID`,
      );
    await runner.query(`ALTER TABLE cluster DROP erased_at`);
    await runner.query(`DROP TABLE suppression, erasure`);
  }
}
