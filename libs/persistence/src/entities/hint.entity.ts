import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A record to read again. */
@Entity('hint')
@Index('hint_waiting_key', ['tenantId', 'streamId', 'externalId'], { unique: true, where: 'done_at IS NULL' })
export class HintEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  streamId: string;

  @Column('text')
  externalId: string;

  /** The vendor says that the record was merged into this one. */
  @Column('text', { nullable: true })
  movedTo: string | null;

  @Column('text')
  cause: string;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  notBefore: Date;

  @Column('timestamptz', { nullable: true })
  doneAt: Date | null;
}
