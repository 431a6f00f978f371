import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DOOR_ROLE, doorsSql } from '../doors.js';
import { SPINE_TABLES, tenantPolicySql } from '../tenant-tables.js';

/** Tables that a first sync fills from nothing in minutes: plans made before anybody counted their rows would read them whole. */
const GROWING = [
  'raw',
  'source_record',
  'match_key',
  'cluster',
  'cluster_member',
  'record_parent',
  'base',
  'outbox',
  'hint',
  'inbox',
  'waiting',
  'error_item',
];

/** The first schema: every table carries its tenant, every foreign key includes it, row-level security is forced on all of them. */
export class Spine1764000000000 implements MigrationInterface {
  name = 'Spine1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [tenancy, connections, runs, records, identity, outward, errors, trust]) await runner.query(sql);
    for (const table of SPINE_TABLES) await runner.query(tenantPolicySql(table));
    for (const table of GROWING)
      await runner.query(`ALTER TABLE ${table} SET (autovacuum_analyze_threshold = 2000, autovacuum_analyze_scale_factor = 0.05)`);
    await runner.query(appendOnly);
    await runner.query(immutableRefs);
    await runner.query(doorsSql);
  }

  async down(runner: QueryRunner): Promise<void> {
    // Not the schema: TypeORM still has to strike this migration off its own table.
    await runner.query(
      `DROP OWNED BY ${DOOR_ROLE}; DROP TABLE ${SPINE_TABLES.join(', ')}, vendor_budget; DROP SEQUENCE fetch_sequence; DROP FUNCTION refuse_change, refuse_ref_change`,
    );
  }
}

const tenancy = `
CREATE TABLE tenant (
  id uuid PRIMARY KEY, name text NOT NULL, ref_prefix text, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE api_key (
  tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, name text NOT NULL, role text NOT NULL, scopes text[] NOT NULL DEFAULT '{}',
  key_prefix text NOT NULL, key_hash bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz, last_used_at timestamptz, revoked_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX api_key_hash_key ON api_key (key_hash);
CREATE TABLE secret (
  tenant_id uuid NOT NULL REFERENCES tenant (id), owner_id uuid NOT NULL, field text NOT NULL, key_id text NOT NULL,
  wrapped_key bytea NOT NULL, sealed bytea NOT NULL, version integer NOT NULL DEFAULT 1, updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, owner_id, field)
);
`;

const connections = `
CREATE TABLE connection (
  tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, connector text NOT NULL, name text NOT NULL, category text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}', account text NOT NULL, system_of_record boolean NOT NULL DEFAULT false, priority integer NOT NULL DEFAULT 100,
  allowed_effects text[] NOT NULL DEFAULT '{silent}', status text NOT NULL DEFAULT 'active', status_code text, status_reason text,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
  PRIMARY KEY (tenant_id, id), CHECK (status IN ('active', 'paused', 'deleted'))
);
CREATE UNIQUE INDEX connection_name_key ON connection (tenant_id, name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX connection_system_of_record_key ON connection (tenant_id) WHERE system_of_record AND deleted_at IS NULL;
CREATE TABLE stream (
  tenant_id uuid NOT NULL, id uuid NOT NULL, connection_id uuid NOT NULL, name text NOT NULL, object text NOT NULL, mapping text NOT NULL,
  interval_seconds integer NOT NULL DEFAULT 300, history_days integer NOT NULL DEFAULT 365, status text NOT NULL DEFAULT 'active', status_code text, status_reason text,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id), CHECK (status IN ('active', 'paused', 'stopped'))
);
CREATE UNIQUE INDEX stream_name_key ON stream (tenant_id, connection_id, name);
CREATE TABLE vendor_budget (
  account text PRIMARY KEY, tokens double precision NOT NULL, refilled_at timestamptz NOT NULL, blocked_until timestamptz
);
`;

