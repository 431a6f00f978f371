import type { TenantTx } from '#hub/persistence';
import type { Alert, AlertSink } from './alerts.js';

const FIRST_WAIT_SECONDS = 30;
const DOUBLINGS = 9;
const AT_A_TIME = 10;
/** Less than the database's limit on an idle transaction, which this one is while a sink is slow. */
const BUDGET_MS = 20_000;

interface Row {
  id: string;
  fingerprint: string;
  kind: Alert['kind'];
  subject: string;
  who_acts: Alert['whoActs'];
  message: string;
  opened_at: Date;
}

export interface Delivery {
  sent: number;
  failed: number;
  /** Error codes or names, for the log; never a sink's own words, which repeat addresses. */
  reasons: string[];
}

/**
 * Sends what is open and due. At least once: a crash after the sink accepted and before the commit sends again. A refused alert comes back 30 s, 90 s, 210 s …
 * after it was opened, then every 4 hours or so. Alerts that closed before they were sent are not sent. Other processes skip rows that this one holds.
 */
export async function deliverAlerts(tx: TenantTx, sink: AlertSink, now: Date): Promise<Delivery> {
  const started = Date.now();
  const result: Delivery = { sent: 0, failed: 0, reasons: [] };
  for (const row of await dueAlerts(tx, now)) {
    if (Date.now() - started > BUDGET_MS) break;
    const refusal = await sink.send(alertOf(row)).then(() => undefined, reasonOf);
    const delivered = refusal === undefined;
    result[delivered ? 'sent' : 'failed'] += 1;
    if (refusal !== undefined && !result.reasons.includes(refusal)) result.reasons.push(refusal);
    await tx.query('UPDATE alert SET send_attempts = send_attempts + 1, sent_at = CASE WHEN $2 THEN $3::timestamptz END WHERE id = $1', [
      row.id,
      delivered,
      now,
    ]);
  }
  return result;
}

function dueAlerts(tx: TenantTx, now: Date): Promise<Row[]> {
  return tx.query<Row>(
    `SELECT id, fingerprint, kind, subject, who_acts, message, opened_at FROM alert WHERE sent_at IS NULL AND closed_at IS NULL
       AND opened_at + make_interval(secs => ${FIRST_WAIT_SECONDS} * (2 ^ least(send_attempts, ${DOUBLINGS}) - 1) + 14400 * greatest(send_attempts - ${DOUBLINGS}, 0)) <= $1
     ORDER BY send_attempts, opened_at LIMIT ${AT_A_TIME} FOR UPDATE SKIP LOCKED`,
    [now],
  );
}

function alertOf(row: Row): Alert {
  return {
    id: row.id,
    fingerprint: row.fingerprint,
    kind: row.kind,
    subject: row.subject,
    whoActs: row.who_acts,
    message: row.message,
    openedAt: row.opened_at,
  };
}

function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: string; name?: string };
  return code ?? name ?? 'Error';
}
