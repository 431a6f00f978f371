import { Gauge, Registry } from 'prom-client';
import type { TenantTx } from '#hub/persistence';

interface Metric {
  name: string;
  help: string;
  label?: string;
  sql: string;
}

/** Truth is in PostgreSQL, so every replica says the same; nothing is counted in a process. */
const METRICS: Metric[] = [
  {
    name: 'runs',
    label: 'state',
    help: 'runs asked for in the last 24 hours',
    sql: `SELECT state AS label, count(*) AS value FROM run WHERE requested_at > now() - interval '1 day' GROUP BY state`,
  },
  {
    name: 'open_items',
    label: 'code',
    help: 'error items that are not resolved or ignored',
    sql: `SELECT code AS label, count(*) AS value FROM error_item WHERE state NOT IN ('resolved', 'ignored') GROUP BY code`,
  },
  {
    name: 'oldest_open_item_seconds',
    help: 'age of the oldest of them',
    sql: `SELECT coalesce(extract(epoch FROM now() - min(opened_at)), 0) AS value FROM error_item WHERE state NOT IN ('resolved', 'ignored')`,
  },
  {
    name: 'open_conflicts',
    help: 'fields that wait for a decision',
    sql: `SELECT count(*) AS value FROM conflict WHERE settled_at IS NULL`,
  },
  {
    name: 'outbox',
    label: 'state',
    help: 'outward changes of the last 24 hours, and all unfinished ones',
    sql: `SELECT state AS label, count(*) AS value FROM outbox WHERE state NOT IN ('confirmed', 'superseded') OR created_at > now() - interval '1 day' GROUP BY state`,
  },
  {
    name: 'hints_waiting',
    help: 'records that a webhook or a person asked to fetch again',
    sql: `SELECT count(*) AS value FROM hint WHERE done_at IS NULL`,
  },
  {
    name: 'inbox_lag_seconds',
    help: 'age of the oldest of them',
    sql: `SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) AS value FROM hint WHERE done_at IS NULL`,
  },
  {
    name: 'webhooks_received',
    help: 'deliveries accepted, repeats included',
    sql: `SELECT coalesce(sum(received), 0) AS value FROM webhook_endpoint`,
  },
  {
    name: 'webhooks_refused',
    help: 'deliveries whose signature did not fit',
    sql: `SELECT coalesce(sum(refused), 0) AS value FROM webhook_endpoint`,
  },
  {
    name: 'connections_paused',
    label: 'code',
    help: 'paused connections by reason',
    sql: `SELECT coalesce(status_code, 'PERSON') AS label, count(*) AS value FROM connection WHERE status = 'paused' GROUP BY 1`,
  },
];

/** What an operator watches, as Prometheus text. */
export async function readMetrics(tx: TenantTx): Promise<string> {
  const registry = new Registry();
  for (const { name, help, label, sql } of METRICS) {
    const gauge = new Gauge({ name: `tributary_${name}`, help, labelNames: label ? [label] : [], registers: [registry] });
    for (const row of await tx.query<{ label?: string; value: string }>(sql))
      gauge.set(label ? { [label]: row.label ?? '' } : {}, Number(row.value));
  }
  return registry.metrics();
}
