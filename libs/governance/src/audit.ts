import { randomUUID } from 'node:crypto';
import type { TenantTx } from '#hub/persistence';

export interface AuditEntry {
  actor: { kind: 'api-key' | 'system' | 'partner'; id: string };
  /** A verb with its object, e.g. `connection.pause`. */
  action: string;
  subject: { kind: string; id: string };
  before?: unknown;
  after?: unknown;
  requestId?: string;
}

/** Fields that never reach the audit trail: any name that contains one of these, whatever its case and punctuation. */
const WITHHELD = [
  'secret',
  'password',
  'passphrase',
  'token',
  'credential',
  'apikey',
  'privatekey',
  'authorization',
  'cookie',
  'wrappedkey',
  'sealed',
  'keyhash',
  'payload',
];
/** Names of the credentials that are set, which say what was changed without the value. */
const KEPT = new Set(['credentialfields']);

/** Writes who did what, in the transaction of what was done: neither exists without the other. */
export async function recordAudit(tx: TenantTx, entry: AuditEntry): Promise<void> {
  await tx.query(
    `INSERT INTO audit (tenant_id, id, actor_kind, actor_id, action, subject_kind, subject_id, before, after, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      tx.tenantId,
      randomUUID(),
      entry.actor.kind,
      entry.actor.id,
      entry.action,
      entry.subject.kind,
      entry.subject.id,
      jsonOf(entry.before),
      jsonOf(entry.after),
      entry.requestId ?? null,
    ],
  );
}

/** A copy without the withheld fields at any depth, and without what jsonb cannot hold. Dates and other objects become their JSON. */
export function withoutSecrets(value: unknown): unknown {
  return value === undefined ? undefined : clean(JSON.parse(JSON.stringify(value)));
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value.replaceAll('\0', ''), 'utf8').toString('utf8');
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !isWithheld(name))
      .map(([name, item]) => [clean(name), clean(item)]),
  );
}

function isWithheld(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return !KEPT.has(plain) && WITHHELD.some((part) => plain.includes(part));
}

function jsonOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(withoutSecrets(value));
}
