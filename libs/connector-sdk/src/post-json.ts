import { ConnectorFailure } from './failure.js';
import { toUrl } from './http.js';
import { createTransport } from './transport.js';

/** Posts JSON to an address of this installation's own choosing (an alert sink), behind the same guard as vendor calls. @throws unless answered 2xx */
export async function postJson(address: string, body: unknown, options: { egress: readonly string[]; ca?: string }): Promise<void> {
  const transport = createTransport(options);
  try {
    const headers = { 'content-type': 'application/json', 'user-agent': 'tributary' };
    const answer = await transport.send({
      method: 'POST',
      url: toUrl(address),
      headers,
      body: JSON.stringify(body),
      timeoutMs: 10_000,
      maxBodyBytes: 64 * 1024,
    });
    if (answer.status > 299) throw new ConnectorFailure({ code: 'TRANSIENT', detail: `the alert sink answered ${answer.status}` });
  } finally {
    transport.close();
  }
}
