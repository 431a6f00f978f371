import PostalMime, { type Address, type Attachment, type Email, type Mailbox } from 'postal-mime';
import { fileOf, type ReceivedFile } from '../../files/file-of.js';
import { bounceIn, kindOf, textOf } from './mail-kind.js';
import { messageKey } from './message-key.js';
import type { MailAddress, MailAttachment, MailPayload } from './message-payload.js';
import { refsIn, writeIdOf } from './mail-refs.js';
import { baseSubjectOf, messageIdsIn } from './read-headers.js';

/** A message as the server gives it. */
export interface MailSource {
  source: Buffer;
  /** All of its bytes, as the server counts them; line ends may be counted otherwise than they come. */
  size: number;
  /** `source` is only its beginning. */
  cut?: boolean;
  receivedAt: Date;
  mailbox: string;
  uidValidity: number;
  uid: number;
  /** Of a message that is not read whole: what the server says of its parts. */
  parts?: { filename: string | null; mime: string; size: number }[];
}
export interface MailReader {
  /** Addresses of this mailbox's owner, in lower case. */
  own: ReadonlySet<string>;
  /** What is in it was sent from here. */
  sentFolder?: string;
}

const ADDRESSES = 500;
const ATTACHMENTS = 200;
/** To more people than this nobody writes personally. */
const PERSONAL = 20;
const TEXT_CHARACTERS = 200_000;
const HTML_CHARACTERS = 400_000;
const LIMITS = { maxNestingDepth: 100, maxHeadersSize: 1024 * 1024, forceRfc822Attachments: true };

interface ReadMail {
  key: string;
  payload: MailPayload;
  /** Of the attachments that were read whole. */
  contents: ReceivedFile[];
}

/** Reads one message, whatever is in it: what cannot be read is named in `defects`, never thrown. */
export async function readMessage(mail: MailSource, reader: MailReader): Promise<ReadMail> {
  const { key, messageId } = messageKey(mail.source);
  const defects: string[] = [];
  const email = await parse(mail.source, defects);
  const from = mailboxes(email.from ? [email.from] : [])[0] ?? null;
  const [to, cc] = [mailboxes(email.to), mailboxes(email.cc)];
  const recipients = [...to, ...cc, ...mailboxes(email.bcc)];
  const inReplyTo = messageIdsIn(email.inReplyTo);
  const references = messageIdsIn(email.references);
  const subject = email.subject ?? null;
  const bounce = bounceIn(email);
  const attached = attachmentsOf(email, mail);
  const direction = mail.mailbox === reader.sentFolder || (from && reader.own.has(from.address)) ? 'OUT' : 'IN';
  const payload: MailPayload = {
    messageId,
    inReplyTo: inReplyTo[0] ?? null,
    references,
    threadKey: references[0] ?? inReplyTo[0] ?? messageId,
    sentAt: sentAt(email.date, mail.receivedAt, defects),
    receivedAt: mail.receivedAt.toISOString(),
    direction,
    kind: kindOf(email, bounce),
    from,
    replyTo: mailboxes(email.replyTo).slice(0, 5),
    to: to.slice(0, ADDRESSES),
    cc: cc.slice(0, ADDRESSES),
    recipients: recipients.length,
    people: peopleOf({ direction, from, replyTo: mailboxes(email.replyTo), recipients, bounced: bounce?.recipients ?? [] }, reader.own),
    subject,
    baseSubject: baseSubjectOf(subject ?? ''),
    text: cut(email.text, TEXT_CHARACTERS, defects),
    html: cut(email.html, HTML_CHARACTERS, defects),
    attachments: attached.map(({ note }) => note),
    refs: refsIn(email, { messageId, inReplyTo, references, subject: subject ?? '', recipients: recipients.map(({ address }) => address) }),
    writeId: writeIdOf(messageId),
    bounce,
    calendars: calendarsIn(email),
    mailbox: mail.mailbox,
    uidValidity: mail.uidValidity,
    uid: mail.uid,
    size: mail.size,
    truncated: mail.cut ?? false,
    defects,
  };
  return { key, payload: wellFormed(payload) as MailPayload, contents: attached.flatMap(({ file }) => file ?? []) };
}

