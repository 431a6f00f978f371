import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConnectionEntity } from './connection.entity.js';

/** What a vendor was asked to call us by: `creating` before the answer is known, `unconfirmed` until the vendor got its token back, `live`, or `failed` until `notBefore`. */
@Entity('subscription')
@Index('subscription_connection_idx', ['tenantId', 'connectionId'])
@ForeignKey(() => ConnectionEntity, ['tenantId', 'connectionId'], ['tenantId', 'id'])
export class SubscriptionEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  connectionId: string;

  @Column('text')
  state: 'creating' | 'unconfirmed' | 'live' | 'failed';

  @Column('text', { nullable: true })
  externalId: string | null;

  @Column('jsonb', { default: () => `'{}'` })
  details: Record<string, string>;

  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  notBefore: Date;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('text', { nullable: true })
  failure: string | null;
}
