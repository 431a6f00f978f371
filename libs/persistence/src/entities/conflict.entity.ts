import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ClusterEntity } from './cluster.entity.js';

/** A field that both sides changed since their base; one for each record that disagrees. */
@Entity('conflict')
@ForeignKey(() => ClusterEntity, ['tenantId', 'clusterId'], ['tenantId', 'id'])
@Index('conflict_open_key', ['tenantId', 'recordId', 'field'], { unique: true, where: 'settled_at IS NULL' })
@Index('conflict_cluster_idx', ['tenantId', 'clusterId'], { where: 'settled_at IS NULL' })
export class ConflictEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  clusterId: string;

  @Column('uuid')
  recordId: string;

  @Column('text')
  field: string;

  @Column('jsonb', { nullable: true })
  base: unknown;

  @Column('jsonb', { nullable: true })
  ours: unknown;

  @Column('jsonb', { nullable: true })
  theirs: unknown;

  @Column('timestamptz', { default: () => 'now()' })
  openedAt: Date;

  @Column('timestamptz', { nullable: true })
  settledAt: Date | null;

  @Column('text', { nullable: true })
  settledBy: string | null;

  @Column('text', { nullable: true })
  settlement: string | null;

  @Column('jsonb', { nullable: true })
  chosen: unknown;
}
