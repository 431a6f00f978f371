import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Who did what; append-only by trigger. */
@Entity('audit')
@Index('audit_recent_idx', ['tenantId', 'at', 'id'])
export class AuditEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('timestamptz', { default: () => 'now()' })
  at: Date;

  @Column('text')
  actorKind: string;

  @Column('text')
  actorId: string;

  @Column('text')
  action: string;

  @Column('text')
  subjectKind: string;

  @Column('text')
  subjectId: string;

  @Column('jsonb', { nullable: true })
  before: unknown;

  @Column('jsonb', { nullable: true })
  after: unknown;

  @Column('text', { nullable: true })
  requestId: string | null;
}
