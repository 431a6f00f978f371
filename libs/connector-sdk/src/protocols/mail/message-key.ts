import { createHash } from 'node:crypto';
import { messageIdsIn } from './read-headers.js';

/** Where the parts of a message that identify it are looked for; a header that is longer is hostile. */
const HEAD_BYTES = 256 * 1024;
const BODY_BYTES = 4_096;

/**
 * What one message is known by, in whatever folder its copies lie: its Message-ID, and a digest of what a forger of that id would have to repeat
 * as well. Message-IDs alone are claims: whoever has got a message can send another one under its id.
 */
export function messageKey(source: Buffer): { messageId: string | null; key: string } {
  const { head, body } = split(source);
  const messageId = messageIdsIn(header(head, 'message-id'))[0] ?? null;
  const claims = ['date', 'from', 'subject'].map((name) => header(head, name) ?? '');
  // Copies differ in their line ends: those are made equal before anything is cut.
  const start = body
    .subarray(0, BODY_BYTES * 2)
    .toString('latin1')
    .replace(/\r\n/g, '\n')
    .slice(0, BODY_BYTES)
    .trimEnd();
  const digest = createHash('sha256')
    .update([messageId ?? '', ...claims, start].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return { messageId, key: `${messageId ?? 'none'}/${digest}` };
}

/** The Message-ID in a key; undefined where the message has none. */
export function messageIdIn(key: string): string | undefined {
  const id = key.slice(0, key.lastIndexOf('/'));
  return /^<[^<>\s]+>$/.test(id) ? id : undefined;
}

function split(source: Buffer): { head: string; body: Buffer } {
  const end = [source.indexOf('\r\n\r\n'), source.indexOf('\n\n')].filter((at) => at >= 0);
  const at = end.length > 0 ? Math.min(...end) : source.length;
  const gap = source.subarray(at, at + 4).toString('latin1') === '\r\n\r\n' ? 4 : 2;
  return { head: source.subarray(0, Math.min(at, HEAD_BYTES)).toString('latin1'), body: source.subarray(at + gap) };
}

function header(head: string, name: string): string | undefined {
  const unfolded = head.replace(/\r?\n[ \t]+/g, ' ');
  return new RegExp(`^${name}[ \\t]*:(.*)$`, 'im').exec(unfolded)?.[1].replace(/\s+/g, ' ').trim();
}
