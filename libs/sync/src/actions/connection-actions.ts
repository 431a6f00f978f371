import { randomUUID } from 'node:crypto';
import { ConnectorFailure, openSession, type Connector, type NamedCheck } from '#hub/connector-sdk';
import type { TenantTx } from '#hub/persistence';
import { detachRecords } from '../detach-records.js';
import { dispatchAnswer } from '../dispatch-run.js';
import type { Hub } from '../hub.js';
import { requestRun, type RunAnswer, type RunKind } from '../request-run.js';
import { settleConflict } from '../settle-conflict.js';
import { audit, Refusal, type Actor } from './actor.js';

export interface StreamChoice { intervalSeconds?: number; historyDays?: number; paused?: boolean }
export interface NewConnection {
  connector: string; name: string; settings: Record<string, unknown>; credentials: Record<string, string>; systemOfRecord?: boolean; priority?: number; allowedEffects?: string[]; streams?: Record<string, StreamChoice>;
}

/** Stores a connection with its streams; settings and credential names are checked here, access by `testConnection`. */
export async function createConnection(hub: Hub, actor: Actor, input: NewConnection): Promise<{ id: string }> {
  const connector = hub.connectors.get(input.connector);
  if (!connector) throw new Refusal(422, 'UNKNOWN_CONNECTOR', `there is no connector "${input.connector}"; choose one of ${[...hub.connectors.keys()].join(', ')}`, [{ pointer: '/connector', code: 'unknown', detail: 'not in the catalogue' }]);
  const settings = checkedSettings(connector, input.settings);
  refuseUnknownNames(connector, input);
  const id = randomUUID();
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    await refuseTaken(tx, input);
    await tx.query(
      `INSERT INTO connection (tenant_id, id, connector, name, category, settings, account, system_of_record, priority, allowed_effects) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [tx.tenantId, id, connector.id, input.name, connector.category, settings, connector.account(settings), input.systemOfRecord ?? false, input.priority ?? 100, input.allowedEffects ?? ['silent']],
    );
    for (const [field, value] of Object.entries(input.credentials)) await hub.secrets.write(tx, id, field, value);
    for (const [name, definition] of Object.entries(connector.streams)) {
      const choice = input.streams?.[name] ?? {};
      await tx.query(`INSERT INTO stream (tenant_id, id, connection_id, name, object, mapping, interval_seconds, history_days, status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
        tx.tenantId, randomUUID(), id, name, definition.entity, hub.mappings.forStream(connector.id, name).name, choice.intervalSeconds ?? 300, choice.historyDays ?? 365, choice.paused ? 'paused' : 'active',
      ]);
    }
    if (connector.webhook) await tx.query(`INSERT INTO webhook_endpoint (tenant_id, id, connection_id) VALUES ($1, $2, $3)`, [tx.tenantId, randomUUID(), id]);
    await audit(tx, actor, { action: 'connection.create', subject: { kind: 'connection', id }, after: { connector: connector.id, name: input.name, systemOfRecord: input.systemOfRecord ?? false } });
  });
  return { id };
}

/** Settings through the connector's own class, by opening a session that calls nobody. @throws ConnectorFailure CONFIG that names the field. */
function checkedSettings(connector: Connector, settings: Record<string, unknown>): Record<string, unknown> {
  const noTokens = { read: () => Promise.resolve(undefined) };
  const noBudget = { take: () => Promise.resolve(0), block: () => Promise.resolve() };
  openSession(connector, { settings, tokens: noTokens, budget: noBudget, egress: [] }).close();
  return settings;
}

function refuseUnknownNames(connector: Connector, input: NewConnection): void {
  const fields = [...connector.auth.credentials, ...(connector.webhook ? ['webhookSecret'] : [])];
  for (const field of Object.keys(input.credentials)) {
    if (!fields.includes(field)) throw new Refusal(422, 'INVALID_REQUEST', `credentials.${field} is not one of ${fields.join(', ')}`, [{ pointer: `/credentials/${field}`, code: 'unknown', detail: `use ${fields.join(', ')}` }]);
  }
  for (const name of Object.keys(input.streams ?? {})) {
    if (!Object.hasOwn(connector.streams, name)) throw new Refusal(422, 'INVALID_REQUEST', `streams.${name} is not one of ${Object.keys(connector.streams).join(', ')}`, [{ pointer: `/streams/${name}`, code: 'unknown', detail: 'not a stream of this connector' }]);
  }
}

