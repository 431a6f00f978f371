import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantPolicySql } from '../tenant-tables.js';

/** Every version of a mapping that a tenant drafted or used; what was used never changes, so that a run and a value can name it for ever. */
export class MappingVersions1764100000000 implements MigrationInterface {
  name = 'MappingVersions1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(tenantPolicySql('mapping_version'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE waiting DROP COLUMN outward; ALTER TABLE run DROP COLUMN mapping, DROP COLUMN mapping_version; DROP TABLE mapping_version; DROP FUNCTION refuse_used_mapping_change`,
    );
  }
}

const tables = `
CREATE TABLE mapping_version (
  tenant_id uuid NOT NULL REFERENCES tenant (id), name text NOT NULL, version integer NOT NULL, digest text NOT NULL, text text NOT NULL, origin text NOT NULL,
  created_by text, created_at timestamptz NOT NULL DEFAULT now(), used_at timestamptz, live_at timestamptz,
  PRIMARY KEY (tenant_id, name, version), CHECK (origin IN ('shipped', 'edited'))
);
CREATE UNIQUE INDEX mapping_version_live_key ON mapping_version (tenant_id, name) WHERE live_at IS NOT NULL;
ALTER TABLE run ADD COLUMN mapping text, ADD COLUMN mapping_version integer;
-- A replay that may write nothing outward leaves alone what would.
ALTER TABLE waiting ADD COLUMN outward boolean NOT NULL DEFAULT true;
CREATE FUNCTION refuse_used_mapping_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'mapping % version % was used and is immutable', OLD.name, OLD.version USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER mapping_version_immutable BEFORE UPDATE ON mapping_version FOR EACH ROW
  WHEN (OLD.used_at IS NOT NULL AND (OLD.name, OLD.version, OLD.digest, OLD.text, OLD.origin, OLD.used_at) IS DISTINCT FROM (NEW.name, NEW.version, NEW.digest, NEW.text, NEW.origin, NEW.used_at))
  EXECUTE FUNCTION refuse_used_mapping_change();
CREATE TRIGGER mapping_version_kept BEFORE DELETE ON mapping_version FOR EACH ROW WHEN (OLD.used_at IS NOT NULL) EXECUTE FUNCTION refuse_used_mapping_change();
`;
