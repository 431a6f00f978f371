import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { ConnectorFailure } from '../../failure.js';
import { ownMessageId, REF_HEADER } from './mail-refs.js';

/** What a mapping writes. */
export interface MailBody {
  to: string[];
  cc?: string[];
  subject?: string;
  text?: string;
  html?: string;
  /** `<id@host>` of the message that is answered, and of those before it. */
  inReplyTo?: string;
  references?: string[];
  /** The reference number that every answer brings back. */
  ref?: string;
}
interface Sender {
  address: string;
  plusAddresses: boolean;
  subjectTags: boolean;
  writeId: string;
}

/**
 * One message, whole. The write id is its Message-ID, and stands in References as well: some relays replace
 * the one, and an answer then cites theirs.
 */
export async function composeMessage(body: MailBody, sender: Sender): Promise<{ raw: Buffer; to: string[] }> {
  const to = addresses(body.to);
  const cc = addresses(body.cc);
  if (to.length + cc.length === 0)
    throw new ConnectorFailure({ code: 'MISSING_REQUIRED', field: 'to', detail: 'the message names nobody to send it to' });
  const { ref } = body;
  const host = sender.address.slice(sender.address.lastIndexOf('@') + 1);
  const messageId = ownMessageId(sender.writeId, { ref, host });
  const subject = body.subject ?? '';
  const mail = new MailComposer({
    from: sender.address,
    to,
    cc,
    subject: ref && sender.subjectTags && !subject.includes(ref) ? `${subject} [${ref}]` : subject,
    text: body.text ?? (body.html === undefined ? '' : undefined),
    html: body.html,
    messageId,
    inReplyTo: body.inReplyTo,
    references: [...(body.references ?? []), ...(body.inReplyTo ? [body.inReplyTo] : []), messageId],
    replyTo: ref && sender.plusAddresses ? sender.address.replace('@', `+${ref}@`) : undefined,
    headers: ref ? { [REF_HEADER]: ref } : {},
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { raw: await mail.compile().build(), to: [...to, ...cc] };
}

function addresses(list: unknown): string[] {
  const texts = Array.isArray(list) ? list : list === undefined || list === null ? [] : [list];
  return texts.map((one) => {
    if (typeof one === 'string' && /^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(one)) return one;
    throw new ConnectorFailure({ code: 'INVALID_VALUE', field: 'to', detail: 'one of the recipients is no e-mail address' });
  });
}
