import type { FieldPolicy } from '../merge-types.js';
import { foldText } from '../linkage/fold-text.js';
import { normaliseEmail } from '../normalise-email.js';

export const PERSON_IDENTIFIERS = ['profileUrl', 'email', 'phone'] as const;
export type PersonIdentifier = (typeof PERSON_IDENTIFIERS)[number];

/** What a tenant says of its own people; where it is silent, what is shipped holds. */
export interface PeopleRules {
  /** What may prove that two records are one person, the strongest first. */
  identifiers?: PersonIdentifier[];
  /** Least score to merge without a person, and to ask one; in bits. */
  auto?: number;
  review?: number;
  /** Values that say nothing: addresses or whole domains (`*@agency.example`), numbers or their beginning (`+4930*`), names. */
  denied?: { emails?: string[]; phones?: string[]; names?: string[] };
  /** Per object and field, in the place of what the mappings say. */
  survivorship?: Record<string, Record<string, Partial<FieldPolicy>>>;
  /** Days after which a pin ends by itself, where it names no time. */
  pinDays?: number;
}

/** Says whether a value of one kind is denied. */
export type Denied = (kind: 'email' | 'phone' | 'name', text: string) => boolean;

export const NOTHING_DENIED: Denied = () => false;

export function deniedBy({ denied }: PeopleRules): Denied {
  if (denied === undefined) return NOTHING_DENIED;
  const emails = new Set((denied.emails ?? []).map((text) => (text.startsWith('*@') ? text.toLowerCase() : normaliseEmail(text))));
  const names = new Set((denied.names ?? []).map(foldText));
  const phones = denied.phones ?? [];
  return (kind, text) => {
    if (kind === 'name') return names.has(foldText(text));
    if (kind === 'phone') return phones.some((one) => (one.endsWith('*') ? text.startsWith(one.slice(0, -1)) : text === one));
    const address = normaliseEmail(text);
    return emails.has(address) || emails.has(`*${address.slice(address.lastIndexOf('@'))}`);
  };
}