async function refuseTaken(tx: TenantTx, input: NewConnection): Promise<void> {
  const [taken] = await tx.query<{ by_name: boolean; by_record: boolean }>(
    `SELECT EXISTS (SELECT FROM connection WHERE name = $1 AND deleted_at IS NULL) AS by_name, $2 AND EXISTS (SELECT FROM connection WHERE system_of_record AND deleted_at IS NULL) AS by_record`,
    [input.name, input.systemOfRecord ?? false],
  );
  if (taken.by_name) throw new Refusal(409, 'NAME_TAKEN', 'a connection of this name exists; choose another', [{ pointer: '/name', code: 'taken', detail: 'names are unique' }]);
  if (taken.by_record) throw new Refusal(409, 'SECOND_SYSTEM_OF_RECORD', 'another connection is the system of record; there is only one', [{ pointer: '/systemOfRecord', code: 'taken', detail: 'delete or change the other first' }]);
}

export interface ConnectionChange { name?: string; settings?: Record<string, unknown>; credentials?: Record<string, string>; streams?: Record<string, StreamChoice> }

/** Changes what is given. New credentials end a pause that was caused by the old ones; no cursor is touched. */
export async function changeConnection(hub: Hub, actor: Actor, input: ConnectionChange & { id: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const connection = await lockConnection(tx, input.id);
    const connector = hub.connectors.get(connection.connector) as Connector;
    if (input.settings) checkedSettings(connector, input.settings);
    refuseUnknownNames(connector, { connector: connector.id, name: '', settings: {}, credentials: input.credentials ?? {}, streams: input.streams });
    await tx.query(`UPDATE connection SET name = coalesce($2, name), settings = coalesce($3, settings), updated_at = now() WHERE id = $1`, [input.id, input.name ?? null, input.settings ?? null]);
    for (const [field, value] of Object.entries(input.credentials ?? {})) await hub.secrets.write(tx, input.id, field, value);
    if (input.credentials) await tx.query(`UPDATE connection SET status = 'active', status_code = NULL, status_reason = NULL WHERE id = $1 AND status = 'paused' AND status_code = 'AUTH'`, [input.id]);
    for (const [name, choice] of Object.entries(input.streams ?? {})) {
      await tx.query(
        `UPDATE stream SET interval_seconds = coalesce($3, interval_seconds), history_days = coalesce($4, history_days), status = CASE WHEN $5::boolean IS NULL THEN status WHEN $5 THEN 'paused' ELSE 'active' END, updated_at = now() WHERE connection_id = $1 AND name = $2`,
        [input.id, name, choice.intervalSeconds ?? null, choice.historyDays ?? null, choice.paused ?? null],
      );
    }
    await audit(tx, actor, { action: 'connection.change', subject: { kind: 'connection', id: input.id }, after: { name: input.name, settings: input.settings !== undefined, credentialFields: Object.keys(input.credentials ?? {}), streams: Object.keys(input.streams ?? {}) } });
  });
}

async function lockConnection(tx: TenantTx, id: string): Promise<{ id: string; connector: string; status: string }> {
  const [connection] = await tx.query<{ id: string; connector: string; status: string }>(`SELECT id, connector, status FROM connection WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`, [id]);
  if (!connection) throw new Refusal(404, 'NOT_FOUND', 'there is no such connection');
  return connection;
}

/** Calls the vendor and says, check by check, what works. */
export async function testConnection(hub: Hub, actor: Actor, id: string): Promise<{ ok: boolean; checks: NamedCheck[] }> {
  const session = await hub.database.inTenant(actor.tenantId, async (tx) => {
    await lockConnection(tx, id);
    return hub.open(tx, id);
  });
  try {
    const checks = await session.check();
    return { ok: checks.every((check) => check.ok), checks };
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    return { ok: false, checks: [{ name: error.code === 'AUTH' ? 'access' : 'call', ok: false, detail: error.detail }] };
  } finally {
    session.close();
  }
}

export async function pauseConnectionByHand(hub: Hub, actor: Actor, input: { id: string; reason?: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    await lockConnection(tx, input.id);
    await tx.query(`UPDATE connection SET status = 'paused', status_code = 'PERSON', status_reason = $2, updated_at = now() WHERE id = $1`, [input.id, input.reason ?? 'paused by a person']);
    await audit(tx, actor, { action: 'connection.pause', subject: { kind: 'connection', id: input.id }, after: { reason: input.reason } });
  });
}

/** Starts the connection and its stopped streams again. */
export async function resumeConnection(hub: Hub, actor: Actor, id: string): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    await lockConnection(tx, id);
    await tx.query(`UPDATE connection SET status = 'active', status_code = NULL, status_reason = NULL, updated_at = now() WHERE id = $1`, [id]);
    await tx.query(`UPDATE stream SET status = 'active', status_code = NULL, status_reason = NULL, updated_at = now() WHERE connection_id = $1 AND status = 'stopped'`, [id]);
    await audit(tx, actor, { action: 'connection.resume', subject: { kind: 'connection', id } });
  });
}

