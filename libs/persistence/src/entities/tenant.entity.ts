import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One customer; every other row belongs to one. */
@Entity('tenant')
export class TenantEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  name: string;

  @Column('text', { nullable: true })
  refPrefix: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;
}
