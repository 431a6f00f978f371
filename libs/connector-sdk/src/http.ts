import type { Authorization } from './auth/scheme.js';
import type { CallFailure } from './connector.js';
import { ConnectorFailure } from './failure.js';
import { NoAnswer, type Transport, type WireResponse } from './transport.js';
import { parseJson } from './parse-json.js';

export interface HttpOptions {
  /** Absolute; relative paths are appended to it. Its origin is the only one that gets credentials. */
  baseUrl: string;
  headers?: Record<string, string>;
  /** Whole call, ms; default 30 s. */
  timeoutMs?: number;
  /** After decompression; default 32 MiB. */
  maxBodyBytes?: number;
}
export interface VendorResponse {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  text: string;
  /** Parsed on demand; undefined for an empty body; a ConnectorFailure for anything that is not JSON. */
  json: () => unknown;
}
export interface CallOptions {
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  /** An object is sent as JSON, a string as it is. */
  body?: unknown;
  /** Statuses besides 2xx that are an answer, not a failure; redirects are never followed and may be expected here. */
  expect?: number[];
  /** A POST that only reads: its failure never makes an outcome unknown. */
  reads?: boolean;
}
export interface HttpCall extends CallOptions {
  method: string;
  /** Path below the base URL, or an absolute URL. */
  path: string;
}
/** All calls to the vendor go through this: budget, credentials, guard, caps, classification. Everything that fails throws a ConnectorFailure. */
export interface HttpClient {
  get: (path: string, options?: CallOptions) => Promise<unknown>;
  post: (path: string, options?: CallOptions) => Promise<unknown>;
  put: (path: string, options?: CallOptions) => Promise<unknown>;
  patch: (path: string, options?: CallOptions) => Promise<unknown>;
  delete: (path: string, options?: CallOptions) => Promise<unknown>;
  request: (call: HttpCall) => Promise<VendorResponse>;
  /** Reads the bytes at an absolute address that needs no credentials: none are sent, and no call of the budget is taken. */
  download: (url: string) => Promise<Downloaded>;
}
export interface Downloaded {
  mime: string;
  bytes: Buffer;
}
export interface FailedCall extends CallFailure {
  /** What went wrong on the wire, when no answer came or it could not be read. */
  detail?: string;
  /** The request was meant to change something and may have reached the vendor. */
  wrote: boolean;
}
export interface HttpParts {
  options: HttpOptions;
  transport: Transport;
  /** Waits for the vendor's budget. */
  admit: () => Promise<void>;
  /** How long the headers of an answer ask us to stay away, in ms. */
  exhausted?: (headers: Record<string, string>) => number | undefined;
  authorize: () => Promise<Authorization>;
  /** The vendor answered 401 to this; resolves to whether another try may fare better. */
  renew?: (refused: Authorization) => Promise<boolean>;
  /** The failure in a 2xx that says no. */
  refuses?: (response: VendorResponse) => CallFailure | undefined;
  /** Turns a failed call into the error to throw. */
  judge: (failure: FailedCall) => ConnectorFailure;
  /** Tells the budget that the vendor wants no calls for a while. */
  block: (forMs: number) => Promise<void>;
  /** A write was answered with success. */
  wrote?: () => void;
}

const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH']);
const TIMEOUT_MS = 30_000;
const DOWNLOAD_MS = 120_000;
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export function createHttpClient(parts: HttpParts): HttpClient {
  const request = (call: HttpCall) => perform(parts, call);
  const verb =
    (method: string) =>
    async (path: string, options: CallOptions = {}) =>
      (await request({ ...options, method, path })).json();
  return {
    get: verb('GET'),
    post: verb('POST'),
    put: verb('PUT'),
    patch: verb('PATCH'),
    delete: verb('DELETE'),
    request,
    download: (url) => download(parts, url),
  };
}

/** An address of a file says nothing of the vendor's API: its refusals are its own, and never a refusal of the connection. */
async function download({ transport, options }: HttpParts, address: string): Promise<Downloaded> {
  const wire = await transport
    .send({
      method: 'GET',
      url: toUrl(address),
      headers: { 'user-agent': 'tributary' },
      timeoutMs: options.timeoutMs ?? DOWNLOAD_MS,
      maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    })
    .catch((error: unknown) => {
      throw error instanceof NoAnswer ? new ConnectorFailure({ code: 'TRANSIENT', detail: error.message }) : error;
    });
  const { status } = wire;
  if (status === 200) return { mime: wire.headers['content-type'] ?? 'application/octet-stream', bytes: wire.bytes };
  const code = status === 404 || status === 410 ? 'NOT_FOUND' : status < 500 && status !== 429 ? 'PERMISSION' : 'TRANSIENT';
  throw new ConnectorFailure({ code, status, detail: `the file was not given (${status})` });
}

