import { createHmac, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** One round of load: every request is sent once, each connection waits for its answer before the next. */
export interface Load {
  port: number;
  path: string;
  connections: number;
  requests: number;
  secret: string;
}
export interface LoadResult {
  seconds: number;
  /** Answers other than 200. */
  refused: number;
  p50Ms: number;
  p99Ms: number;
}

/**
 * Distinct signed deliveries as bytes, prepared before the clock starts. Written to sockets directly: a client library would cost more than the
 * servers under test, on the same cores.
 */
export async function generate(load: Load): Promise<LoadResult> {
  const requests = Array.from({ length: load.requests }, () => requestOf(load));
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load.port)));
  const times: number[] = [];
  const state = { next: 0, refused: 0 };
  const started = performance.now();
  await Promise.all(sockets.map((socket) => drive(socket, requests, state, times)));
  const seconds = (performance.now() - started) / 1_000;
  for (const socket of sockets) socket.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) => Number(times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)].toFixed(1));
  return { seconds, refused: state.refused, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** A stage change as Ashby sends it, of about 0.7 KB. */
function requestOf({ path, secret }: Load): Buffer {
  const id = randomUUID();
  const application = {
    id,
    createdAt: '2026-11-20T09:00:00.000Z',
    updatedAt: '2026-11-24T12:00:00.000Z',
    status: 'Active',
    customFields: [{ id: randomUUID(), title: 'Preferred office', value: 'Zürich' }],
    candidate: { id: randomUUID(), name: `Candidate ${id.slice(0, 8)}`, primaryEmailAddress: { value: `${id}@example.com`, type: 'Work' } },
    currentInterviewStage: { id: randomUUID(), title: 'Technical interview', type: 'Active', orderInInterviewPlan: 3 },
    job: { id: randomUUID(), title: 'Backend engineer', locationId: randomUUID(), departmentId: randomUUID() },
  };
  const body = Buffer.from(JSON.stringify({ action: 'candidateStageChange', data: { application } }));
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAshby-Signature: sha256=${signature}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}

function drive(socket: Socket, requests: Buffer[], state: { next: number; refused: number }, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let [text, sent] = ['', 0];
    const send = () => {
      if (state.next >= requests.length) return resolve();
      sent = performance.now();
      socket.write(requests[state.next++]);
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0 || text.length < end + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)) return;
      times.push(performance.now() - sent);
      if (!text.startsWith('HTTP/1.1 200')) state.refused += 1;
      text = '';
      send();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed a connection')));
    send();
  });
}

process.on('message', (load: Load) => {
  generate(load).then(
    (result) => process.send?.(result),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
