import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Several systems may disagree about one field of a person, each with an edit of its own: none of them may take another's place. */
export class ConflictsOfRecords1764900000000 implements MigrationInterface {
  name = 'ConflictsOfRecords1764900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX conflict_open_key`);
    await runner.query(`CREATE UNIQUE INDEX conflict_open_key ON conflict (tenant_id, record_id, field) WHERE settled_at IS NULL`);
    await runner.query(`CREATE INDEX conflict_cluster_idx ON conflict (tenant_id, cluster_id) WHERE settled_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX conflict_open_key, conflict_cluster_idx`);
    await runner.query(
      `UPDATE conflict SET settled_at = now(), settled_by = 'engine', settlement = 'joined with an older one of its field' WHERE settled_at IS NULL
       AND id NOT IN (SELECT DISTINCT ON (cluster_id, field) id FROM conflict WHERE settled_at IS NULL ORDER BY cluster_id, field, opened_at, id)`,
    );
    await runner.query(`CREATE UNIQUE INDEX conflict_open_key ON conflict (tenant_id, cluster_id, field) WHERE settled_at IS NULL`);
  }
}
