import { KEY_KINDS } from './match-keys.js';
import { normaliseName } from './normalise-name.js';

/** One side of a comparison: a record seen through one of its keys. */
export interface Party {
  recordId: string;
  connectionId: string;
  systemOfRecord: boolean;
  first: string;
  last: string;
}
/** `link`: the same; `clash`: equal e-mail, other names; `apart`: a key never joins them; `none`: the key says nothing. */
export type Relation = 'link' | 'clash' | 'apart' | 'none';

export function partyOf(record: {
  recordId: string;
  connectionId: string;
  systemOfRecord: boolean;
  firstName?: string;
  lastName?: string;
}): Party {
  const { recordId, connectionId, systemOfRecord, firstName = '', lastName = '' } = record;
  return { recordId, connectionId, systemOfRecord, first: normaliseName(firstName), last: normaliseName(lastName) };
}

/** What an equal key of this kind says about two records. */
export function comparePair(a: Party, b: Party, kind: number): Relation {
  if (areApart(a, b)) return 'apart';
  // Anybody may answer under any id: it leads to a conversation, never to another record of the same message.
  if (kind === KEY_KINDS.messageId) return 'none';
  if (kind === KEY_KINDS.email) return namesClash(a, b) ? 'clash' : 'link';
  if (kind === KEY_KINDS.phoneSurname) return a.first === '' || b.first === '' || a.first === b.first ? 'link' : 'none';
  return 'link';
}

/** A vendor's own duplicates are the vendor's to merge, and a cluster has room for one record of the system of record. */
export function areApart(a: Pick<Party, 'connectionId' | 'systemOfRecord'>, b: Pick<Party, 'connectionId' | 'systemOfRecord'>): boolean {
  return a.connectionId === b.connectionId || (a.systemOfRecord && b.systemOfRecord);
}

function namesClash(a: Party, b: Party): boolean {
  if (isNameless(a) || isNameless(b)) return false;
  return !(a.last !== '' && a.last === b.last) && !(a.first !== '' && a.first === b.first);
}

function isNameless(party: Party): boolean {
  return party.first === '' && party.last === '';
}
