import { byHttpStatus } from './classify.js';
import { ConnectorFailure } from './failure.js';
import { toUrl } from './http.js';
import { createTransport, NoAnswer, type TransportOptions } from './transport.js';

const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Posts a JSON body to an address that an operator configured (an alert sink), under the same guard as every vendor call.
 * Throws ConnectorFailure for anything but 2xx. Nothing is retried and no redirect followed.
 */
export async function postJson(url: string, body: unknown, options: Pick<TransportOptions, 'egress' | 'ca'>): Promise<void> {
  const transport = createTransport({ ...options, maxSockets: 1 });
  const headers = { 'content-type': 'application/json', 'user-agent': 'tributary' };
  try {
    const content = { url: toUrl(url), headers, body: JSON.stringify(body) };
    const { status } = await transport.send({ method: 'POST', ...content, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES });
    if (status < 200 || status > 299) throw failureOf({ status, sent: true, detail: `the address answered with ${status}` });
  } catch (error) {
    throw error instanceof NoAnswer ? failureOf({ errno: error.errno, sent: error.sent, detail: error.message }) : error;
  } finally {
    transport.close();
  }
}

function failureOf({ detail, ...facts }: { status?: number; errno?: string; sent: boolean; detail: string }): ConnectorFailure {
  return new ConnectorFailure({ code: byHttpStatus({ ...facts, method: 'POST' }), status: facts.status, detail });
}
