import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { StreamEntity } from './stream.entity.js';

/** What the raw records of a stream look like: per mapped field how often its place was there, and which paths are usual. */
@Entity('stream_shape')
@ForeignKey(() => StreamEntity, ['tenantId', 'streamId'], ['tenantId', 'id'])
export class StreamShapeEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  streamId: string;

  @Column('jsonb')
  fields: Record<string, unknown>;

  @Column('jsonb')
  paths: Record<string, unknown>;

  @Column('integer')
  profiled: number;

  @Column('boolean')
  settled: boolean;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
