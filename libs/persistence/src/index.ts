export { Database, LostLease, RoleBypassesIsolation, sqlState, type TenantTx } from './database.js';
export type { Column, ColumnType } from './copy-rows.js';
export { insertRows, stageRows } from './stage-rows.js';
export { migrate } from './migrate.js';
export { DOORS, DOOR_ROLE } from './doors.js';
export { TENANT_TABLES, SHARED_TABLES } from './tenant-tables.js';
