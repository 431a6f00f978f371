import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { TenantEntity } from './tenant.entity.js';

/** One sealed credential; see `secrets.ts` of governance. */
@Entity('secret')
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'])
export class SecretEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  ownerId: string;

  @PrimaryColumn('text')
  field: string;

  @Column('text')
  keyId: string;

  @Column('bytea')
  wrappedKey: Buffer;

  @Column('bytea')
  sealed: Buffer;

  @Column('integer', { default: 1 })
  version: number;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
