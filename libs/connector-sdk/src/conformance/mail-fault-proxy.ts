import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Fault, FaultProxy } from './fault-proxy.js';

interface Armed {
  fault: Fault;
  left: number;
}

/** How an IMAP server says what an HTTP status says (RFC 5530). */
const CODES: Record<number, string> = {
  400: 'CLIENTBUG',
  401: 'AUTHENTICATIONFAILED',
  403: 'NOPERM',
  409: 'INUSE',
  422: 'CANNOT',
  429: 'LIMIT',
};

/** The faults of the HTTP proxy, as an IMAP server in trouble shows them: each command meets what is armed. */
export async function startImapFaultProxy(target: { port: number }): Promise<FaultProxy> {
  const armed: Armed[] = [];
  const seen: FaultProxy['seen'] = [];
  const sockets = new Set<Socket>();
  const take = (): Fault | undefined => {
    const hit = armed.find(({ left }) => left > 0);
    if (hit) hit.left -= 1;
    return hit?.fault;
  };
  const server = createServer((client) => {
    const upstream = connect(target.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => (sockets.delete(socket), client.destroy(), upstream.destroy()));
    }
    relay(client, upstream, { take, seen });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `imap://${host}`,
    hosts: [host],
    // Mail servers send nobody elsewhere.
    elsewhere: { url: '', seen: [] },
    arm: (fault, { times = 1 } = {}) => void armed.push({ fault, left: times }),
    clear: () => void armed.splice(0),
    seen,
    stop: () => stopped(server, sockets),
  };
}

function relay(client: Socket, upstream: Socket, proxy: { take: () => Fault | undefined; seen: FaultProxy['seen'] }): void {
  let pending: Fault | undefined;
  upstream.on('data', (bytes) => {
    if (pending?.kind === 'drop-answer') return void client.destroy();
    if (pending?.kind === 'truncate') return void client.end(bytes.subarray(0, Math.floor(bytes.length / 2)));
    client.write(bytes);
  });
  client.on('data', (bytes) => {
    const [, tag, command] = /^([A-Za-z0-9]+) ([A-Za-z]+(?: [A-Za-z]+)?)/.exec(bytes.toString('latin1')) ?? [];
    if (tag === undefined) return void upstream.write(bytes);
    proxy.seen.push({ method: command.toUpperCase(), path: '' });
    pending = proxy.take();
    if (pending === undefined || pending.kind === 'drop-answer' || pending.kind === 'truncate') upstream.write(bytes);
    else meet(client, tag, pending);
  });
}

function meet(client: Socket, tag: string, fault: Fault): void {
  if (fault.kind === 'drop-request') client.destroy();
  else if (fault.kind === 'oversize')
    client.write(Buffer.concat([Buffer.from(`* 1 FETCH (UID 1 BODY[]<0> {${fault.bytes}}\r\n`), Buffer.alloc(fault.bytes, ' ')]));
  else if (fault.kind === 'stall') client.write('* OK ');
  else if (fault.kind === 'answer' && fault.status === 200) client.write(`${fault.body ?? ''}\r\n`);
  else if (fault.kind === 'answer') client.write(`${tag} NO [${CODES[fault.status] ?? 'UNAVAILABLE'}] ${fault.body ?? ''}\r\n`);
}

async function stopped(server: Server, sockets: Set<Socket>): Promise<void> {
  sockets.forEach((socket) => socket.destroy());
  await new Promise((done) => server.close(done));
}
