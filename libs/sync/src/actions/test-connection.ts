import { ConnectorFailure, type NamedCheck } from '#hub/connector-sdk';
import type { Hub } from '../hub.js';
import type { Actor } from './actor.js';
import { lockConnection } from './lock-connection.js';

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
