import { createHmac } from 'node:crypto';
import type { Acknowledgement, Handshake } from './scheme.js';

const LONGEST = 2_000;

/** What a sender that only asks whether the address is ours wants to hear; undefined when this is no such question. */
export function answerHandshake(
  handshake: Handshake | undefined,
  { method, query }: { method: string; query: Record<string, unknown> },
  secret?: string,
): Acknowledgement | undefined {
  const text = handshake?.method === method ? query[handshake.query] : undefined;
  if (!handshake || typeof text !== 'string' || text.length === 0 || text.length > LONGEST) return undefined;
  if (handshake.kind === 'echo') return { status: 200, contentType: 'text/plain; charset=utf-8', body: text };
  if (!secret) return undefined;
  const answer = createHmac(handshake.digest, secret).update(text).digest('hex');
  return { status: 200, contentType: 'application/json', body: JSON.stringify({ [handshake.code]: text, [handshake.response]: answer }) };
}
