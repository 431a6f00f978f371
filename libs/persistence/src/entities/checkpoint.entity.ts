import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** How far a stream was read, and who may move it on. */
@Entity('checkpoint')
@Check('checkpoint_walk_check', `walk IN ('idle', 'delta', 'full', 'resync', 'sweep', 'braked')`)
export class CheckpointEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  subjectId: string;

  @PrimaryColumn('text')
  kind: string;

  @Column('bigint', { default: 0 })
  fence: string;

  @Column('uuid', { nullable: true })
  runId: string | null;

  @Column('timestamptz', { nullable: true })
  leaseUntil: Date | null;

  @Column('text', { nullable: true })
  cursor: string | null;

  @Column('text', { default: 'idle' })
  walk: string;

  @Column('timestamptz', { nullable: true })
  walkStartedAt: Date | null;

  @Column('boolean', { default: true })
  walkComplete: boolean;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
