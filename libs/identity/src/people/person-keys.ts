import type { CanonicalValues } from '#hub/canonical';
import { keyedHash } from '../keyed-hash.js';
import type { MatchKey } from '../match-keys.js';
import { BLOCKING_KEYS, plan, visitKeyTexts } from '../linkage/blocking.js';
import { DatasetBuilder } from '../linkage/dataset.js';
import type { Denied } from './people-rules.js';
import { PERSON_FIELDS, personRow } from './person-row.js';
import type { Identifier } from './score-people.js';

/**
 * The blocking keys that a hub keeps for a person: few, for every row costs, and recall-first. The number is stored beside the hash, so one
 * that was used never changes its meaning. `most`: holders above which a key is too common to be looked at.
 */
const PERSON_KEYS: Readonly<Record<string, { kind: number; most: number }>> = {
  email: { kind: 21, most: 200 },
  mailbox: { kind: 22, most: 50 },
  phone: { kind: 23, most: 200 },
  profileUrl: { kind: 24, most: 200 },
  'first+last': { kind: 25, most: 50 },
  'formal+last': { kind: 26, most: 50 },
  'last+city': { kind: 27, most: 50 },
  'employer+last': { kind: 28, most: 50 },
};

/** Kinds from here on are a person's blocking keys; those below are exact identifiers of any object. */
export const FIRST_PERSON_KEY = 21;
/** Kinds that name one person, or nearly. */
export const IDENTIFYING_KEYS: readonly number[] = ['email', 'phone', 'profileUrl'].map((name) => PERSON_KEYS[name].kind);

export interface PersonKey extends MatchKey {
  most: number;
  /** What was hashed, where it is an identifier: it never leaves the process. */
  identifier?: Identifier;
}
const IDENTIFIERS: Readonly<Record<string, Identifier['field']>> = { email: 'email', phone: 'phone', profileUrl: 'profileUrl' };

/** The keys of each person, in the order in which they were given. `secret` is the tenant's. */
export function personKeys(people: readonly CanonicalValues[], { secret, denied }: { secret: Buffer; denied?: Denied }): PersonKey[][] {
  const builder = new DatasetBuilder(PERSON_FIELDS);
  for (const values of people) builder.add({ ...personRow('', values, denied), order: undefined });
  const dataset = builder.build({ within: true });
  const planned = plan(dataset).flatMap((one) => {
    const { name } = BLOCKING_KEYS[one.key];
    return PERSON_KEYS[name] === undefined ? [] : [{ one, name, ...PERSON_KEYS[name] }];
  });
  const keys: PersonKey[][] = people.map(() => []);
  for (let at = 0; at < dataset.size; at++)
    for (const { one, name, kind, most } of planned)
      visitKeyTexts(at, one, (text) => {
        const field = IDENTIFIERS[name];
        keys[dataset.arrivals[at]].push({
          kind,
          most,
          hash: keyedHash(secret, `${kind}|${text}`),
          identifier: field && { field, text },
        });
      });
  return keys;
}
