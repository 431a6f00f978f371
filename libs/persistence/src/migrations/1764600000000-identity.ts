import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantPolicySql } from '../tenant-tables.js';

/** Scored pairs, what people decide about them, models and rules, pins, and what a merge or a change overwrote. */
export class Identity1764600000000 implements MigrationInterface {
  name = 'Identity1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE edge, key_stat`);
    // A person has seven keys: checking each against a record that the same transaction has just written costs more than the keys themselves.
    await runner.query(`ALTER TABLE match_key DROP CONSTRAINT match_key_tenant_id_record_id_fkey`);
    await runner.query(`CREATE TABLE edge (
      tenant_id uuid NOT NULL, record_a uuid NOT NULL, record_b uuid NOT NULL, model_version integer NOT NULL, weight double precision NOT NULL, band text NOT NULL,
      vector text NOT NULL, weights jsonb NOT NULL, reason text, asked boolean NOT NULL DEFAULT false, proposed boolean NOT NULL DEFAULT false,
      held_a text[] NOT NULL DEFAULT '{}', held_b text[] NOT NULL DEFAULT '{}', scored_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, record_a, record_b), CHECK (record_a < record_b), CHECK (band IN ('auto', 'review')),
      FOREIGN KEY (tenant_id, record_a) REFERENCES source_record (tenant_id, id), FOREIGN KEY (tenant_id, record_b) REFERENCES source_record (tenant_id, id)
    )`);
    await runner.query(`CREATE INDEX edge_other_idx ON edge (tenant_id, record_b)`);
    await runner.query(`CREATE INDEX edge_asked_idx ON edge (tenant_id, weight DESC) WHERE asked`);
    await runner.query(`CREATE INDEX edge_vector_idx ON edge (tenant_id, vector) WHERE asked`);
    await runner.query(tenantPolicySql('edge'));
    await runner.query(`ALTER TABLE decision DROP CONSTRAINT decision_verdict_check, ALTER COLUMN decided_at SET DEFAULT clock_timestamp(), ALTER COLUMN actor_id TYPE text, ADD event_id uuid,
      ADD CONSTRAINT decision_verdict_check CHECK (verdict IN ('same', 'different', 'unsure', 'withdrawn'))`);
    await runner.query(`CREATE INDEX decision_other_idx ON decision (tenant_id, record_b)`);
    await runner.query(`CREATE INDEX decision_event_idx ON decision (tenant_id, event_id) WHERE event_id IS NOT NULL`);
    await runner.query(`ALTER TABLE identity_event ADD actor_id text, ADD reason text`);
    await runner.query(`ALTER TABLE outbox ADD overwrote jsonb, ADD returned jsonb`);
    await runner.query(`CREATE INDEX outbox_record_idx ON outbox (tenant_id, record_id) WHERE record_id IS NOT NULL`);
    await runner.query(`CREATE TABLE restored_claim (
      tenant_id uuid NOT NULL, id uuid NOT NULL, record_id uuid NOT NULL, field text NOT NULL, value jsonb, instead_of jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(), released_at timestamptz, PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, record_id) REFERENCES source_record (tenant_id, id)
    )`);
    await runner.query(
      `CREATE UNIQUE INDEX restored_claim_live_key ON restored_claim (tenant_id, record_id, field) WHERE released_at IS NULL`,
    );
    await runner.query(tenantPolicySql('restored_claim'));
    await runner.query(`CREATE TABLE golden_image (
      tenant_id uuid NOT NULL, cluster_id uuid NOT NULL, version bigint NOT NULL, values jsonb NOT NULL, provenance jsonb NOT NULL, deleted_at timestamptz,
      valid_from timestamptz NOT NULL, valid_to timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (tenant_id, cluster_id, version)
    )`);
    await runner.query(tenantPolicySql('golden_image'));
    await runner.query(`CREATE TABLE pin (
      tenant_id uuid NOT NULL, id uuid NOT NULL, record_id uuid NOT NULL, field text NOT NULL, value jsonb NOT NULL, overruled jsonb, author text NOT NULL, reason text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz, released_at timestamptz,
      PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, record_id) REFERENCES source_record (tenant_id, id)
    )`);
    await runner.query(`CREATE UNIQUE INDEX pin_live_key ON pin (tenant_id, record_id, field) WHERE released_at IS NULL`);
    await runner.query(tenantPolicySql('pin'));
    await runner.query(`CREATE TABLE identity_model (
      tenant_id uuid NOT NULL, version integer NOT NULL, state text NOT NULL, model jsonb NOT NULL, bands jsonb NOT NULL, report jsonb NOT NULL, simulation jsonb,
      created_at timestamptz NOT NULL DEFAULT now(), created_by text NOT NULL, activated_at timestamptz, activated_by text,
      PRIMARY KEY (tenant_id, version), CHECK (state IN ('draft', 'simulated', 'active', 'retired'))
    )`);
    await runner.query(`CREATE UNIQUE INDEX identity_model_active_key ON identity_model (tenant_id) WHERE state = 'active'`);
    await runner.query(tenantPolicySql('identity_model'));
    await runner.query(`CREATE TABLE identity_rules (
      tenant_id uuid NOT NULL, version integer NOT NULL, state text NOT NULL, text text NOT NULL, rules jsonb NOT NULL, simulation jsonb,
      created_at timestamptz NOT NULL DEFAULT now(), created_by text NOT NULL, activated_at timestamptz, activated_by text,
      PRIMARY KEY (tenant_id, version), CHECK (state IN ('draft', 'simulated', 'active', 'retired'))
    )`);
    await runner.query(`CREATE UNIQUE INDEX identity_rules_active_key ON identity_rules (tenant_id) WHERE state = 'active'`);
    await runner.query(tenantPolicySql('identity_rules'));
    await runner.query(`CREATE TABLE rematch (
      tenant_id uuid NOT NULL, id uuid NOT NULL, cause text NOT NULL, after uuid, records integer NOT NULL DEFAULT 0, asked_at timestamptz NOT NULL DEFAULT now(), done_at timestamptz, PRIMARY KEY (tenant_id, id)
    )`);
    await runner.query(tenantPolicySql('rematch'));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['rematch', 'identity_rules', 'identity_model', 'pin', 'golden_image', 'restored_claim', 'edge'])
      await runner.query(`DROP TABLE ${table}`);
    await runner.query(`DROP INDEX outbox_record_idx`);
    await runner.query(`ALTER TABLE outbox DROP overwrote, DROP returned`);
    await runner.query(`ALTER TABLE identity_event DROP actor_id, DROP reason`);
    await runner.query(`DROP INDEX decision_event_idx, decision_other_idx`);
    await runner.query(`ALTER TABLE decision DROP CONSTRAINT decision_verdict_check, ALTER COLUMN decided_at SET DEFAULT now(), ALTER COLUMN actor_id TYPE uuid USING actor_id::uuid, DROP event_id,
      ADD CONSTRAINT decision_verdict_check CHECK (verdict IN ('same', 'different', 'unsure'))`);
    await runner.query(`CREATE TABLE edge (
      tenant_id uuid NOT NULL, record_a uuid NOT NULL, record_b uuid NOT NULL, model_version integer NOT NULL, weight double precision NOT NULL, vector jsonb NOT NULL, weights jsonb NOT NULL,
      PRIMARY KEY (tenant_id, record_a, record_b, model_version), CHECK (record_a < record_b)
    )`);
    await runner.query(`CREATE TABLE key_stat (
      tenant_id uuid NOT NULL, key_hash bigint NOT NULL, key_kind smallint NOT NULL, holders integer NOT NULL, model_version integer NOT NULL,
      PRIMARY KEY (tenant_id, key_hash, key_kind, model_version)
    )`);
    await runner.query(tenantPolicySql('edge'));
    await runner.query(tenantPolicySql('key_stat'));
    await runner.query(`ALTER TABLE match_key ADD FOREIGN KEY (tenant_id, record_id) REFERENCES source_record (tenant_id, id)`);
  }
}
