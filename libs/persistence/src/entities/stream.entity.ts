import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConnectionEntity } from './connection.entity.js';

/** One kind of record of a connection, with the mapping that reads it. */
@Entity('stream')
@ForeignKey(() => ConnectionEntity, ['tenantId', 'connectionId'], ['tenantId', 'id'])
@Check('stream_status_check', `status IN ('active', 'paused', 'stopped')`)
@Index('stream_name_key', ['tenantId', 'connectionId', 'name'], { unique: true })
export class StreamEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  connectionId: string;

  @Column('text')
  name: string;

  @Column('text')
  object: string;

  @Column('text')
  mapping: string;

  @Column('integer', { default: 300 })
  intervalSeconds: number;

  @Column('integer', { default: 365 })
  historyDays: number;

  @Column('text', { default: 'active' })
  status: string;

  @Column('text', { nullable: true })
  statusCode: string | null;

  @Column('text', { nullable: true })
  statusReason: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
