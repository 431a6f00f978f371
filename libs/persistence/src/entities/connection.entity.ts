import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TenantEntity } from './tenant.entity.js';

/** One configured account of one vendor. */
@Entity('connection')
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'])
@Check('connection_status_check', `status IN ('active', 'paused', 'deleted')`)
@Index('connection_name_key', ['tenantId', 'name'], { unique: true, where: 'deleted_at IS NULL' })
@Index('connection_system_of_record_key', ['tenantId'], { unique: true, where: 'system_of_record AND (deleted_at IS NULL)' })
export class ConnectionEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  connector: string;

  @Column('text')
  name: string;

  @Column('text')
  category: string;

  @Column('jsonb', { default: {} })
  settings: Record<string, unknown>;

  @Column('text')
  account: string;

  @Column('boolean', { default: false })
  systemOfRecord: boolean;

  @Column('integer', { default: 100 })
  priority: number;

  @Column('text', { array: true, default: ['silent'] })
  allowedEffects: string[];

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

  @Column('timestamptz', { nullable: true })
  deletedAt: Date | null;
}
