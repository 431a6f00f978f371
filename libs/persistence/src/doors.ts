/** Owner of the doors: cannot log in, sees only the columns granted here. */
export const DOOR_ROLE = 'tributary_doors';

interface Door {
  name: string;
  args: string;
  returns: string;
  reads: Record<string, string[]>;
  body: string;
}

/**
 * The only ways across tenants: what must be known before a tenant is. Each returns ids, states and hashes, never a record.
 * A test holds this list against every SECURITY DEFINER function of the database.
 */
export const DOORS: Door[] = [
  {
    name: 'door_api_key',
    args: 'hash bytea',
    returns: 'TABLE (tenant_id uuid, id uuid, role text, scopes text[])',
    reads: { api_key: ['tenant_id', 'id', 'role', 'scopes', 'key_hash', 'expires_at', 'revoked_at'] },
    body: `SELECT k.tenant_id, k.id, k.role, k.scopes FROM api_key k
           WHERE k.key_hash = hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`,
  },
  {
    name: 'door_webhook_endpoint',
    args: 'endpoint uuid',
    returns: 'TABLE (tenant_id uuid, connection_id uuid, connector text)',
    reads: {
      webhook_endpoint: ['tenant_id', 'id', 'connection_id', 'disabled_at'],
      connection: ['tenant_id', 'id', 'connector', 'deleted_at'],
    },
    body: `SELECT e.tenant_id, e.connection_id, c.connector FROM webhook_endpoint e JOIN connection c ON c.tenant_id = e.tenant_id AND c.id = e.connection_id
           WHERE e.id = endpoint AND e.disabled_at IS NULL AND c.deleted_at IS NULL`,
  },
  {
    name: 'door_open_runs',
    args: 'older_than interval',
    returns: 'TABLE (tenant_id uuid, id uuid, kind text, state text, lease_expired boolean)',
    reads: {
      run: ['tenant_id', 'id', 'kind', 'subject_id', 'state', 'requested_at', 'dispatched_at'],
      checkpoint: ['tenant_id', 'subject_id', 'kind', 'lease_until', 'run_id'],
    },
    body: `SELECT r.tenant_id, r.id, r.kind, r.state, coalesce(p.lease_until < now(), true) FROM run r
           LEFT JOIN checkpoint p ON p.tenant_id = r.tenant_id AND p.subject_id = r.subject_id AND p.kind = r.kind AND p.run_id = r.id
           WHERE r.state IN ('queued', 'running') AND coalesce(r.dispatched_at, r.requested_at) < now() - older_than`,
  },
  {
    name: 'door_streams',
    args: '',
    returns: 'TABLE (tenant_id uuid, connection_id uuid, stream_id uuid, interval_seconds integer, active boolean)',
    reads: {
      stream: ['tenant_id', 'id', 'connection_id', 'interval_seconds', 'status'],
      connection: ['tenant_id', 'id', 'status', 'deleted_at'],
    },
    body: `SELECT s.tenant_id, s.connection_id, s.id, s.interval_seconds, s.status = 'active' AND c.status = 'active' FROM stream s
           JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id WHERE c.deleted_at IS NULL`,
  },
  {
    name: 'door_due_outbox',
    args: '',
    returns: 'TABLE (tenant_id uuid, connection_id uuid)',
    reads: { outbox: ['tenant_id', 'connection_id', 'state', 'not_before'] },
    body: `SELECT DISTINCT o.tenant_id, o.connection_id FROM outbox o WHERE o.state IN ('pending', 'sending', 'unknown', 'sent') AND o.not_before <= now()`,
  },
  {
    name: 'door_due_hints',
    args: '',
    returns: 'TABLE (tenant_id uuid, stream_id uuid)',
    reads: { hint: ['tenant_id', 'stream_id', 'done_at', 'not_before'] },
    body: `SELECT DISTINCT h.tenant_id, h.stream_id FROM hint h WHERE h.done_at IS NULL AND h.not_before <= now()`,
  },
  {
    name: 'door_due_waiting',
    args: '',
    returns: 'TABLE (tenant_id uuid, connection_id uuid)',
    reads: { waiting: ['tenant_id', 'stream_id', 'released_at'], stream: ['tenant_id', 'id', 'connection_id'] },
    body: `SELECT DISTINCT w.tenant_id, s.connection_id FROM waiting w JOIN stream s ON s.tenant_id = w.tenant_id AND s.id = w.stream_id WHERE w.released_at < now() - interval '5 seconds'`,
  },
  {
    name: 'door_tenants',
    args: '',
    returns: 'TABLE (tenant_id uuid)',
    reads: { tenant: ['id'] },
    body: `SELECT t.id FROM tenant t`,
  },
];

export const doorsSql = `
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${DOOR_ROLE}') THEN CREATE ROLE ${DOOR_ROLE} NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN EXECUTE format('GRANT ${DOOR_ROLE} TO %I', current_user); END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE EXCEPTION 'the migration role % may not act as ${DOOR_ROLE}', current_user USING HINT = 'As a superuser: GRANT ${DOOR_ROLE} TO the migration role, then run the migration again.';
END $$;
GRANT USAGE, CREATE ON SCHEMA public TO ${DOOR_ROLE};
${DOORS.map(doorSql).join('\n')}
REVOKE CREATE ON SCHEMA public FROM ${DOOR_ROLE};
${[...new Set(DOORS.flatMap((door) => Object.keys(door.reads)))].map((table) => `CREATE POLICY ${table}_for_doors ON ${table} FOR SELECT TO ${DOOR_ROLE} USING (true);`).join('\n')}
`;

function doorSql(door: Door): string {
  const grants = Object.entries(door.reads).map(([table, columns]) => `GRANT SELECT (${columns.join(', ')}) ON ${table} TO ${DOOR_ROLE};`);
  return `CREATE FUNCTION ${door.name}(${door.args}) RETURNS ${door.returns} LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $door$ ${door.body} $door$;
    ALTER FUNCTION ${door.name} OWNER TO ${DOOR_ROLE}; REVOKE ALL ON FUNCTION ${door.name} FROM PUBLIC;
    ${grants.join('\n')}`;
}
