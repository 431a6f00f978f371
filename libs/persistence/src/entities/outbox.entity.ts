import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ClusterEntity } from './cluster.entity.js';
import { StreamEntity } from './stream.entity.js';

/** An outward change and its state. */
@Entity('outbox')
@ForeignKey(() => ClusterEntity, ['tenantId', 'clusterId'], ['tenantId', 'id'])
@ForeignKey(() => StreamEntity, ['tenantId', 'streamId'], ['tenantId', 'id'])
@Check('outbox_operation_check', `operation IN ('create', 'update', 'remove', 'merge')`)
@Check('outbox_state_check', `state IN ('pending', 'sending', 'unknown', 'sent', 'confirmed', 'held', 'parked', 'superseded')`)
@Index('outbox_record_idx', ['tenantId', 'recordId'], { where: 'record_id IS NOT NULL' })
@Index('outbox_order_idx', ['tenantId', 'orderId'], { where: 'order_id IS NOT NULL' })
@Index('outbox_age_idx', ['tenantId', 'createdAt'])
@Index('outbox_cluster_idx', ['tenantId', 'clusterId'])
@Index('outbox_due_idx', ['tenantId', 'connectionId', 'notBefore'], { where: "state IN ('pending', 'sending', 'unknown', 'sent')" })
@Index('outbox_in_flight_key', ['tenantId', 'clusterId', 'connectionId'], {
  unique: true,
  where: "state IN ('sending', 'unknown', 'sent')",
})
@Index('outbox_write_key', ['tenantId', 'writeKey'], { unique: true, where: "state <> 'superseded'" })
export class OutboxEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  clusterId: string;

  @Column('uuid')
  connectionId: string;

  @Column('uuid')
  streamId: string;

  @Column('uuid', { nullable: true })
  recordId: string | null;

  @Column('text')
  operation: string;

  @Column('text', { array: true })
  fields: string[];

  @Column('jsonb')
  intended: Record<string, unknown>;

  @Column('uuid')
  writeKey: string;

  @Column('uuid')
  writeId: string;

  @Column('text', { nullable: true })
  baseVersion: string | null;

  @Column('text')
  effect: string;

  /** What the target's record said in these fields before the write, and what it said after it. */
  @Column('jsonb', { nullable: true })
  overwrote: Record<string, unknown> | null;

  @Column('jsonb', { nullable: true })
  returned: Record<string, unknown> | null;

  @Column('text', { default: 'pending' })
  state: string;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('timestamptz', { default: () => 'now()' })
  notBefore: Date;

  @Column('bigint', { nullable: true })
  claimedFence: string | null;

  @Column('timestamptz', { nullable: true })
  claimedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  sentAt: Date | null;

  @Column('timestamptz', { nullable: true })
  confirmedAt: Date | null;

  @Column('text', { nullable: true })
  externalId: string | null;

  @Column('uuid', { nullable: true })
  runId: string | null;

  /** The vendor merge by which a person asked for it: it is no plan, so no new plan takes its place. */
  @Column('uuid', { nullable: true })
  orderId: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;
}