const runs = `
CREATE SEQUENCE fetch_sequence;
CREATE TABLE run (
  tenant_id uuid NOT NULL, id uuid NOT NULL, kind text NOT NULL, subject_id uuid NOT NULL, connection_id uuid NOT NULL, stream_id uuid,
  cause text NOT NULL, requested_by uuid, state text NOT NULL DEFAULT 'queued', options jsonb NOT NULL DEFAULT '{}', totals jsonb NOT NULL DEFAULT '{}',
  requested_at timestamptz NOT NULL DEFAULT now(), dispatched_at timestamptz, started_at timestamptz, ended_at timestamptz, failure_code text, failure_detail text,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id),
  FOREIGN KEY (tenant_id, stream_id) REFERENCES stream (tenant_id, id),
  CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')), CHECK (kind IN ('sync', 'hints', 'retries', 'push', 'reconcile'))
);
CREATE UNIQUE INDEX run_one_queued_key ON run (tenant_id, subject_id, kind) WHERE state = 'queued';
CREATE UNIQUE INDEX run_one_running_key ON run (tenant_id, subject_id, kind) WHERE state = 'running';
CREATE INDEX run_recent_idx ON run (tenant_id, requested_at DESC, id DESC);
CREATE INDEX run_open_idx ON run (state, requested_at) WHERE state IN ('queued', 'running');
CREATE TABLE checkpoint (
  tenant_id uuid NOT NULL, subject_id uuid NOT NULL, kind text NOT NULL, fence bigint NOT NULL DEFAULT 0, run_id uuid, lease_until timestamptz,
  cursor text, walk text NOT NULL DEFAULT 'idle', walk_started_at timestamptz, walk_complete boolean NOT NULL DEFAULT true, updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, subject_id, kind), CHECK (walk IN ('idle', 'delta', 'full', 'resync', 'sweep', 'braked'))
);
CREATE TABLE batch (
  tenant_id uuid NOT NULL, id uuid NOT NULL, run_id uuid NOT NULL, applied boolean NOT NULL, totals jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX batch_run_idx ON batch (tenant_id, run_id);
CREATE INDEX batch_age_idx ON batch (tenant_id, created_at);
CREATE TABLE webhook_endpoint (
  tenant_id uuid NOT NULL, id uuid NOT NULL, connection_id uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), disabled_at timestamptz,
  received bigint NOT NULL DEFAULT 0, refused bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE UNIQUE INDEX webhook_endpoint_id_key ON webhook_endpoint (id);
-- Rows of inbox and hint are written by joins with their endpoint and stream, a set at a time: no foreign key looks each of them up again.
CREATE TABLE inbox (
  tenant_id uuid NOT NULL, endpoint_id uuid NOT NULL, message_id text NOT NULL, body bytea NOT NULL, headers jsonb NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, endpoint_id, message_id)
);
CREATE INDEX inbox_age_idx ON inbox USING brin (received_at);
CREATE TABLE hint (
  tenant_id uuid NOT NULL, id uuid NOT NULL, stream_id uuid NOT NULL, external_id text NOT NULL, moved_to text, cause text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  not_before timestamptz NOT NULL DEFAULT now(), done_at timestamptz, PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX hint_waiting_key ON hint (tenant_id, stream_id, external_id) WHERE done_at IS NULL;
`;

const records = `
CREATE TABLE raw (
  tenant_id uuid NOT NULL, id uuid NOT NULL, stream_id uuid NOT NULL, external_id text NOT NULL, fetch_seq bigint NOT NULL, version text,
  payload text NOT NULL, deleted boolean NOT NULL DEFAULT false, fetched_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX raw_record_idx ON raw (tenant_id, stream_id, external_id, fetch_seq DESC);
CREATE INDEX raw_age_idx ON raw (tenant_id, fetched_at);
CREATE TABLE source_record (
  tenant_id uuid NOT NULL, id uuid NOT NULL, connection_id uuid NOT NULL, stream_id uuid NOT NULL, object text NOT NULL, external_id text NOT NULL,
  raw_id uuid, hash uuid NOT NULL, mapping text NOT NULL, mapping_version integer NOT NULL, normaliser_version integer NOT NULL,
  values jsonb NOT NULL, changed_at timestamptz NOT NULL, field_changed_at jsonb, version text, fetch_seq bigint NOT NULL, write_id uuid,
  written_at timestamptz, seen_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz, gone_since timestamptz, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, stream_id) REFERENCES stream (tenant_id, id),
  FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE UNIQUE INDEX source_record_external_key ON source_record (tenant_id, stream_id, external_id);
CREATE UNIQUE INDEX source_record_write_key ON source_record (tenant_id, connection_id, write_id) WHERE write_id IS NOT NULL AND deleted_at IS NULL;
CREATE TABLE source_alias (
  tenant_id uuid NOT NULL, stream_id uuid NOT NULL, external_id text NOT NULL, record_id uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, stream_id, external_id), FOREIGN KEY (tenant_id, record_id) REFERENCES source_record (tenant_id, id)
);
CREATE TABLE record_parent (
  tenant_id uuid NOT NULL, record_id uuid NOT NULL, role text NOT NULL, parent_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, record_id, role), FOREIGN KEY (tenant_id, record_id) REFERENCES source_record (tenant_id, id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES source_record (tenant_id, id)
);
CREATE INDEX record_parent_children_idx ON record_parent (tenant_id, parent_id);
CREATE TABLE waiting (
  tenant_id uuid NOT NULL, stream_id uuid NOT NULL, external_id text NOT NULL, raw_id uuid NOT NULL, parent_stream_id uuid, parent_external_id text, parent_ref text,
  since timestamptz NOT NULL DEFAULT now(), released_at timestamptz,
  PRIMARY KEY (tenant_id, stream_id, external_id), FOREIGN KEY (tenant_id, stream_id) REFERENCES stream (tenant_id, id)
);
CREATE INDEX waiting_parent_idx ON waiting (tenant_id, parent_stream_id, parent_external_id);
CREATE INDEX waiting_ref_idx ON waiting (tenant_id, parent_ref);
CREATE TABLE stage_transition (
  tenant_id uuid NOT NULL, id uuid NOT NULL, application_id uuid NOT NULL, from_stage jsonb, to_stage jsonb NOT NULL, bucket_from text, bucket_to text,
  entered_at timestamptz NOT NULL, observed_at timestamptz NOT NULL DEFAULT now(), actor text, connection_id uuid NOT NULL, inferred boolean NOT NULL, dedupe_key uuid NOT NULL,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, application_id) REFERENCES source_record (tenant_id, id)
);
CREATE UNIQUE INDEX stage_transition_dedupe_key ON stage_transition (tenant_id, dedupe_key);
CREATE INDEX stage_transition_application_idx ON stage_transition (tenant_id, application_id, entered_at);
`;

