import type { FailureCode } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { raiseAlert, type AlertKind, type NewAlert } from './alerts.js';
import { whoActs } from './who-acts.js';

export interface AlertRules {
  /** Hours after which an open item is an alert, for all classes or by class; a class left out takes `default`. */
  itemAgeHours: number | ({ default: number } & Partial<Record<FailureCode, number>>);
}

const EVALUATED: AlertKind[] = ['auth', 'stream-stopped', 'ageing-items'];
const NAMED_AT_MOST = 5;

/** Opens an alert per present cause and closes those whose cause is gone. Repeating it changes nothing. Times by the database clock. */
export async function evaluateAlerts(tx: TenantTx, rules: AlertRules): Promise<{ opened: number; closed: number }> {
  const causes = [...(await refusedConnections(tx)), ...(await stoppedStreams(tx)), ...(await ageingItems(tx, rules))];
  let opened = 0;
  for (const cause of causes) if (await raiseAlert(tx, cause)) opened += 1;
  const closed = await tx.query(
    'UPDATE alert SET closed_at = now() WHERE closed_at IS NULL AND kind = ANY($1) AND fingerprint <> ALL($2) RETURNING 1',
    [EVALUATED, causes.map(({ fingerprint }) => fingerprint)],
  );
  return { opened, closed: closed.length };
}

async function refusedConnections(tx: TenantTx): Promise<NewAlert[]> {
  const rows = await tx.query<{ id: string; name: string }>(
    `SELECT id, name FROM connection WHERE status = 'paused' AND status_code = 'AUTH' AND deleted_at IS NULL ORDER BY name`,
  );
  return rows.map(({ id, name }) => ({
    fingerprint: `auth:${id}`,
    kind: 'auth',
    subject: name,
    whoActs: whoActs('AUTH'),
    message: `Connection "${name}" is paused: the vendor refuses its credentials. Nothing is read from or written to it until ops reconnect it.`,
  }));
}

async function stoppedStreams(tx: TenantTx): Promise<NewAlert[]> {
  const rows = await tx.query<{ id: string; name: string; connection: string; code: string | null }>(
    `SELECT s.id, s.name, c.name AS connection, s.status_code AS code FROM stream s JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id
     WHERE (s.status = 'stopped' OR (s.status = 'paused' AND s.status_code = 'BRAKE')) AND c.deleted_at IS NULL ORDER BY c.name, s.name`,
  );
  return rows.map(({ id, name, connection, code }) => ({
    fingerprint: `stream-stopped:${id}`,
    kind: 'stream-stopped',
    subject: `${connection}: ${name}`,
    whoActs: whoActs(code),
    message: `Stream "${name}" of connection "${connection}" has stopped${code ? ` (${code})` : ''} and will not go on by itself. Its records are kept as they are; ${whoActs(code)} must look at its last run.`,
  }));
}

/** One alert per connection and class, not per item: forty bad records are one cause to look at, not forty messages. */
async function ageingItems(tx: TenantTx, { itemAgeHours }: AlertRules): Promise<NewAlert[]> {
  const byClass = typeof itemAgeHours === 'number' ? { default: itemAgeHours } : itemAgeHours;
  const rows = await tx.query<{
    connection_id: string;
    connection: string;
    code: string;
    n: number;
    oldest_hours: number;
    named: string[];
  }>(
    `SELECT e.connection_id, c.name AS connection, e.code, count(*)::int AS n, floor(extract(epoch FROM now() - min(e.opened_at)) / 3600)::int AS oldest_hours,
       (array_agg(coalesce(e.ref, coalesce(s.object, 'record') || ' ' || e.id) ORDER BY e.opened_at, e.id))[1:${NAMED_AT_MOST}] AS named
     FROM error_item e JOIN connection c ON c.tenant_id = e.tenant_id AND c.id = e.connection_id
       LEFT JOIN stream s ON s.tenant_id = e.tenant_id AND s.id = e.stream_id
     WHERE e.state IN ('open', 'assigned', 'awaiting_proof', 'retrying') AND c.deleted_at IS NULL
       AND e.opened_at < now() - make_interval(secs => 3600 * coalesce(($1::jsonb ->> e.code)::double precision, ($1::jsonb ->> 'default')::double precision))
     GROUP BY e.connection_id, c.name, e.code ORDER BY 5 DESC`,
    [JSON.stringify(byClass)],
  );
  return rows.map((row) => ({
    fingerprint: `ageing-items:${row.connection_id}:${row.code}`,
    kind: 'ageing-items',
    subject: row.named.join(', '),
    whoActs: whoActs(row.code),
    message: `${row.n} ${row.n === 1 ? 'record' : 'records'} of connection "${row.connection}" parked as ${row.code}, the oldest for ${row.oldest_hours} h: ${namesOf(row)}. ${whoActs(row.code)} must act in the error queue.`,
  }));
}

function namesOf({ named, n }: { named: string[]; n: number }): string {
  return named.join(', ') + (n > named.length ? ` and ${n - named.length} more` : '');
}
