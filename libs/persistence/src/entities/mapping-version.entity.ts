import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TenantEntity } from './tenant.entity.js';

/** One version of a mapping, as text; immutable once used. At most one per name is live. */
@Entity('mapping_version')
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'])
@Check('mapping_version_origin_check', `origin IN ('shipped', 'edited')`)
@Index('mapping_version_live_key', ['tenantId', 'name'], { unique: true, where: 'live_at IS NOT NULL' })
export class MappingVersionEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('text')
  name: string;

  @PrimaryColumn('integer')
  version: number;

  @Column('text')
  digest: string;

  @Column('text')
  text: string;

  @Column('text')
  origin: string;

  @Column('text', { nullable: true })
  createdBy: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  usedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  liveAt: Date | null;
}
