/** A person or role as a header names it. */
export interface MailAddress {
  address: string;
  name: string | null;
}
export interface MailAttachment {
  filename: string | null;
  mime: string;
  /** Bytes, decoded where the part was read whole. */
  size: number;
  /** Absent when the message was too large to be read whole. */
  sha256: string | null;
}
/** `notification`: sent by a machine; `list`: to everybody on a list; `auto-reply`: out of office and the like. */
export type MailKind = 'message' | 'auto-reply' | 'bounce' | 'notification' | 'list';
export interface MailBounce {
  /** Of the message that was not delivered. */
  messageId: string | null;
  envelopeId: string | null;
  /** `action` is failed, delayed, delivered, relayed or expanded (RFC 3464); `status` such as 5.1.1. */
  recipients: { address: string; action: string; status: string | null }[];
}
/** Reference numbers by what carries them: `certain` was put there by the hub, `mentioned` stands in a subject that anybody may edit. */
export interface MailRefs {
  certain: { application: string[]; candidate: string[]; job: string[] };
  mentioned: { application: string[]; candidate: string[]; job: string[] };
}

/** One message, read. Times are ISO 8601 instants; all text is well-formed and without NUL. */
export interface MailPayload {
  messageId: string | null;
  inReplyTo: string | null;
  references: string[];
  /** First message of the conversation, as far as this one tells. */
  threadKey: string | null;
  /** What the sender's clock said; the server's arrival time where that cannot be read. */
  sentAt: string;
  receivedAt: string;
  direction: 'IN' | 'OUT';
  kind: MailKind;
  from: MailAddress | null;
  replyTo: MailAddress[];
  /** At most 500 of each; `recipients` counts all. */
  to: MailAddress[];
  cc: MailAddress[];
  recipients: number;
  /** The people on the other side; empty where there are so many that nobody in particular is meant. */
  people: string[];
  subject: string | null;
  /** Without reply and forward marks, list tags and reference numbers, in lower case: equal within a conversation. */
  baseSubject: string;
  text: string | null;
  html: string | null;
  attachments: MailAttachment[];
  refs: MailRefs;
  /** The write that sent it, where it was one of ours. */
  writeId: string | null;
  bounce: MailBounce | null;
  /** iCalendar objects that came with it (RFC 6047). */
  calendars: string[];
  mailbox: string;
  uidValidity: number;
  uid: number;
  size: number;
  /** Larger than what is read: text or attachments may be missing their ends. */
  truncated: boolean;
  /** What could not be read as it should. */
  defects: string[];
}
