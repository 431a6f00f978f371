import { AlertEntity } from './alert.entity.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { AuditEntity } from './audit.entity.js';
import { CheckpointEntity } from './checkpoint.entity.js';
import { ClusterEntity } from './cluster.entity.js';
import { ConflictEntity } from './conflict.entity.js';
import { ConnectionEntity } from './connection.entity.js';
import { ErrorGroupEntity } from './error-group.entity.js';
import { ErrorItemEntity } from './error-item.entity.js';
import { HintEntity } from './hint.entity.js';
import { MappingVersionEntity } from './mapping-version.entity.js';
import { OutboxEntity } from './outbox.entity.js';
import { ReconciliationEntity } from './reconciliation.entity.js';
import { RunEntity } from './run.entity.js';
import { SecretEntity } from './secret.entity.js';
import { SignInEntity } from './sign-in.entity.js';
import { StreamEntity } from './stream.entity.js';
import { StreamShapeEntity } from './stream-shape.entity.js';
import { SubscriptionEntity } from './subscription.entity.js';
import { TenantEntity } from './tenant.entity.js';
import { WebhookEndpointEntity } from './webhook-endpoint.entity.js';

/** Entities serve configuration and reading; bulk paths use the same transaction's raw statements (docs/adr/0003). */
export const ENTITIES: (new () => object)[] = [
  AlertEntity,
  ApiKeyEntity,
  AuditEntity,
  CheckpointEntity,
  ClusterEntity,
  ConflictEntity,
  ConnectionEntity,
  ErrorGroupEntity,
  ErrorItemEntity,
  HintEntity,
  MappingVersionEntity,
  OutboxEntity,
  ReconciliationEntity,
  RunEntity,
  SecretEntity,
  SignInEntity,
  StreamEntity,
  StreamShapeEntity,
  SubscriptionEntity,
  TenantEntity,
  WebhookEndpointEntity,
];

export {
  AlertEntity,
  ApiKeyEntity,
  AuditEntity,
  CheckpointEntity,
  ClusterEntity,
  ConflictEntity,
  ConnectionEntity,
  ErrorGroupEntity,
  ErrorItemEntity,
  HintEntity,
  OutboxEntity,
  ReconciliationEntity,
  RunEntity,
  SecretEntity,
  StreamEntity,
  TenantEntity,
  WebhookEndpointEntity,
};
