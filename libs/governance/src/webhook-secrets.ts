import type { TenantTx } from '#hub/persistence';
import type { Secrets } from './secrets.js';

const CURRENT = 'webhookSecret';
const FORMER = 'webhookSecret:former';

/** Secrets that a delivery to this connection may be signed with: the current ones, one per line, and after a change the former ones for a while. */
export async function webhookSecrets(tx: TenantTx, secrets: Secrets, connectionId: string): Promise<string[]> {
  const [row] = await tx.query<{ former: boolean }>(
    `SELECT coalesce(former_secret_until > now(), false) AS former FROM webhook_endpoint WHERE connection_id = $1`,
    [connectionId],
  );
  const stored = [await secrets.read(tx, connectionId, CURRENT), row?.former ? await secrets.read(tx, connectionId, FORMER) : undefined];
  return stored
    .flatMap((text) => (text ?? '').split('\n'))
    .map((line) => line.trim())
    .filter(Boolean);
}

/** Replaces the secret. What the vendor still signs with the former one is believed for `keepFormerHours`; 0 ends it at once. */
export async function changeWebhookSecret(
  tx: TenantTx,
  secrets: Secrets,
  input: { connectionId: string; secret: string; keepFormerHours: number },
): Promise<void> {
  const former = await secrets.read(tx, input.connectionId, CURRENT);
  if (former !== undefined && former !== input.secret) await secrets.write(tx, input.connectionId, FORMER, former);
  await secrets.write(tx, input.connectionId, CURRENT, input.secret);
  await tx.query(`UPDATE webhook_endpoint SET former_secret_until = now() + make_interval(hours => $2) WHERE connection_id = $1`, [
    input.connectionId,
    input.keepFormerHours,
  ]);
}
