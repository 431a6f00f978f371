export { arrayLiteral } from './array-literal.js';
export { Database, LostLease, RoleBypassesIsolation, sqlState, type TenantTx, type TransactionOptions } from './database.js';
export type { Column, ColumnType } from './copy-rows.js';
export { insertRows, insertTogether, joinRows } from './stage-rows.js';
export { migrate } from './migrate.js';
export { driftSql } from './check-drift.js';
export { DOORS, DOOR_ROLE } from './doors.js';
export { TENANT_TABLES, SHARED_TABLES } from './tenant-tables.js';
export { pgBudget, type VendorBudget } from './budget.js';
export { FILE_ATTEMPTS, keepFile, pgFiles, readFile, type FileOwner, type StoredFile } from './files.js';
export { lockReceived, pgReceived, readReceived, writeReceived, type StoredReceived } from './received-records.js';
export {
  AlertEntity,
  ApiKeyEntity,
  AuditEntity,
  CheckpointEntity,
  ClusterEntity,
  ConflictEntity,
  ConnectionEntity,
  ENTITIES,
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
} from './entities/index.js';
export { CONFIG_VARIABLES, ConfigError, loadConfig, type Config, type ConfigVariable } from './config.js';
