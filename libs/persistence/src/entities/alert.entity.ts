import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Something that a person must hear about once. */
@Entity('alert')
@Index('alert_open_key', ['tenantId', 'fingerprint'], { unique: true, where: 'closed_at IS NULL' })
export class AlertEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  fingerprint: string;

  @Column('text')
  kind: string;

  @Column('text')
  subject: string;

  @Column('text')
  whoActs: string;

  @Column('text')
  message: string;

  @Column('timestamptz', { default: () => 'now()' })
  openedAt: Date;

  @Column('timestamptz', { nullable: true })
  sentAt: Date | null;

  @Column('integer', { default: 0 })
  sendAttempts: number;

  @Column('timestamptz', { nullable: true })
  closedAt: Date | null;
}
