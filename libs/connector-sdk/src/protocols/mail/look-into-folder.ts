import type { ImapFlow, MailboxObject } from 'imapflow';
import type { FolderLook, FolderState } from '../../walks/modseq-walk.js';
import { missingFrom, uidSet } from './uid-set.js';

/** A longer set of UIDs is not kept: a cursor is read with every batch. What vanishes then is found by reconciliation. */
const PRESENT_CHARACTERS = 6_000;

/** What a message's place is called: the version of its record, equal as long as it lies there. */
export function placeOf({ folder, validity, uid }: { folder: string; validity: string; uid: number }): string {
  return `${folder};${validity};${uid}`;
}

/** What changed in a folder since `known`, by the best means that the server has: QRESYNC, else CONDSTORE, else counts and sets of UIDs. */
export async function lookIntoFolder(flow: ImapFlow, input: { folder: string; known?: FolderState; since?: Date }): Promise<FolderLook> {
  const { folder, known, since } = input;
  if (known && (await isUntouched(flow, folder, known))) return { now: known, from: known.next };
  const { box, vanished } = await openFolder(flow, folder, known);
  const validity = String(box.uidValidity);
  const same = known?.validity === validity ? known : undefined;
  const modseq = box.highestModseq !== undefined && !box.noModseq ? String(box.highestModseq) : undefined;
  const tells = flow.enabled.has('QRESYNC') && modseq !== undefined;
  const uids = tells ? undefined : await allUids(flow);
  const gone = tells && same?.modseq !== undefined ? vanished : missingFrom(same?.present ?? '', uids ?? new Set());
  const sent = same?.drafts ? await sentOf(flow, same.drafts) : [];
  const drafts = same?.drafts?.filter((uid) => !sent.includes(uid) && !gone.includes(uid));
  return {
    now: { validity, next: box.uidNext, exists: box.exists, modseq, present: uids && presentSet(uids), drafts },
    from: same?.next ?? (await firstSince(flow, box, since)),
    sent,
    ...(same && gone.length > 0 && { vanished: gone.map((uid) => placeOf({ folder, validity, uid })) }),
  };
}

/** Without opening it. Where there are no mod-sequences, one that came while another went looks the same only if UIDNEXT did not move. */
async function isUntouched(flow: ImapFlow, folder: string, known: FolderState): Promise<boolean> {
  // Of a mailbox that is open, only what was said since counts as news.
  if (flow.mailbox) await flow.mailboxClose();
  const status = await flow.status(folder, { uidValidity: true, uidNext: true, messages: true, highestModseq: true });
  if (!status) return false;
  const { uidValidity, uidNext, messages, highestModseq } = status;
  if (String(uidValidity) !== known.validity || uidNext !== known.next || messages !== known.exists) return false;
  return known.modseq === undefined ? !known.drafts : highestModseq !== undefined && String(highestModseq) === known.modseq;
}

/** Opens for reading only. What vanished since a known state is told while it opens; of another UIDVALIDITY nothing is told, nor believed. */
export async function openFolder(flow: ImapFlow, folder: string, known?: FolderState): Promise<{ box: MailboxObject; vanished: number[] }> {
  const vanished: number[] = [];
  const listen = ({ uid, vanished: byUid }: { uid?: number; vanished: boolean }) => void (byUid && uid !== undefined && vanished.push(uid));
  if (flow.mailbox) await flow.mailboxClose();
  flow.on('expunge', listen);
  try {
    const since = known?.modseq === undefined ? {} : { changedSince: known.modseq, uidValidity: known.validity };
    return { box: await flow.mailboxOpen(folder, { readOnly: true, ...since }), vanished };
  } finally {
    flow.off('expunge', listen);
  }
}

/** @throws as the server refuses: half an answer to "which are there?" would make messages vanish */
async function search(flow: ImapFlow, query: Parameters<ImapFlow['search']>[0]): Promise<number[]> {
  const found = await flow.search(query, { uid: true });
  if (Array.isArray(found)) return found;
  throw Object.assign(new Error('the search was refused'), { responseStatus: 'NO' });
}

async function allUids(flow: ImapFlow): Promise<Set<number>> {
  return new Set(await search(flow, { all: true }));
}

function presentSet(uids: ReadonlySet<number>): string | undefined {
  const set = uidSet(uids);
  return set.length <= PRESENT_CHARACTERS ? set : undefined;
}

/** By the time of arrival: what came before the window is not read at all. */
async function firstSince(flow: ImapFlow, box: MailboxObject, since: Date | undefined): Promise<number> {
  if (since === undefined || box.exists === 0) return 1;
  const uids = await search(flow, { since });
  return uids.length === 0 ? box.uidNext : uids.reduce((least, uid) => Math.min(least, uid), box.uidNext);
}

/** Which of the drafts are drafts no more. */
async function sentOf(flow: ImapFlow, drafts: number[]): Promise<number[]> {
  const messages = await flow.fetchAll(uidSet(drafts), { uid: true, flags: true }, { uid: true });
  return messages.filter(({ flags }) => !flags?.has('\\Draft')).map(({ uid }) => uid);
}
