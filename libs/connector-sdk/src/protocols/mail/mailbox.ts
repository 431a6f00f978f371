import type { ImapFlow, ListResponse } from 'imapflow';
import type { ConnectorContext, Fetched, Receipt, WriteContext } from '../../connector.js';
import { ConnectorFailure } from '../../failure.js';
import { modseqWalk } from '../../walks/modseq-walk.js';
import type { Walk } from '../../walks/walk.js';
import { composeMessage, type MailBody } from './compose-message.js';
import { lookIntoFolder, openFolder } from './look-into-folder.js';
import { messageIdIn, messageKey } from './message-key.js';
import { readFolder, recordOf } from './read-folder.js';
import type { MailReader } from './read-message.js';

export interface MailboxOptions {
  /** The owner's address; the hub's messages are sent from it. */
  address: string;
  /** Further addresses of the owner. */
  aliases: string[];
  /** Paths of the folders that are read; empty: the inbox and the folder of what was sent. */
  folders: string[];
  /** What keeps sent messages: the hub puts them there, or the server does by itself. */
  keepsSent: 'hub' | 'server';
  /** The server takes `name+anything@host` for `name@host`. */
  plusAddresses: boolean;
  /** Reference numbers are put into the subjects of what the hub sends, too. */
  subjectTags: boolean;
}
type Of<Settings> = (settings: Settings) => MailboxOptions;
type Context = Pick<ConnectorContext<unknown>, 'imap' | 'smtp'>;

/** The walk through the folders of a mailbox; spread it into a stream. */
export function mailboxWalk<Settings>(optionsOf: Of<Settings>): Walk<Settings> {
  return modseqWalk<Settings>({
    folders: ({ imap, settings }) => imap.use((flow) => foldersToRead(flow, optionsOf(settings))),
    look: ({ imap }, at) => imap.use((flow) => lookIntoFolder(flow, at)),
    page: ({ imap, settings }, range) =>
      imap.use(async (flow) =>
        readFolder(flow, range, { ...(await readerOf(flow, optionsOf(settings))), maxMessageBytes: imap.maxMessageBytes }),
      ),
  });
}

/** Servers let one user have few connections: Dovecot 10, Gmail 15, and people's own mail programs take some. */
const LINES_AT_MOST = 4;
interface Listening {
  signal: AbortSignal;
  changed: () => void;
}

/**
 * Listens to the first folders (IMAP IDLE, RFC 2177, which tells of one folder per connection). What is new in further ones, or on a server that
 * cannot tell, the next walk finds. One line that breaks ends all.
 */
export async function watchMailbox({ imap }: Context, options: MailboxOptions, { signal, changed }: Listening): Promise<void> {
  let folders: string[] = [];
  await imap.listen(async (flow) => {
    if (flow.capabilities.has('IDLE')) folders = (await foldersToRead(flow, options)).slice(0, LINES_AT_MOST);
  }, signal);
  const broken = new AbortController();
  let opened = 0;
  const line = {
    signal: AbortSignal.any([signal, broken.signal]),
    changed,
    // What came while nobody listened.
    begins: () => void ((opened += 1) === folders.length && changed()),
  };
  const lines = folders.map((folder) => listenTo(imap, folder, line));
  try {
    await Promise.all(lines);
  } finally {
    broken.abort();
    await Promise.allSettled(lines);
  }
}

async function listenTo(
  imap: Context['imap'],
  folder: string,
  { signal, changed, begins }: Listening & { begins: () => void },
): Promise<void> {
  await imap.listen(async (flow) => {
    await openFolder(flow, folder);
    flow.on('exists', changed);
    flow.on('expunge', changed);
    begins();
    while (!signal.aborted && flow.usable) await flow.idle();
    if (!signal.aborted) throw Object.assign(new Error('the line is broken'), { code: 'ECONNRESET' });
  }, signal);
}