async function parse(source: Buffer, defects: string[]): Promise<Email> {
  try {
    return await PostalMime.parse(source, LIMITS);
  } catch {
    defects.push('its parts cannot be read');
    return headersOnly(source);
  }
}

/** The outermost headers are read even where what follows is a trap. */
async function headersOnly(source: Buffer): Promise<Email> {
  const end = source.indexOf('\r\n\r\n');
  const head = source.subarray(0, Math.min(end < 0 ? source.length : end, LIMITS.maxHeadersSize / 2));
  const plain = head.toString('latin1').replace(/^content-(?:type|transfer-encoding)[ \t]*:.*(?:\r?\n[ \t].*)*/gim, 'X-Cut: 1');
  return PostalMime.parse(Buffer.from(`${plain}\r\n\r\n`, 'latin1'), LIMITS).catch(() => ({
    headers: [],
    headerLines: [],
    attachments: [],
  }));
}

function mailboxes(list: Address[] | undefined): MailAddress[] {
  return (list ?? [])
    .flatMap((one): Mailbox[] => one.group ?? [one])
    .filter(({ address }) => /^[^\s@]{1,64}@[^\s@]{1,255}$/.test(address ?? ''))
    .map(({ address, name }) => ({ address: address.toLowerCase(), name: name.trim().slice(0, 300) || null }));
}

function sentAt(date: string | undefined, receivedAt: Date, defects: string[]): string {
  const said = Date.parse(date ?? '');
  const year = new Date(said).getUTCFullYear();
  if (year >= 1980 && year < 2200) return new Date(said).toISOString();
  defects.push('it has no date that can be read: the time of its arrival counts');
  return receivedAt.toISOString();
}

interface Parties {
  direction: 'IN' | 'OUT';
  from: MailAddress | null;
  replyTo: MailAddress[];
  recipients: MailAddress[];
  bounced: { address: string }[];
}

/** Of a bounce, those whom the message did not reach. */
function peopleOf({ direction, from, replyTo, recipients, bounced }: Parties, own: ReadonlySet<string>): string[] {
  const other = bounced.length > 0 ? bounced : direction === 'OUT' ? recipients : [...(from ? [from] : []), ...replyTo];
  const people = [...new Set(other.map(({ address }) => address.toLowerCase()))].filter((address) => !own.has(address));
  return people.length <= PERSONAL ? people : [];
}

function attachmentsOf({ attachments }: Email, mail: MailSource): { note: MailAttachment; file?: ReceivedFile }[] {
  if (mail.cut && mail.parts) return mail.parts.slice(0, ATTACHMENTS).map((part) => ({ note: { ...part, sha256: null } }));
  return attachments
    .filter((one) => !isReport(one))
    .slice(0, ATTACHMENTS)
    .map(({ filename, mimeType: mime, content }) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as ArrayBuffer);
      const { file } = fileOf({ filename: '', mime, bytes });
      return { note: { filename: filename?.slice(0, 500) ?? null, mime, size: bytes.length, sha256: file.sha256 }, file };
    });
}

function isReport({ mimeType, disposition }: Attachment): boolean {
  return disposition !== 'attachment' && /^(?:message\/(?:global-)?delivery-status|text\/rfc822-headers|text\/calendar)$/.test(mimeType);
}

function calendarsIn({ attachments }: Email): string[] {
  return attachments
    .filter(({ mimeType }) => mimeType === 'text/calendar')
    .slice(0, 5)
    .map(({ content }) => textOf(content));
}

function cut(text: string | undefined, most: number, defects: string[]): string | null {
  if (!text) return null;
  if (text.length > most) defects.push(`its text is longer than the ${most} characters that are kept`);
  return text.slice(0, most);
}

const HALVES = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** What PostgreSQL and JSON can hold: no NUL, no half of a pair. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\0/g, '').replace(HALVES, '\uFFFD');
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, wellFormed(one)]));
}
