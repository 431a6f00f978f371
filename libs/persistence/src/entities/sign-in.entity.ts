import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ConnectionEntity } from './connection.entity.js';

/** A person is away at the vendor, letting a connection in; ends with the answer, or by its time. */
@Entity('sign_in')
@ForeignKey(() => ConnectionEntity, ['tenantId', 'connectionId'], ['tenantId', 'id'])
export class SignInEntity {
  @PrimaryColumn('uuid')
  tenantId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  connectionId: string;

  /** SHA-256 of the `state` that the vendor hands back. */
  @Column('bytea')
  stateHash: Buffer;

  @Column('text')
  redirectUri: string;

  @Column('uuid')
  requestedBy: string;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz')
  expiresAt: Date;
}