/** A message by what it is known by, wherever it lies now. */
export async function fetchMessage(context: Context, options: MailboxOptions, externalId: string): Promise<Fetched> {
  return context.imap.use(async (flow) => {
    const reader = await readerOf(flow, options);
    for (const folder of await foldersToRead(flow, options)) {
      const { box } = await openFolder(flow, folder);
      for await (const record of candidates(
        flow,
        { folder, validity: String(box.uidValidity), externalId, most: context.imap.maxMessageBytes },
        reader,
      ))
        if (record.externalId === externalId) return { state: 'found', record };
    }
    return { state: 'gone' };
  });
}

/** The message of a write, where the mailbox holds it and it is sent. */
export async function findSent(context: Context, { writeId }: Pick<WriteContext<unknown>, 'writeId'>): Promise<Receipt | undefined> {
  const found = await context.imap.use((flow) => sentCopy(flow, { writeId, most: context.imap.maxMessageBytes }));
  return found && !found.draft ? { externalId: found.externalId } : undefined;
}

/**
 * Sends one message, once. It lies in the folder of sent messages, marked as a draft, before it is handed over, and loses the mark afterwards: an attempt
 * that died between the two is seen by the next one, which does not send again but asks a person.
 * @throws ConnectorFailure CONFLICT where an earlier attempt may have sent it
 */
export async function sendMessage(
  context: Context,
  options: MailboxOptions,
  write: Pick<WriteContext<unknown>, 'writeId' | 'body'>,
): Promise<Receipt> {
  const { imap, smtp } = context;
  const message = await composeMessage(write.body as unknown as MailBody, { ...options, writeId: write.writeId });
  const { key } = messageKey(message.raw);
  if (options.keepsSent === 'hub') {
    const before = await imap.use((flow) => sentCopy(flow, { writeId: write.writeId, most: imap.maxMessageBytes }));
    if (before?.draft) throw new ConnectorFailure({ code: 'CONFLICT', detail: MAYBE_SENT });
    if (before) return { externalId: before.externalId };
    await imap.use((flow) => keep(flow, message.raw));
  }
  try {
    await smtp.send({ from: options.address, to: message.to, raw: message.raw, envelopeId: write.writeId });
  } catch (error) {
    // A clear no: it was not sent, and nothing may look as if it had been.
    const refused = error instanceof ConnectorFailure && !error.outcomeUnknown;
    if (refused && options.keepsSent === 'hub') await imap.use((flow) => withdraw(flow, write.writeId));
    throw error;
  }
  if (options.keepsSent === 'hub') {
    const mark = () => imap.use((flow) => markSent(flow, write.writeId));
    await mark().catch(mark);
  }
  return { externalId: key };
}

const MAYBE_SENT =
  'an earlier attempt to send this message did not come to its end: it lies in the folder of sent messages, marked as a draft. Ask the recipient, or look into the log of the mail server; then take the mark off (it was sent) or delete it (it was not), and retry';

/** Every folder that is named is there; a name that is not is a mistake in the settings, not an empty folder. */
async function foldersToRead(flow: ImapFlow, { folders }: MailboxOptions): Promise<string[]> {
  const listed = await listedIn(flow);
  const open = listed.filter(({ flags }) => !flags.has('\\Noselect') && !flags.has('\\NonExistent'));
  if (folders.length === 0) return ['INBOX', ...open.filter(({ specialUse }) => specialUse === '\\Sent').map(({ path }) => path)];
  for (const folder of folders) {
    if (!open.some(({ path }) => path === folder))
      throw new ConnectorFailure({
        code: 'CONFIG',
        field: 'folders',
        detail: `the mailbox has no folder ${folder}; it has ${namesOf(open)}`,
      });
  }
  return folders;
}

/** Every mailbox has an inbox: a list without it is a server in trouble, not a mailbox without folders. */
async function listedIn(flow: ImapFlow): Promise<ListResponse[]> {
  const listed = await flow.list();
  if (listed.some(({ path }) => path === 'INBOX')) return listed;
  throw Object.assign(new Error('the list was refused'), { responseStatus: 'NO' });
}

function namesOf(listed: ListResponse[]): string {
  const names = listed.slice(0, 20).map(({ path }) => path);
  return names.join(', ') + (listed.length > names.length ? ` and ${listed.length - names.length} more` : '');
}

async function readerOf(flow: ImapFlow, { address, aliases }: MailboxOptions): Promise<MailReader> {
  return { own: new Set([address, ...aliases].map((one) => one.toLowerCase())), sentFolder: await sentFolder(flow) };
}