async function perform(parts: HttpParts, call: HttpCall): Promise<VendorResponse> {
  const method = call.method.toUpperCase();
  const writes = !READING_METHODS.has(method) && call.reads !== true;
  const judge = (facts: Omit<FailedCall, 'method' | 'wrote'>) => parts.judge({ ...facts, method, wrote: writes && facts.sent });
  const url = addressOf(parts.options.baseUrl, call);
  const wire = await exchange(parts, call, url).catch((error: unknown) => {
    throw error instanceof NoAnswer ? judge({ errno: error.errno, sent: error.sent, detail: error.message }) : error;
  });
  const response = toResponse(wire, () => judge({ errno: 'BAD_JSON', sent: true, detail: 'the answer is not complete JSON' }));
  const failure = call.expect?.includes(wire.status) ? undefined : failureIn(wire, response, parts);
  if (failure) throw await announced(judge(failure), parts);
  if (writes && wire.status < 300) parts.wrote?.();
  return response;
}

function failureIn(wire: WireResponse, response: VendorResponse, { refuses }: HttpParts): CallFailure | undefined {
  const { status, headers, text } = wire;
  if (status < 200 || status > 299) return { status, headers, body: parseJson(text) ?? text, sent: true, method: '' };
  return refuses?.(response);
}

async function announced(failure: ConnectorFailure, { block }: HttpParts): Promise<ConnectorFailure> {
  if (failure.retryAfterMs !== undefined) await block(failure.retryAfterMs);
  return failure;
}

function toResponse({ status, headers, text }: WireResponse, unreadable: () => ConnectorFailure): VendorResponse {
  const json = (): unknown => {
    if (!text.trim()) return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw unreadable();
    }
  };
  return { status, headers, text, json };
}

/** A 401 did nothing at the vendor: with a renewed token the same call is made once more. */
async function exchange(parts: HttpParts, call: HttpCall, url: URL): Promise<WireResponse> {
  const ours = url.origin === toUrl(parts.options.baseUrl).origin;
  const attempt = async (): Promise<{ wire: WireResponse; shown: Authorization }> => {
    await parts.admit();
    const shown = ours ? await parts.authorize() : {};
    const wire = await send(parts, call, { url, shown });
    const blockMs = parts.exhausted?.(wire.headers);
    if (blockMs !== undefined) await parts.block(blockMs);
    return { wire, shown };
  };
  const first = await attempt();
  if (first.wire.status !== 401 || !ours || call.expect?.includes(401)) return first.wire;
  return (await parts.renew?.(first.shown)) ? (await attempt()).wire : first.wire;
}

async function send(
  { options, transport }: HttpParts,
  call: HttpCall,
  { url, shown }: { url: URL; shown: Authorization },
): Promise<WireResponse> {
  return transport.send({
    method: call.method.toUpperCase(),
    url: withQuery(url, shown.query),
    headers: {
      'user-agent': 'tributary',
      ...contentType(call.body),
      ...lower(options.headers),
      ...lower(call.headers),
      ...shown.headers,
    },
    body: call.body === undefined || typeof call.body === 'string' ? call.body : JSON.stringify(call.body),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
  });
}

function contentType(body: unknown): Record<string, string> {
  if (body === undefined) return {};
  return { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json' };
}

function lower(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function addressOf(baseUrl: string, { path, query = {} }: HttpCall): URL {
  const url = toUrl(/^https?:/i.test(path) ? path : `${baseUrl.replace(/\/$/, '')}/${path.replace(/^\//, '')}`);
  return withQuery(url, query);
}

function withQuery(url: URL, query: CallOptions['query'] = {}): URL {
  const full = new URL(url);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) full.searchParams.set(name, String(value));
  return full;
}

/** A URL, or a CONFIG failure that does not repeat the text: an address may carry credentials. */
export function toUrl(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new ConnectorFailure({ code: 'CONFIG', detail: 'the address is not a valid URL' });
}
