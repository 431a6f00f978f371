import { ConnectorFailure } from '../failure.js';
import type { Downloaded, HttpClient } from '../http.js';

/** What stores answer to an address that ran out. */
const RAN_OUT = new Set([400, 401, 403, 404, 410]);

/** Reads a file from an address that may have run out: it is then asked for once more. */
export async function downloadFrom(http: HttpClient, address: () => Promise<string>): Promise<Downloaded> {
  try {
    return await http.download(await address());
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || !RAN_OUT.has(error.status ?? 0)) throw error;
    return http.download(await address());
  }
}
