import type { FetchMessageObject, ImapFlow, MessageStructureObject } from 'imapflow';
import type { RawRecord } from '../../connector.js';
import { ConnectorFailure } from '../../failure.js';
import type { FolderPage } from '../../walks/modseq-walk.js';
import { openFolder, placeOf } from './look-into-folder.js';
import { readMessage, type MailReader, type MailSource } from './read-message.js';
import { uidSet } from './uid-set.js';

const MESSAGES = 25;
const BYTES = 16 * 1024 * 1024;
/** UIDs that are asked about at once; it grows over stretches where there is nothing. */
const WINDOW = 500;

interface Range {
  folder: string;
  validity: string;
  from: number;
  to: number;
  /** UIDs outside of the range, too. */
  also?: number[];
  since?: Date;
}
interface Outline {
  uid: number;
  size: number;
  receivedAt: Date;
  draft: boolean;
}

/** Some of the messages whose UIDs are in a range, and where to go on. What is not sent yet is no message. */
export async function readFolder(flow: ImapFlow, range: Range, reader: MailReader & { maxMessageBytes: number }): Promise<FolderPage> {
  if (range.from > range.to && !range.also?.length) return { records: [] };
  await enter(flow, range);
  const { outlines, next } = await outline(flow, range);
  const [chosen, rest] = within(outlines.filter(isMessage(range)), reader.maxMessageBytes);
  const sent = range.also?.length ? (await outlinesOf(flow, uidSet(range.also))).filter(isMessage(range)) : [];
  const records = await readMessages(flow, { ...range, outlines: [...sent, ...chosen] }, reader);
  const goOn = rest[0]?.uid ?? next;
  const drafts = outlines.filter(({ draft, uid }) => draft && (goOn === undefined || uid < goOn)).map(({ uid }) => uid);
  return { records, drafts, next: goOn };
}

/** What is not sent yet, and what came before the window, is left out. */
function isMessage({ since }: Range): (outline: Outline) => boolean {
  return ({ draft, receivedAt }) => !draft && !(since && receivedAt < since);
}

/** In another folder, or in one that was made anew meanwhile, the UIDs of this walk mean other messages. */
async function enter(flow: ImapFlow, { folder, validity }: Range): Promise<void> {
  const open = flow.mailbox && flow.mailbox.path === folder ? flow.mailbox : (await openFolder(flow, folder)).box;
  if (String(open.uidValidity) !== validity)
    throw new ConnectorFailure({ code: 'TRANSIENT', detail: 'a folder was made anew while it was read' });
}

async function outline(flow: ImapFlow, { from, to }: Range): Promise<{ outlines: Outline[]; next?: number }> {
  for (let [first, width] = [from, WINDOW]; first <= to; first += width, width *= 4) {
    const last = Math.min(to, first + width - 1);
    // A range that lies behind the last message is answered with the last message (RFC 3501 §6.4.8).
    const outlines = (await outlinesOf(flow, `${first}:${last}`)).filter(({ uid }) => uid >= first && uid <= last);
    if (outlines.length > 0) return { outlines, next: last < to ? last + 1 : undefined };
  }
  return { outlines: [] };
}

async function outlinesOf(flow: ImapFlow, uids: string): Promise<Outline[]> {
  const found = await flow.fetchAll(uids, { uid: true, flags: true, size: true, internalDate: true }, { uid: true });
  return found.map(outlineOf).sort((a, b) => a.uid - b.uid);
}

function outlineOf({ uid, size = 0, internalDate, flags }: FetchMessageObject): Outline {
  return { uid, size, receivedAt: dateOf(internalDate), draft: flags?.has('\\Draft') ?? false };
}

function dateOf(date: Date | string | undefined): Date {
  const read = new Date(date ?? 0);
  return Number.isNaN(read.getTime()) ? new Date(0) : read;
}

/** As many as are read at once, at least one. */
function within(outlines: Outline[], maxMessageBytes: number): [Outline[], Outline[]] {
  let bytes = 0;
  const end = outlines.findIndex(({ size }, at) => (bytes += Math.min(size, maxMessageBytes)) > BYTES && at > 0);
  const count = Math.min(MESSAGES, end < 0 ? outlines.length : end);
  return [outlines.slice(0, count), outlines.slice(count)];
}

async function readMessages(
  flow: ImapFlow,
  input: Range & { outlines: Outline[] },
  reader: MailReader & { maxMessageBytes: number },
): Promise<RawRecord[]> {
  const { folder, validity, outlines } = input;
  if (outlines.length === 0) return [];
  const messages = await flow.fetchAll(
    uidSet(outlines.map(({ uid }) => uid)),
    {
      uid: true,
      size: true,
      internalDate: true,
      bodyStructure: outlines.some(({ size }) => size > reader.maxMessageBytes),
      source: { start: 0, maxLength: reader.maxMessageBytes },
    },
    { uid: true },
  );
  const wanted = new Set(outlines.map(({ uid }) => uid));
  const records: RawRecord[] = [];
  for (const message of messages)
    if (wanted.has(message.uid)) records.push(await recordOf(message, { folder, validity, most: reader.maxMessageBytes }, reader));
  return latestOf(records);
}

/** One message of an open folder as a record. */
export async function recordOf(
  message: FetchMessageObject,
  at: { folder: string; validity: string; most: number },
  reader: MailReader,
): Promise<RawRecord> {
  const { uid, source = Buffer.alloc(0), size = source.length, internalDate, bodyStructure } = message;
  const mail: MailSource = {
    source,
    size,
    cut: source.length >= at.most,
    receivedAt: dateOf(internalDate),
    mailbox: at.folder,
    uidValidity: Number(at.validity),
    uid,
    parts: bodyStructure && partsOf(bodyStructure),
  };
  const { key, payload, contents } = await readMessage(mail, reader);
  return { externalId: key, payload, version: placeOf({ ...at, uid }), ...(contents.length > 0 && { contents }) };
}

/** Copies in one folder are one message. */
function latestOf(records: RawRecord[]): RawRecord[] {
  return [...new Map(records.map((record) => [record.externalId, record])).values()];
}

/** What the server says of the attachments of a message that is not read whole. */
function partsOf(part: MessageStructureObject, depth = 0): NonNullable<MailSource['parts']> {
  if (part.childNodes && depth < 50) return part.childNodes.flatMap((child) => partsOf(child, depth + 1));
  const filename = part.dispositionParameters?.filename ?? part.parameters?.name ?? null;
  if (part.disposition !== 'attachment' && filename === null) return [];
  return [{ filename, mime: part.type, size: part.size ?? 0 }];
}