const identity = `
CREATE TABLE match_key (
  tenant_id uuid NOT NULL, key_hash bigint NOT NULL, key_kind smallint NOT NULL, record_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, key_hash, key_kind, record_id), FOREIGN KEY (tenant_id, record_id) REFERENCES source_record (tenant_id, id)
);
CREATE INDEX match_key_record_idx ON match_key (tenant_id, record_id);
CREATE TABLE key_stat (
  tenant_id uuid NOT NULL, key_hash bigint NOT NULL, key_kind smallint NOT NULL, holders integer NOT NULL, model_version integer NOT NULL,
  PRIMARY KEY (tenant_id, key_hash, key_kind, model_version)
);
CREATE TABLE cluster (
  tenant_id uuid NOT NULL, id uuid NOT NULL, object text NOT NULL, ref text, values jsonb NOT NULL, provenance jsonb NOT NULL, frozen text[],
  version bigint NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX cluster_ref_key ON cluster (tenant_id, ref) WHERE ref IS NOT NULL;
CREATE TABLE cluster_member (
  tenant_id uuid NOT NULL, record_id uuid NOT NULL, cluster_id uuid NOT NULL, valid_from timestamptz NOT NULL DEFAULT now(), valid_to timestamptz,
  PRIMARY KEY (tenant_id, record_id, valid_from), FOREIGN KEY (tenant_id, record_id) REFERENCES source_record (tenant_id, id),
  FOREIGN KEY (tenant_id, cluster_id) REFERENCES cluster (tenant_id, id)
);
CREATE UNIQUE INDEX cluster_member_current_key ON cluster_member (tenant_id, record_id) WHERE valid_to IS NULL;
CREATE INDEX cluster_member_cluster_idx ON cluster_member (cluster_id, tenant_id) WHERE valid_to IS NULL;
CREATE TABLE cluster_redirect (
  tenant_id uuid NOT NULL, old_id uuid NOT NULL, new_id uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, old_id), FOREIGN KEY (tenant_id, new_id) REFERENCES cluster (tenant_id, id)
);
CREATE TABLE decision (
  tenant_id uuid NOT NULL, id uuid NOT NULL, record_a uuid NOT NULL, record_b uuid NOT NULL, verdict text NOT NULL, actor text NOT NULL, actor_id uuid, reason text NOT NULL,
  evidence jsonb NOT NULL, model_version integer, supersedes uuid, decided_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id), CHECK (record_a < record_b), CHECK (verdict IN ('same', 'different', 'unsure')), CHECK (actor IN ('human', 'rule')),
  FOREIGN KEY (tenant_id, record_a) REFERENCES source_record (tenant_id, id), FOREIGN KEY (tenant_id, record_b) REFERENCES source_record (tenant_id, id)
);
CREATE INDEX decision_pair_idx ON decision (tenant_id, record_a, record_b);
CREATE TABLE edge (
  tenant_id uuid NOT NULL, record_a uuid NOT NULL, record_b uuid NOT NULL, model_version integer NOT NULL, weight double precision NOT NULL, vector jsonb NOT NULL, weights jsonb NOT NULL,
  PRIMARY KEY (tenant_id, record_a, record_b, model_version), CHECK (record_a < record_b)
);
CREATE TABLE identity_event (
  tenant_id uuid NOT NULL, id uuid NOT NULL, kind text NOT NULL, inputs uuid[] NOT NULL, outputs uuid[] NOT NULL, cause text NOT NULL, cause_id uuid, undo_of uuid,
  at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, id), CHECK (kind IN ('create', 'attach', 'merge', 'split', 'erase'))
);
CREATE INDEX identity_event_age_idx ON identity_event (tenant_id, at);
`;

