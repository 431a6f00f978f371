import { randomUUID } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';
import type { Actor } from './who-acts.js';

export type AlertKind = 'auth' | 'stream-stopped' | 'ageing-items';

export interface NewAlert {
  /** Of the cause: while an alert with it is open, no second one is raised. */
  fingerprint: string;
  kind: AlertKind;
  /** The business object: a connection's or stream's name, reference numbers. Never a person. */
  subject: string;
  whoActs: Actor;
  message: string;
}
export interface Alert extends NewAlert {
  id: string;
  openedAt: Date;
}
/** Where alerts go. A rejected promise means "not delivered": the alert is sent again later, so a receiver dedupes by `id`. */
export interface AlertSink {
  send: (alert: Alert) => Promise<void>;
}

/** True when this opened an alert; false when one was open already. */
export async function raiseAlert(tx: TenantTx, { fingerprint, kind, subject, whoActs, message }: NewAlert): Promise<boolean> {
  const opened = await tx.query(
    `INSERT INTO alert (tenant_id, id, fingerprint, kind, subject, who_acts, message) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (tenant_id, fingerprint) WHERE closed_at IS NULL DO NOTHING RETURNING 1`,
    [tx.tenantId, randomUUID(), fingerprint, kind, subject, whoActs, message],
  );
  return opened.length > 0;
}

/** True when an alert with this fingerprint was open. */
export async function closeAlert(tx: TenantTx, fingerprint: string): Promise<boolean> {
  return (
    (await tx.query('UPDATE alert SET closed_at = now() WHERE fingerprint = $1 AND closed_at IS NULL RETURNING 1', [fingerprint])).length >
    0
  );
}