export interface StreamRun { stream: string; kind: RunKind; answer: RunAnswer }

/** Asks for runs of one stream, or of all, parents before children. */
export async function runStreams(hub: Hub, actor: Actor, input: { kind: 'sync' | 'reconcile'; connectionId?: string; stream?: string }): Promise<StreamRun[]> {
  const runs = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const streams = await tx.query<{ id: string; name: string; connection_id: string; connector: string }>(
      `SELECT s.id, s.name, s.connection_id, c.connector FROM stream s JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id
       WHERE ($1::uuid IS NULL OR s.connection_id = $1) AND ($2::text IS NULL OR s.name = $2) AND c.deleted_at IS NULL ORDER BY c.system_of_record DESC, c.created_at, s.name`,
      [input.connectionId ?? null, input.stream ?? null],
    );
    if (streams.length === 0) throw new Refusal(404, 'NOT_FOUND', 'there is no such connection or stream');
    const asked: StreamRun[] = [];
    for (const stream of inOrder(hub, streams)) {
      asked.push({ stream: stream.name, kind: input.kind, answer: await requestRun(tx, { kind: input.kind, connectionId: stream.connection_id, streamId: stream.id, cause: 'person', requestedBy: actor.id }) });
    }
    await audit(tx, actor, { action: `run.${input.kind}`, subject: { kind: 'connection', id: input.connectionId ?? 'all' }, after: { stream: input.stream } });
    return asked;
  });
  for (const run of runs) await dispatchAnswer(hub, actor.tenantId, run);
  return runs;
}

function inOrder<Stream extends { name: string; connector: string }>(hub: Hub, streams: Stream[]): Stream[] {
  const depth = (stream: Stream, seen: string[] = []): number => {
    const after = hub.connectors.get(stream.connector)?.streams[stream.name]?.after ?? [];
    const parents = streams.filter((other) => other.connector === stream.connector && after.includes(other.name) && !seen.includes(other.name));
    return parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => depth(parent, [...seen, stream.name])));
  };
  return [...streams].sort((a, b) => depth(a) - depth(b));
}

interface NamedStream { connectionId: string; stream: string }

async function lockStream(tx: TenantTx, input: NamedStream): Promise<string> {
  const [stream] = await tx.query<{ id: string }>(`SELECT s.id FROM stream s WHERE s.connection_id = $1 AND s.name = $2 FOR UPDATE`, [input.connectionId, input.stream]);
  if (!stream) throw new Refusal(404, 'NOT_FOUND', 'there is no such stream');
  return stream.id;
}

/** Forgets the cursor: the next run walks everything. Explicit and audited, never a side effect of a change of settings. */
export async function resetStream(hub: Hub, actor: Actor, input: NamedStream & { reason: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const streamId = await lockStream(tx, input);
    await tx.query(`UPDATE checkpoint SET cursor = NULL, walk = 'resync', walk_started_at = now(), fence = fence + 1 WHERE subject_id = $1 AND kind = 'sync'`, [streamId]);
    await audit(tx, actor, { action: 'stream.reset', subject: { kind: 'stream', id: streamId }, after: { reason: input.reason } });
  });
}

export async function releaseBrake(hub: Hub, actor: Actor, input: NamedStream & { reason: string }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const streamId = await lockStream(tx, input);
    const released = await tx.query(`UPDATE stream SET status = 'active', status_code = 'BRAKE_RELEASED', status_reason = NULL WHERE id = $1 AND status_code = 'BRAKE' RETURNING 1`, [streamId]);
    if (released.length === 0) throw new Refusal(409, 'NO_BRAKE', 'this stream is not held by the brake');
    await audit(tx, actor, { action: 'stream.release-brake', subject: { kind: 'stream', id: streamId }, after: { reason: input.reason } });
  });
}

/** Fetches one record now. */
export async function refetchRecord(hub: Hub, actor: Actor, input: NamedStream & { externalId: string }): Promise<{ runId: string }> {
  const answer = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const streamId = await lockStream(tx, input);
    await tx.query(`INSERT INTO hint (tenant_id, id, stream_id, external_id, cause) VALUES ($1, $2, $3, $4, 'person') ON CONFLICT (tenant_id, stream_id, external_id) WHERE done_at IS NULL DO UPDATE SET not_before = now()`, [tx.tenantId, randomUUID(), streamId, input.externalId]);
    await audit(tx, actor, { action: 'record.refetch', subject: { kind: 'stream', id: streamId }, after: { externalId: input.externalId } });
    return requestRun(tx, { kind: 'hints', connectionId: input.connectionId, streamId, cause: 'person', requestedBy: actor.id });
  });
  if (answer.answer === 'rejected') throw new Refusal(409, answer.code, answer.reason);
  await dispatchAnswer(hub, actor.tenantId, { answer, kind: 'hints' });
  return { runId: answer.runId };
}

