import { ConnectorFailure } from '../failure.js';
import { toUrl } from '../http.js';
import { NoAnswer, type Transport } from '../transport.js';
import type { AuthContext } from './scheme.js';
import { parseJson } from '../parse-json.js';

const TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 1024 * 1024;

/** Posts forms to identity providers, through the guard. */
export function postForm(transport: Transport): AuthContext['post'] {
  return async (url, form, headers = {}) => {
    const request = {
      method: 'POST',
      url: toUrl(url),
      headers: { 'user-agent': 'tributary', accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
      timeoutMs: TIMEOUT_MS,
      maxBodyBytes: MAX_BODY_BYTES,
    };
    const answer = await transport.send(request).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      throw new ConnectorFailure({ code: codeOf(error), detail: `the token endpoint: ${error.message}` });
    });
    return { status: answer.status, headers: answer.headers, body: parseJson(answer.text) };
  };
}

function codeOf({ errno }: NoAnswer): 'CONFIG' | 'TRANSIENT' {
  return errno === 'EGRESS_REFUSED' ? 'CONFIG' : 'TRANSIENT';
}
