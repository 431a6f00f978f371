import { findRefs, parseRef, type Ref } from '#hub/canonical';
import type { Email } from 'postal-mime';
import { headerOf, headersOf } from './read-headers.js';
import type { MailRefs } from './message-payload.js';

/** The header that carries a reference number of ours. */
export const REF_HEADER = 'x-tributary-ref';
const OWN_ID = /^<([0-9a-f-]{36})(?:\.([^@>.]{1,20}))?@/i;

/** `<write id.reference number@host>`: what comes back in the headers of every answer. */
export function ownMessageId(writeId: string, input: { ref?: string; host: string }): string {
  return `<${writeId}${input.ref ? `.${input.ref}` : ''}@${input.host}>`;
}

/** The write id in a message id of ours. */
export function writeIdOf(messageId: string | null): string | null {
  return (messageId && OWN_ID.exec(messageId)?.[1]) ?? null;
}

/** Reference numbers by header, message id and plus-address, and by subject. A wrong check character makes a text no number. */
export function refsIn(
  email: Email,
  input: { messageId: string | null; inReplyTo: string[]; references: string[]; subject: string; recipients: string[] },
): MailRefs {
  const cited = input.inReplyTo.flatMap(refOfId);
  const certain = [
    ...headersOf(email, REF_HEADER).flatMap((text) => parseRef(text) ?? []),
    ...[input.messageId ?? ''].flatMap(refOfId),
    // What is answered counts; a longer ancestry may have begun with something else.
    ...(cited.length > 0 ? cited : input.references.flatMap(refOfId).slice(-1)),
    ...[...input.recipients, ...envelopeRecipients(email)].flatMap(refOfAddress),
  ];
  return { certain: byKind(certain), mentioned: byKind(findRefs(input.subject.slice(0, 2_000))) };
}

function refOfId(id: string): Ref[] {
  const carried = OWN_ID.exec(id)?.[2];
  const ref = carried === undefined ? undefined : parseRef(carried);
  return ref ? [ref] : [];
}

/** `jobs+REF@host` */
function refOfAddress(address: string): Ref[] {
  const tag = /^[^+@]{0,64}\+([^@]{1,40})@/.exec(address)?.[1];
  const ref = tag === undefined ? undefined : parseRef(tag);
  return ref ? [ref] : [];
}

function envelopeRecipients(email: Email): string[] {
  return ['delivered-to', 'x-original-to', 'envelope-to'].flatMap((name) => headerOf(email, name)?.trim().replace(/^<|>$/g, '') ?? []);
}

function byKind(refs: Ref[]): MailRefs['certain'] {
  const of = (kind: Ref['kind']) => [...new Set(refs.filter((ref) => ref.kind === kind).map(({ ref }) => ref))];
  return { application: of('application'), candidate: of('candidate'), job: of('job') };
}
