import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The golden record; the engine writes it, entities only read it. */
@Entity('cluster')
@Index('cluster_ref_key', ['tenantId', 'ref'], { unique: true, where: 'ref IS NOT NULL' })
export class ClusterEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  object: string;

  @Column('text', { nullable: true })
  ref: string | null;

  @Column('jsonb')
  values: Record<string, unknown>;

  @Column('jsonb')
  provenance: Record<string, unknown>;

  @Column('text', { array: true, nullable: true })
  frozen: string[] | null;

  @Column('bigint', { default: 1 })
  version: string;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;

  @Column('timestamptz', { nullable: true })
  deletedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  erasedAt: Date | null;
}
