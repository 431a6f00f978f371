import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConnectionEntity } from './connection.entity.js';
import { StreamEntity } from './stream.entity.js';

/** A piece of work that was asked for; its state and totals. */
@Entity('run')
@ForeignKey(() => ConnectionEntity, ['tenantId', 'connectionId'], ['tenantId', 'id'])
@ForeignKey(() => StreamEntity, ['tenantId', 'streamId'], ['tenantId', 'id'])
@Check('run_kind_check', `kind IN ('sync', 'hints', 'retries', 'push', 'reconcile')`)
@Check('run_state_check', `state IN ('queued', 'running', 'done', 'failed', 'cancelled')`)
@Index('run_one_queued_key', ['tenantId', 'subjectId', 'kind'], { unique: true, where: "state = 'queued'" })
@Index('run_one_running_key', ['tenantId', 'subjectId', 'kind'], { unique: true, where: "state = 'running'" })
@Index('run_open_idx', ['state', 'requestedAt'], { where: "state IN ('queued', 'running')" })
@Index('run_recent_idx', ['tenantId', 'requestedAt', 'id'])
export class RunEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  kind: string;

  @Column('uuid')
  subjectId: string;

  @Column('uuid')
  connectionId: string;

  @Column('uuid', { nullable: true })
  streamId: string | null;

  @Column('text')
  cause: string;

  @Column('uuid', { nullable: true })
  requestedBy: string | null;

  @Column('text', { default: 'queued' })
  state: string;

  @Column('jsonb', { default: {} })
  options: Record<string, unknown>;

  @Column('jsonb', { default: {} })
  totals: Record<string, number>;

  @Column('timestamptz', { default: () => 'now()' })
  requestedAt: Date;

  @Column('timestamptz', { nullable: true })
  dispatchedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  endedAt: Date | null;

  @Column('text', { nullable: true })
  failureCode: string | null;

  @Column('text', { nullable: true })
  failureDetail: string | null;

  @Column('text', { nullable: true })
  mapping: string | null;

  @Column('integer', { nullable: true })
  mappingVersion: number | null;
}