const outward = `
CREATE TABLE base (
  tenant_id uuid NOT NULL, record_id uuid NOT NULL, field text NOT NULL, ours jsonb, theirs jsonb, at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, record_id, field), FOREIGN KEY (tenant_id, record_id) REFERENCES source_record (tenant_id, id)
);
CREATE TABLE write_identity (
  tenant_id uuid NOT NULL, cluster_id uuid NOT NULL, connection_id uuid NOT NULL, write_id uuid NOT NULL, generation integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, cluster_id, connection_id, generation), FOREIGN KEY (tenant_id, cluster_id) REFERENCES cluster (tenant_id, id)
);
CREATE UNIQUE INDEX write_identity_write_id_key ON write_identity (tenant_id, write_id);
CREATE TABLE outbox (
  tenant_id uuid NOT NULL, id uuid NOT NULL, cluster_id uuid NOT NULL, connection_id uuid NOT NULL, stream_id uuid NOT NULL, record_id uuid, operation text NOT NULL,
  fields text[] NOT NULL, intended jsonb NOT NULL, write_key uuid NOT NULL, write_id uuid NOT NULL, base_version text, effect text NOT NULL,
  state text NOT NULL DEFAULT 'pending', attempts integer NOT NULL DEFAULT 0, not_before timestamptz NOT NULL DEFAULT now(), claimed_fence bigint, claimed_at timestamptz, sent_at timestamptz,
  confirmed_at timestamptz, external_id text, run_id uuid, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, cluster_id) REFERENCES cluster (tenant_id, id), FOREIGN KEY (tenant_id, stream_id) REFERENCES stream (tenant_id, id),
  CHECK (operation IN ('create', 'update', 'remove')),
  CHECK (state IN ('pending', 'sending', 'unknown', 'sent', 'confirmed', 'held', 'parked', 'superseded'))
);
CREATE UNIQUE INDEX outbox_write_key ON outbox (tenant_id, write_key) WHERE state <> 'superseded';
CREATE INDEX outbox_due_idx ON outbox (tenant_id, connection_id, not_before) WHERE state IN ('pending', 'sending', 'unknown', 'sent');
CREATE UNIQUE INDEX outbox_in_flight_key ON outbox (tenant_id, cluster_id, connection_id) WHERE state IN ('sending', 'unknown', 'sent');
CREATE INDEX outbox_cluster_idx ON outbox (tenant_id, cluster_id);
CREATE INDEX outbox_age_idx ON outbox (tenant_id, created_at);
CREATE TABLE echo (
  tenant_id uuid NOT NULL, id uuid NOT NULL, outbox_id uuid NOT NULL, stream_id uuid NOT NULL, external_id text, write_id uuid NOT NULL, field text NOT NULL, value_hash uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), consumed_at timestamptz, killed_at timestamptz, PRIMARY KEY (tenant_id, id)
);
CREATE INDEX echo_live_idx ON echo (tenant_id, stream_id, external_id) WHERE consumed_at IS NULL AND killed_at IS NULL;
CREATE INDEX echo_outbox_idx ON echo (tenant_id, outbox_id);
CREATE INDEX echo_write_idx ON echo (tenant_id, write_id) WHERE consumed_at IS NULL AND killed_at IS NULL;
`;