/** Deletes a connection once it is said what becomes of its records. */
export async function deleteConnection(hub: Hub, actor: Actor, input: { id: string; records?: 'keep' | 'detach' }): Promise<void> {
  const runs = await hub.database.inTenant(actor.tenantId, async (tx) => {
    await lockConnection(tx, input.id);
    if (!input.records) throw await undecided(tx, input.id);
    await tx.query(`UPDATE run SET state = 'cancelled', ended_at = now() WHERE connection_id = $1 AND state IN ('queued', 'running')`, [input.id]);
    await tx.query(`UPDATE checkpoint SET fence = fence + 1 WHERE subject_id IN (SELECT id FROM stream WHERE connection_id = $1 UNION SELECT $1)`, [input.id]);
    await tx.query(`UPDATE outbox SET state = 'superseded' WHERE connection_id = $1 AND state IN ('pending', 'held', 'parked', 'unknown', 'sending', 'sent')`, [input.id]);
    await tx.query(`UPDATE webhook_endpoint SET disabled_at = now() WHERE connection_id = $1`, [input.id]);
    const wanted = input.records === 'detach' ? await detachRecords(tx, hub, input.id) : [];
    await tx.query(`UPDATE connection SET status = 'deleted', deleted_at = now(), system_of_record = false, updated_at = now() WHERE id = $1`, [input.id]);
    await tx.query(`UPDATE error_item SET state = 'resolved', resolution = 'reason', resolution_reason = 'the connection was deleted', resolved_at = now() WHERE connection_id = $1 AND state <> 'resolved'`, [input.id]);
    await hub.secrets.remove(tx, input.id);
    await audit(tx, actor, { action: 'connection.delete', subject: { kind: 'connection', id: input.id }, after: { records: input.records } });
    return wanted;
  });
  for (const run of runs) await dispatchAnswer(hub, actor.tenantId, run);
}

async function undecided(tx: TenantTx, id: string): Promise<Refusal> {
  const [counts] = await tx.query<{ records: number; only_here: number }>(
    `SELECT count(*)::int AS records, count(*) FILTER (WHERE NOT EXISTS (SELECT FROM cluster_member o JOIN source_record r ON r.tenant_id = o.tenant_id AND r.id = o.record_id
        WHERE o.cluster_id = m.cluster_id AND o.valid_to IS NULL AND r.connection_id <> $1 AND r.deleted_at IS NULL))::int AS only_here
     FROM source_record s JOIN cluster_member m ON m.tenant_id = s.tenant_id AND m.record_id = s.id AND m.valid_to IS NULL WHERE s.connection_id = $1 AND s.deleted_at IS NULL`,
    [id],
  );
  return new Refusal(422, 'RECORDS_UNDECIDED', `${counts.records} records came from this connection, ${counts.only_here} of them only from here; say records=keep to keep their values, or records=detach to take them out of the golden records`, [
    { pointer: '/records', code: 'required', detail: 'keep or detach' },
  ], { records: counts.records, onlyHere: counts.only_here, choices: ['keep', 'detach'] });
}

export async function cancelRun(hub: Hub, actor: Actor, runId: string): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const cancelled = await tx.query(`UPDATE run SET state = 'cancelled', ended_at = now() WHERE id = $1 AND state IN ('queued', 'running') RETURNING 1`, [runId]);
    if (cancelled.length === 0) throw new Refusal(409, 'NOT_RUNNING', 'there is no queued or running run of this id');
    await tx.query(`UPDATE checkpoint SET fence = fence + 1, lease_until = now() WHERE run_id = $1`, [runId]);
    await audit(tx, actor, { action: 'run.cancel', subject: { kind: 'run', id: runId } });
  });
  await hub.workflows?.cancel(runId).catch(() => undefined);
}

export async function settleByHand(hub: Hub, actor: Actor, input: { conflictId: string; choose: 'ours' | 'theirs' | 'value'; value?: unknown; reason: string }): Promise<void> {
  const settled = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const result = await settleConflict(tx, hub, { conflictId: input.conflictId, choose: input.choose, value: input.value as never, by: actor.id, reason: input.reason });
    if (!result.settled) throw new Refusal(409, 'SETTLED', 'there is no open conflict of this id');
    await audit(tx, actor, { action: 'conflict.settle', subject: { kind: 'conflict', id: input.conflictId }, after: { choose: input.choose, reason: input.reason } });
    return result;
  });
  if (settled.settled) for (const run of settled.runs) await dispatchAnswer(hub, actor.tenantId, run);
}