const sentFolders = new WeakMap<ImapFlow, Promise<string | undefined>>();
/** Asked once per connection. */
function sentFolder(flow: ImapFlow): Promise<string | undefined> {
  const known = sentFolders.get(flow) ?? listedIn(flow).then((listed) => listed.find(({ specialUse }) => specialUse === '\\Sent')?.path);
  sentFolders.set(flow, known);
  known.catch(() => sentFolders.delete(flow));
  return known;
}

/** Messages of the open folder that may be the one that is looked for. */
async function* candidates(flow: ImapFlow, at: { folder: string; validity: string; externalId: string; most: number }, reader: MailReader) {
  const messageId = messageIdIn(at.externalId);
  const query = messageId === undefined ? { not: { header: { 'message-id': '' } } } : { header: { 'message-id': messageId } };
  const uids = await flow.search(query, { uid: true });
  if (!Array.isArray(uids)) throw Object.assign(new Error('the search was refused'), { responseStatus: 'NO' });
  for (const uid of uids.slice(-CANDIDATES)) {
    const message = await flow.fetchOne(
      String(uid),
      { uid: true, flags: true, size: true, internalDate: true, bodyStructure: true, source: { start: 0, maxLength: at.most } },
      { uid: true },
    );
    if (message && !message.flags?.has('\\Draft')) yield recordOf(message, at, reader);
  }
}
const CANDIDATES = 1_000;

/** @returns what the message of a write is known by, and whether it is marked as not sent yet */
async function sentCopy(
  flow: ImapFlow,
  { writeId, most }: { writeId: string; most: number },
): Promise<{ externalId: string; draft: boolean } | undefined> {
  const uids = await inSent(flow, writeId, { readOnly: true });
  const [uid] = uids;
  if (uid === undefined) return undefined;
  const message = await flow.fetchOne(String(uid), { uid: true, flags: true, source: { start: 0, maxLength: most } }, { uid: true });
  return message && message.source
    ? { externalId: messageKey(message.source).key, draft: message.flags?.has('\\Draft') ?? false }
    : undefined;
}

async function inSent(flow: ImapFlow, writeId: string, { readOnly }: { readOnly: boolean }): Promise<number[]> {
  if (flow.mailbox) await flow.mailboxClose();
  await flow.mailboxOpen(await requiredSent(flow), { readOnly });
  const uids = await flow.search({ header: { 'message-id': `<${writeId}` } }, { uid: true });
  if (!Array.isArray(uids)) throw Object.assign(new Error('the search was refused'), { responseStatus: 'NO' });
  return uids;
}

async function requiredSent(flow: ImapFlow): Promise<string> {
  const folder = await sentFolder(flow);
  if (folder !== undefined) return folder;
  throw new ConnectorFailure({
    code: 'CONFIG',
    field: 'keepsSent',
    detail: 'the mailbox marks no folder as the one of sent messages; mark one, or let the server keep what is sent',
  });
}

async function keep(flow: ImapFlow, raw: Buffer): Promise<void> {
  if (!(await flow.append(await requiredSent(flow), raw, ['\\Seen', '\\Draft']))) throw refusedChange();
}
async function markSent(flow: ImapFlow, writeId: string): Promise<void> {
  const uids = await inSent(flow, writeId, { readOnly: false });
  if (!(await flow.messageFlagsRemove(uids, ['\\Draft'], { uid: true }))) throw refusedChange();
  await leave(flow);
}
async function withdraw(flow: ImapFlow, writeId: string): Promise<void> {
  const uids = await inSent(flow, writeId, { readOnly: false });
  if (uids.length > 0) await flow.messageDelete(uids, { uid: true });
  await leave(flow);
}
/** To close a folder that may be changed would remove what people marked as deleted in it (RFC 3501 §6.4.2). */
async function leave(flow: ImapFlow): Promise<void> {
  await flow.mailboxOpen(await requiredSent(flow), { readOnly: true });
}
function refusedChange(): Error {
  return Object.assign(new Error('the change was refused'), { responseStatus: 'NO' });
}
