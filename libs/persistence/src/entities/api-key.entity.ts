import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TenantEntity } from './tenant.entity.js';

/** A key as its hash: the key itself is shown once and never stored. */
@Entity('api_key')
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'])
@Index('api_key_hash_key', ['keyHash'], { unique: true })
export class ApiKeyEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  name: string;

  @Column('text')
  role: string;

  @Column('text', { array: true, default: [] })
  scopes: string[];

  @Column('text')
  keyPrefix: string;

  @Column('bytea')
  keyHash: Buffer;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastUsedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;
}
