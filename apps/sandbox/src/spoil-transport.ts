import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { Fault, FaultPanel } from './faults.js';

const HTML = '<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>';

/** Faults that come instead of an answer: nothing has happened. */
export function sendInstead(faults: FaultPanel, endpoint: string, reply: FastifyReply): boolean {
  const limited = faults.take('rate-limit', endpoint);
  if (limited) {
    const errorInfo = { code: 'rate_limit_exceeded', message: 'Too many requests' };
    void reply
      .code(429)
      .headers(retryHeader(limited))
      .send({ success: false, errors: [errorInfo.code], errorInfo });
    return true;
  }
  const broken = faults.take('server-error', endpoint);
  if (broken) void reply.code(broken.status).type('text/plain').send('unavailable');
  const html = !broken && faults.take('html', endpoint);
  if (html) void reply.code(200).type('text/html').send(HTML);
  return Boolean(broken ?? html);
}

function retryHeader({ form, seconds }: Fault): Record<string, string> {
  const at = Date.now() + seconds * 1_000;
  const values: Record<string, string | undefined> = {
    seconds: String(seconds),
    date: new Date(at).toUTCString(),
    epoch: String(Math.ceil(at / 1_000)),
    absurd: '999999999',
  };
  const value = values[form];
  return value === undefined ? {} : { 'retry-after': value };
}

/** Sends an answer whose effect stands, whatever becomes of its bytes. */
export async function sendSpoilt(
  faults: FaultPanel,
  { endpoint, reply, body, wrote }: { endpoint: string; reply: FastifyReply; body: unknown; wrote: boolean },
): Promise<FastifyReply> {
  if (wrote && faults.take('drop-after-effect', endpoint)) {
    reply.hijack();
    reply.raw.socket?.destroy();
    return reply;
  }
  const truncated = faults.take('truncated', endpoint);
  const slow = faults.take('slow-body', endpoint);
  if (!truncated && !slow) return reply.send(body);
  const bytes = Buffer.from(JSON.stringify(body));
  const half = Math.floor(bytes.length / 2);
  reply.hijack();
  reply.raw.writeHead(reply.statusCode, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    'x-tributary-sandbox': '1',
  });
  reply.raw.write(bytes.subarray(0, half));
  await sleep(slow?.ms ?? 10);
  if (truncated) reply.raw.socket?.destroy();
  else reply.raw.end(bytes.subarray(half));
  return reply;
}
