import axios, { type AxiosError } from 'axios';
import { ConnectorFailure } from './failure.js';
import { EgressRefused, egressRules, type EgressRules } from './egress.js';
import { guardedAgents, type GuardedAgents } from './guarded-agents.js';

interface WireRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: string;
  timeoutMs: number;
  maxBodyBytes: number;
}
export interface WireResponse {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  text: string;
  bytes: Buffer;
}
/** No response arrived. `sent`: the vendor may have received the request. */
export class NoAnswer extends Error {
  constructor(
    readonly errno: string,
    readonly sent: boolean,
    detail: string,
  ) {
    super(detail);
  }
}
/** Sends one request and follows nothing: the only place that opens a socket to a vendor. */
export interface Transport {
  send: (request: WireRequest) => Promise<WireResponse>;
  close: () => void;
}

/** Errors that happen before the first byte of a request leaves. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EGRESS_REFUSED',
  'EPROTO',
  'ERR_INVALID_URL',
]);

/** Both PEM. */
export interface ClientCertificate {
  cert: string;
  key: string;
}

export interface TransportOptions {
  egress: readonly string[];
  /** PEM of a private certificate authority, trusted besides the public ones. */
  ca?: string;
  maxSockets?: number;
  /** Our certificate, for vendors that want one in the handshake. */
  clientCertificate?: () => Promise<ClientCertificate>;
  /** Only for tests of the guard itself. */
  rules?: EgressRules;
}

export function createTransport(options: TransportOptions): Transport {
  const rules = options.rules ?? egressRules(options.egress);
  let opened: Promise<GuardedAgents> | undefined;
  const open = async (): Promise<GuardedAgents> => guardedAgents(rules, { ...options, ...(await options.clientCertificate?.()) });
  const agents = (): Promise<GuardedAgents> => {
    opened ??= open();
    // What was missing may be stored by the next call.
    opened.catch(() => (opened = undefined));
    return opened;
  };
  return {
    close: () =>
      void opened?.then(
        (open) => open.close(),
        () => undefined,
      ),
    async send(request) {
      try {
        if (request.url.username || request.url.password) throw new EgressRefused('an address must not carry credentials');
        if (!/^https?:$/.test(request.url.protocol)) throw new EgressRefused(`${request.url.protocol} is not spoken`);
        return await exchange(request, await agents());
      } catch (error) {
        throw asNoAnswer(error, request);
      }
    },
  };
}

async function exchange(request: WireRequest, { httpAgent, httpsAgent }: GuardedAgents): Promise<WireResponse> {
  const answer = await axios.request<Buffer>({
    adapter: 'http',
    url: request.url.href,
    method: request.method,
    headers: request.headers,
    data: request.body,
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: request.maxBodyBytes,
    responseType: 'arraybuffer',
    // One deadline over connection, headers and body: axios' own timeout restarts with every byte.
    signal: AbortSignal.timeout(request.timeoutMs),
    validateStatus: () => true,
    transformRequest: [(data: unknown) => data],
  });
  const headers = Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const { status, data: bytes } = answer;
  let text: string | undefined;
  return {
    status,
    headers: Object.fromEntries(headers),
    bytes,
    // Files are never read as text.
    get text() {
      return (text ??= bytes.toString('utf8'));
    },
  };
}

function asNoAnswer(error: unknown, request: WireRequest): Error {
  if (error instanceof ConnectorFailure) return error;
  if (error instanceof EgressRefused) return new NoAnswer(error.code, false, error.message);
  const errno = errnoOf(error);
  const sent = !(UNSENT.has(errno) || /CERT/.test(errno) || /^UNABLE_TO_/.test(errno));
  return new NoAnswer(errno, sent, describe(errno, error, request));
}

function errnoOf(error: unknown): string {
  if (axios.isCancel(error)) return 'ETIMEDOUT';
  const { code, message } = error as AxiosError;
  if (/maxContentLength/.test(message)) return 'BODY_TOO_LARGE';
  return code ?? 'EUNKNOWN';
}

function describe(errno: string, error: unknown, request: WireRequest): string {
  if (errno === 'ETIMEDOUT') return `no complete answer within ${request.timeoutMs} ms`;
  if (errno === 'BODY_TOO_LARGE') return `the answer is larger than ${request.maxBodyBytes} bytes`;
  if (errno === 'EGRESS_REFUSED') return (error as Error).message;
  return `the connection failed (${errno})`;
}
