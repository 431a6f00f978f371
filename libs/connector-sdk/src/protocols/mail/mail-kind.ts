import type { Email } from 'postal-mime';
import { headerOf, messageIdsIn } from './read-headers.js';
import type { MailBounce, MailKind } from './message-payload.js';

/** What sort of message it is, by what machines write into headers (RFC 3834, RFC 2919, RFC 3464); subjects prove nothing. */
export function kindOf(email: Email, bounce: MailBounce | null): MailKind {
  const header = (name: string) => headerOf(email, name)?.trim().toLowerCase();
  if (bounce) return 'bounce';
  const submitted = header('auto-submitted')?.split(/[;\s]/)[0];
  if (submitted === 'auto-replied' || ['x-autoreply', 'x-autorespond', 'x-auto-reply-from'].some((name) => header(name) !== undefined))
    return 'auto-reply';
  const precedence = header('precedence') ?? '';
  if (precedence === 'auto_reply') return 'auto-reply';
  if (header('list-id') !== undefined || header('list-post') !== undefined || precedence === 'list') return 'list';
  const byMachine = (submitted !== undefined && submitted !== 'no') || header('x-auto-response-suppress') !== undefined;
  if (byMachine || ['bulk', 'junk'].includes(precedence)) return 'notification';
  return 'message';
}

/** A delivery report (RFC 3464), or what old servers send instead of one. */
export function bounceIn(email: Email): MailBounce | null {
  const type = headerOf(email, 'content-type')?.toLowerCase() ?? '';
  const report = email.attachments.find(
    ({ mimeType }) => mimeType === 'message/delivery-status' || mimeType === 'message/global-delivery-status',
  );
  const failed = headerOf(email, 'x-failed-recipients');
  if (!report && !failed && !(type.includes('multipart/report') && type.includes('delivery-status'))) return null;
  const fields = report ? textOf(report.content) : '';
  const recipients = fields
    .split(/\r?\n\s*\r?\n/)
    .flatMap(recipientOf)
    .slice(0, 500);
  return {
    messageId: originalId(email),
    envelopeId: field(fields, 'original-envelope-id'),
    recipients:
      recipients.length > 0
        ? recipients
        : (failed ?? '').split(',').flatMap((one) => (one.includes('@') ? [{ address: one.trim(), action: 'failed', status: null }] : [])),
  };
}

function recipientOf(block: string): MailBounce['recipients'] {
  const address = (field(block, 'original-recipient') ?? field(block, 'final-recipient'))?.replace(/^[^;]*;\s*/, '').replace(/^<|>$/g, '');
  if (!address) return [];
  return [
    {
      address: address.slice(0, 320),
      action: field(block, 'action')?.toLowerCase() ?? 'failed',
      status: /\d\.\d{1,3}\.\d{1,3}/.exec(field(block, 'status') ?? '')?.[0] ?? null,
    },
  ];
}

/** The headers of what was not delivered come back with most reports. */
function originalId(email: Email): string | null {
  for (const { mimeType, content } of email.attachments) {
    if (!/^(?:message\/(?:global|rfc822)|text\/rfc822-headers|message\/global-headers)/.test(mimeType)) continue;
    const [id] = messageIdsIn(field(textOf(content).split(/\r?\n\r?\n/)[0], 'message-id') ?? undefined);
    if (id) return id;
  }
  return null;
}

function field(text: string, name: string): string | null {
  const unfolded = text.replace(/\r?\n[ \t]+/g, ' ');
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(unfolded)?.[1].trim() ?? null;
}

export function textOf(content: ArrayBuffer | Uint8Array | string): string {
  if (typeof content === 'string') return content;
  return Buffer.from(content instanceof ArrayBuffer ? new Uint8Array(content) : content)
    .subarray(0, 256 * 1024)
    .toString('utf8');
}
