import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { StreamEntity } from './stream.entity.js';

/** What one comparison with fresh vendor reads found. */
@Entity('reconciliation')
@ForeignKey(() => StreamEntity, ['tenantId', 'streamId'], ['tenantId', 'id'])
@Index('reconciliation_recent_idx', ['tenantId', 'streamId', 'completedAt'])
export class ReconciliationEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  runId: string;

  @Column('uuid')
  streamId: string;

  @Column('integer')
  matched: number;

  @Column('integer')
  total: number;

  @Column('integer')
  explained: number;

  @Column('integer')
  unexplained: number;

  @Column('jsonb')
  result: Record<string, unknown>;

  @Column('timestamptz', { default: () => 'now()' })
  completedAt: Date;
}
