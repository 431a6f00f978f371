import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the next matching call meets instead of the plain server. */
export type Fault =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: string }
  /** Never finishes its body. */
  | { kind: 'stall' }
  | { kind: 'oversize'; bytes: number }
  /** The server's own answer, cut in half but complete as HTTP. */
  | { kind: 'truncate' }
  /** The server acts on the request; its answer is lost. */
  | { kind: 'drop-answer' }
  | { kind: 'drop-request' };
interface SeenCall {
  method: string;
  path: string;
}
export interface FaultProxy {
  url: string;
  /** Every `host:port` that the connector must be allowed to reach. */
  hosts: string[];
  /** Arms a fault for the next `times` calls (default 1) of these methods (default all). */
  arm: (fault: Fault, match?: { methods?: string[]; path?: RegExp; times?: number }) => void;
  clear: () => void;
  seen: SeenCall[];
  /** Another address that no connector may ever call. */
  elsewhere: { url: string; seen: SeenCall[] };
  stop: () => Promise<void>;
}
interface Armed {
  fault: Fault;
  methods?: string[];
  path?: RegExp;
  left: number;
}

/** A scriptable proxy on loopback in front of a real server: faults that no server produces on demand. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const armed: Armed[] = [];
  const seen: SeenCall[] = [];
  const server = http.createServer((request, response) => {
    const method = request.method ?? '';
    seen.push({ method, path: request.url ?? '' });
    const hit = armed.find(
      ({ left, methods, path }) => left > 0 && (!methods || methods.includes(method)) && (!path || path.test(request.url ?? '')),
    );
    if (hit) hit.left -= 1;
    void handle({ request, response, target }, hit?.fault);
  });
  const strangers: SeenCall[] = [];
  const stranger = http.createServer((request, response) => {
    strangers.push({ method: request.method ?? '', path: request.url ?? '' });
    response.end('{}');
  });
  for (const one of [server, stranger]) await new Promise<void>((done) => one.listen(0, '127.0.0.1', done));
  return {
    url: addressOf(server),
    hosts: [new URL(addressOf(server)).host],
    elsewhere: { url: addressOf(stranger), seen: strangers },
    arm: (fault, { methods, path, times = 1 } = {}) => void armed.push({ fault, methods, path, left: times }),
    clear: () => void armed.splice(0),
    seen,
    async stop() {
      for (const one of [server, stranger]) {
        one.closeAllConnections();
        await new Promise((done) => one.close(done));
      }
    },
  };
}

function addressOf(server: http.Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  target: string;
}

async function handle({ request, response, target }: Exchange, fault: Fault | undefined): Promise<void> {
  const body = await collect(request);
  if (fault?.kind === 'drop-request') return void response.destroy();
  if (fault?.kind === 'answer') return void response.writeHead(fault.status, fault.headers).end(fault.body);
  if (fault?.kind === 'stall') return void response.writeHead(200, { 'content-type': 'application/json' }).write(' ');
  if (fault?.kind === 'oversize') return void response.writeHead(200).end(Buffer.alloc(fault.bytes, ' '));
  const answer = await forward(request, target, body).catch(() => undefined);
  if (!answer || fault?.kind === 'drop-answer') return void response.destroy();
  const { 'content-length': _length, 'transfer-encoding': _coding, connection: _connection, ...headers } = answer.headers;
  const bytes = fault?.kind === 'truncate' ? answer.body.subarray(0, Math.floor(answer.body.length / 2)) : answer.body;
  response.writeHead(answer.status, headers).end(bytes);
}

async function collect(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function forward(request: IncomingMessage, target: string, body: Buffer) {
  return new Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }>((done, fail) => {
    const headers = { ...request.headers, connection: 'close' };
    const call = http.request(new URL(request.url ?? '/', target), { method: request.method, headers }, (answer) => {
      collect(answer).then((bytes) => done({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }), fail);
    });
    call.on('error', fail).end(body);
  });
}
