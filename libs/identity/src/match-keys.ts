import type { CanonicalValue, CanonicalValues, ObjectName } from '#hub/canonical';
import { isPlaceholderEmail } from './is-placeholder-email.js';
import { keyedHash } from './keyed-hash.js';
import { normaliseEmail } from './normalise-email.js';
import { elementTexts } from './people/person-row.js';

/** What a key was made of; stored beside its hash, so a number once used never changes its meaning (2 was a phone with a surname). */
export const KEY_KINDS = { email: 1, domain: 3, requisitionCode: 4, calendarUid: 5, message: 6, messageId: 7 } as const;
export interface MatchKey {
  kind: number;
  hash: bigint;
}
interface KeyText {
  kind: number;
  text: string;
}

/** Domains at which anybody can have an address name no client. */
const OPEN_DOMAINS = /^(?:gmail|googlemail|hotmail|outlook|live|yahoo|icloud|aol|gmx|proton|protonmail)\.[a-z.]+$/;

/** The hash under which a message holds its own id: what answers it finds it by that. */
export function messageIdKey(messageId: string, secret: Buffer): bigint {
  return keyedHash(secret, `${KEY_KINDS.messageId}|${plainText(messageId)}`);
}

/** The hashed identifiers by which a record may meet others of its object; no duplicates, none for placeholders. `secret` is the tenant's. */
export function matchKeys(object: ObjectName, values: CanonicalValues, secret: Buffer): MatchKey[] {
  const texts = keyTexts(object, values);
  const keys = texts.map(({ kind, text }) => ({ kind, hash: keyedHash(secret, `${kind}|${text}`) }));
  return keys.length < 2 ? keys : keys.filter((key, index) => keys.findIndex((other) => other.hash === key.hash) === index);
}

function keyTexts(object: ObjectName, values: CanonicalValues): KeyText[] {
  switch (object) {
    case 'candidate':
      return emailTexts(values.emails);
    case 'client':
      return oneText(KEY_KINDS.domain, domainOf(values.domain));
    case 'job':
      return oneText(KEY_KINDS.requisitionCode, plainText(values.requisitionCode).toLowerCase());
    case 'interview':
      return oneText(KEY_KINDS.calendarUid, plainText(values.calendarUid));
    case 'communication':
      return messageTexts(values);
    default:
      return [];
  }
}

function emailTexts(emails: CanonicalValue | undefined): KeyText[] {
  const addresses = elementTexts(emails, 'value').map(normaliseEmail);
  return addresses.filter((address) => address !== '' && !isPlaceholderEmail(address)).map((text) => ({ kind: KEY_KINDS.email, text }));
}

/** A message id is a claim of whoever sent the message: only with its sender and its time it says that two messages are one. */
function messageTexts(values: CanonicalValues): KeyText[] {
  const { email } = values;
  const id = typeof email === 'object' && email !== null && !Array.isArray(email) ? plainText(email.messageId) : '';
  if (id === '') return [];
  const whole = [id, plainText(values.from).toLowerCase(), plainText(values.occurredAt)].join('|');
  return [
    { kind: KEY_KINDS.message, text: whole },
    { kind: KEY_KINDS.messageId, text: id },
  ];
}

function domainOf(value: CanonicalValue | undefined): string {
  const host = plainText(value)
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/^www\./, '')
    .replace(/[/?#:].*$/, '');
  return host.includes('.') && !OPEN_DOMAINS.test(host) ? host : '';
}

function oneText(kind: number, text: string): KeyText[] {
  return text === '' ? [] : [{ kind, text }];
}

function plainText(value: CanonicalValue | undefined): string {
  return typeof value === 'string' ? value.normalize('NFKC').trim() : '';
}
