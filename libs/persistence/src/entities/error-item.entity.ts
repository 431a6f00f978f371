import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ErrorGroupEntity } from './error-group.entity.js';

/** One record that could not go on, at one stage. */
@Entity('error_item')
@ForeignKey(() => ErrorGroupEntity, ['tenantId', 'groupId'], ['tenantId', 'id'])
@Check('error_item_stage_check', `stage IN ('pull', 'map', 'match', 'merge', 'push', 'reconcile')`)
@Check('error_item_state_check', `state IN ('open', 'assigned', 'snoozed', 'retrying', 'awaiting_proof', 'resolved', 'ignored')`)
@Index('error_item_cluster_idx', ['tenantId', 'clusterId'], { where: "state NOT IN ('resolved', 'ignored')" })
@Index('error_item_group_idx', ['tenantId', 'groupId'])
@Index('error_item_list_idx', ['tenantId', 'openedAt', 'id'])
@Index('error_item_live_key', ['tenantId', 'traceKey'], { unique: true, where: "state <> 'resolved'" })
@Index('error_item_record_idx', ['tenantId', 'streamId', 'externalId'], { where: "state <> 'resolved'" })
@Index('error_item_source_idx', ['tenantId', 'recordId'], { where: "state <> 'resolved'" })
@Index('error_item_work_idx', ['tenantId', 'connectionId', 'state'], { where: "state IN ('retrying', 'awaiting_proof')" })
export class ErrorItemEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  groupId: string;

  @Column('uuid')
  connectionId: string;

  @Column('uuid', { nullable: true })
  streamId: string | null;

  @Column('text')
  stage: string;

  @Column('text')
  code: string;

  @Column('text')
  traceKey: string;

  @Column('text', { nullable: true })
  externalId: string | null;

  @Column('uuid', { nullable: true })
  recordId: string | null;

  @Column('uuid', { nullable: true })
  clusterId: string | null;

  @Column('text', { nullable: true })
  ref: string | null;

  @Column('uuid', { nullable: true })
  rawId: string | null;

  @Column('uuid', { nullable: true })
  outboxId: string | null;

  @Column('uuid', { nullable: true })
  conflictId: string | null;

  @Column('text', { nullable: true })
  field: string | null;

  @Column('text', { nullable: true })
  pointer: string | null;

  @Column('text')
  message: string;

  @Column('text', { array: true, default: [] })
  heldFields: string[];

  @Column('text', { nullable: true })
  mapping: string | null;

  @Column('integer', { nullable: true })
  mappingVersion: number | null;

  @Column('integer', { default: 1 })
  attempts: number;

  @Column('text', { default: 'open' })
  state: string;

  @Column('text', { nullable: true })
  assignee: string | null;

  @Column('timestamptz', { nullable: true })
  snoozedUntil: Date | null;

  @Column('timestamptz', { nullable: true })
  ignoredUntil: Date | null;

  @Column('text', { nullable: true })
  resolution: string | null;

  @Column('text', { nullable: true })
  resolutionReason: string | null;

  @Column('text', { nullable: true })
  editedPayload: string | null;

  @Column('text', { nullable: true })
  retryMode: string | null;

  @Column('timestamptz', { nullable: true })
  retryRequestedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  proofDueAt: Date | null;

  @Column('uuid', { nullable: true })
  proofHash: string | null;

  @Column('timestamptz', { nullable: true })
  provedAt: Date | null;

  @Column('uuid', { nullable: true })
  writtenByRun: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  openedAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;

  @Column('timestamptz', { nullable: true })
  resolvedAt: Date | null;

  @Column('uuid', { nullable: true })
  supersededBy: string | null;

  @Column('integer', { default: 1 })
  version: number;
}
