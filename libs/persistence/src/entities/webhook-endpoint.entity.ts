import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConnectionEntity } from './connection.entity.js';

/** Where a vendor posts; its id is in the URL. */
@Entity('webhook_endpoint')
@ForeignKey(() => ConnectionEntity, ['tenantId', 'connectionId'], ['tenantId', 'id'])
@Index('webhook_endpoint_id_key', ['id'], { unique: true })
export class WebhookEndpointEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  connectionId: string;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  disabledAt: Date | null;

  @Column('timestamptz', { nullable: true })
  formerSecretUntil: Date | null;

  @Column('bigint', { default: 0 })
  received: string;

  @Column('bigint', { default: 0 })
  refused: string;
}