const errors = `
CREATE TABLE error_group (
  tenant_id uuid NOT NULL, id uuid NOT NULL, fingerprint uuid NOT NULL, connection_id uuid NOT NULL, stream_id uuid, stage text NOT NULL, code text NOT NULL, message text NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT now(), last_seen_at timestamptz NOT NULL DEFAULT now(), regressed_at timestamptz,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE UNIQUE INDEX error_group_fingerprint_key ON error_group (tenant_id, fingerprint);
CREATE TABLE error_item (
  tenant_id uuid NOT NULL, id uuid NOT NULL, group_id uuid NOT NULL, connection_id uuid NOT NULL, stream_id uuid, stage text NOT NULL, code text NOT NULL, trace_key text NOT NULL,
  external_id text, record_id uuid, cluster_id uuid, ref text, raw_id uuid, outbox_id uuid, conflict_id uuid, field text, pointer text, message text NOT NULL, held_fields text[] NOT NULL DEFAULT '{}',
  mapping text, mapping_version integer, attempts integer NOT NULL DEFAULT 1, state text NOT NULL DEFAULT 'open', assignee text, snoozed_until timestamptz, ignored_until timestamptz, resolution text, resolution_reason text,
  edited_payload text, retry_mode text, retry_requested_at timestamptz, proof_due_at timestamptz, proof_hash uuid, proved_at timestamptz, written_by_run uuid,
  opened_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), resolved_at timestamptz, superseded_by uuid, version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, group_id) REFERENCES error_group (tenant_id, id),
  CHECK (state IN ('open', 'assigned', 'snoozed', 'retrying', 'awaiting_proof', 'resolved', 'ignored')),
  CHECK (stage IN ('pull', 'map', 'match', 'merge', 'push', 'reconcile'))
);
CREATE UNIQUE INDEX error_item_live_key ON error_item (tenant_id, trace_key) WHERE state NOT IN ('resolved');
CREATE INDEX error_item_list_idx ON error_item (tenant_id, opened_at DESC, id DESC);
CREATE INDEX error_item_group_idx ON error_item (tenant_id, group_id);
CREATE INDEX error_item_cluster_idx ON error_item (tenant_id, cluster_id) WHERE state NOT IN ('resolved', 'ignored');
CREATE INDEX error_item_work_idx ON error_item (tenant_id, connection_id, state) WHERE state IN ('retrying', 'awaiting_proof');
CREATE TABLE conflict (
  tenant_id uuid NOT NULL, id uuid NOT NULL, cluster_id uuid NOT NULL, record_id uuid NOT NULL, field text NOT NULL, base jsonb, ours jsonb, theirs jsonb,
  opened_at timestamptz NOT NULL DEFAULT now(), settled_at timestamptz, settled_by text, settlement text, chosen jsonb,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, cluster_id) REFERENCES cluster (tenant_id, id)
);
CREATE UNIQUE INDEX conflict_open_key ON conflict (tenant_id, cluster_id, field) WHERE settled_at IS NULL;
CREATE TABLE reconciliation (
  tenant_id uuid NOT NULL, id uuid NOT NULL, run_id uuid NOT NULL, stream_id uuid NOT NULL, matched integer NOT NULL, total integer NOT NULL, explained integer NOT NULL, unexplained integer NOT NULL,
  result jsonb NOT NULL, completed_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, stream_id) REFERENCES stream (tenant_id, id)
);
CREATE INDEX reconciliation_recent_idx ON reconciliation (tenant_id, stream_id, completed_at DESC);
`;

const trust = `
CREATE TABLE audit (
  tenant_id uuid NOT NULL, id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now(), actor_kind text NOT NULL, actor_id text NOT NULL, action text NOT NULL,
  subject_kind text NOT NULL, subject_id text NOT NULL, before jsonb, after jsonb, request_id text, PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_recent_idx ON audit (tenant_id, at DESC, id DESC);
CREATE TABLE alert (
  tenant_id uuid NOT NULL, id uuid NOT NULL, fingerprint text NOT NULL, kind text NOT NULL, subject text NOT NULL, who_acts text NOT NULL, message text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now(), sent_at timestamptz, send_attempts integer NOT NULL DEFAULT 0, closed_at timestamptz, PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX alert_open_key ON alert (tenant_id, fingerprint) WHERE closed_at IS NULL;
`;

const appendOnly = `
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER identity_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
`;

const immutableRefs = `
CREATE FUNCTION refuse_ref_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'reference number % is immutable', OLD.ref USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER cluster_ref_immutable BEFORE UPDATE ON cluster FOR EACH ROW WHEN (OLD.ref IS DISTINCT FROM NEW.ref OR OLD.id <> NEW.id) EXECUTE FUNCTION refuse_ref_change();
CREATE TRIGGER cluster_ref_kept BEFORE DELETE ON cluster FOR EACH ROW WHEN (OLD.ref IS NOT NULL) EXECUTE FUNCTION refuse_ref_change();
`;
