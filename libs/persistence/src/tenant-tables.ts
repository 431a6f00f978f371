/** The tables with a tenant that the first schema made. */
export const SPINE_TABLES = [
  'tenant',
  'api_key',
  'secret',
  'connection',
  'stream',
  'run',
  'checkpoint',
  'batch',
  'webhook_endpoint',
  'inbox',
  'hint',
  'raw',
  'source_record',
  'source_alias',
  'record_parent',
  'waiting',
  'stage_transition',
  'match_key',
  'key_stat',
  'cluster',
  'cluster_member',
  'cluster_redirect',
  'decision',
  'edge',
  'identity_event',
  'base',
  'write_identity',
  'outbox',
  'echo',
  'error_group',
  'error_item',
  'conflict',
  'reconciliation',
  'audit',
  'alert',
] as const;

/** Every table with a tenant. A test holds this list against the catalogue: a table that is missing here fails it. */
export const TENANT_TABLES = [
  ...SPINE_TABLES.filter((table) => table !== 'key_stat'),
  'mapping_version',
  'stream_shape',
  'sign_in',
  'subscription',
  'received_record',
  'file_content',
  'record_file',
  'restored_claim',
  'golden_image',
  'pin',
  'identity_model',
  'identity_rules',
  'rematch',
  'erasure',
  'suppression',
  'vendor_merge',
  'record_snapshot',
] as const;

/** Tables that belong to no tenant: what a vendor account may still be asked is shared by all its connections. */
export const SHARED_TABLES = ['vendor_budget', 'vendor_call', 'migrations'] as const;

/**
 * After one transaction that set it, the setting is '' and not null, hence the nullif; a missing setting therefore sees nothing.
 * FORCE makes the owner obey too.
 */
export function tenantPolicySql(table: string): string {
  const column = table === 'tenant' ? 'id' : 'tenant_id';
  const mine = `${column} = nullif(current_setting('app.tenant', true), '')::uuid`;
  return `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY ${table}_of_tenant ON ${table} USING (${mine}) WITH CHECK (${mine});`;
}
