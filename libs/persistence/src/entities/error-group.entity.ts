import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConnectionEntity } from './connection.entity.js';

/** Failures with the same cause. */
@Entity('error_group')
@ForeignKey(() => ConnectionEntity, ['tenantId', 'connectionId'], ['tenantId', 'id'])
@Index('error_group_fingerprint_key', ['tenantId', 'fingerprint'], { unique: true })
export class ErrorGroupEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  fingerprint: string;

  @Column('uuid')
  connectionId: string;

  @Column('uuid', { nullable: true })
  streamId: string | null;

  @Column('text')
  stage: string;

  @Column('text')
  code: string;

  @Column('text')
  message: string;

  @Column('timestamptz', { default: () => 'now()' })
  firstSeenAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  lastSeenAt: Date;

  @Column('timestamptz', { nullable: true })
  regressedAt: Date | null;
}
