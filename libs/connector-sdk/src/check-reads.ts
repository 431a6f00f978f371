import type { NamedCheck } from './connector.js';
import { ConnectorFailure } from './failure.js';

/**
 * One call for each thing that must be readable, by name. A credential that is not accepted fails all of them at once and is told alone.
 * Whatever is no refusal is thrown.
 */
export async function checkReads(vendor: string, reads: Record<string, () => Promise<unknown>>): Promise<NamedCheck[]> {
  const checks: NamedCheck[] = [{ name: 'access', ok: true, detail: `${vendor} accepts the credentials` }];
  for (const [name, read] of Object.entries(reads)) {
    const refused = await refusalOf(read);
    if (refused?.code === 'AUTH') return [{ name: 'access', ok: false, detail: refused.detail }];
    checks.push({ name, ok: !refused, detail: refused?.detail ?? `${name} may be read` });
  }
  return checks;
}

async function refusalOf(read: () => Promise<unknown>): Promise<ConnectorFailure | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (error instanceof ConnectorFailure && (error.code === 'PERMISSION' || error.code === 'AUTH')) return error;
    throw error;
  }
}
