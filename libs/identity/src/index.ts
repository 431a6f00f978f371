export { decideMatches } from './decide-matches.js';
export { KEY_KINDS, matchKeys, messageIdKey, type MatchKey } from './match-keys.js';
export type { Arrival, Assignment, Holder, MatchInput, Occupant } from './match-types.js';
export { mergeRecord } from './merge-record.js';
export type { Base, FieldPolicy, Member, MergeInput, MergeResult, Pin, Provenance, RestoredClaim } from './merge-types.js';
export { normaliseEmail } from './normalise-email.js';
export { IDENTITY_NORMALISER_VERSION } from './normaliser-version.js';
export { outwardDifference, type OutwardInput } from './outward-difference.js';
export { threeWay, type Side, type ThreeWayInput } from './three-way.js';
export * from './linkage/index.js';
export {
  cannotShare,
  pairKey,
  partition,
  type Node,
  type PairDecision,
  type PairLink,
  type Partition,
  type Verdict,
} from './people/partition.js';
export { FIRST_PERSON_KEY, IDENTIFYING_KEYS, personKeys, type PersonKey } from './people/person-keys.js';
export { deniedBy, PERSON_IDENTIFIERS, type Denied, type PeopleRules, type PersonIdentifier } from './people/people-rules.js';
export { PERSON_FIELDS, PERSON_SOURCES, personRow } from './people/person-row.js';
export { PeopleScorer, type Identifier, type PeopleMatcher, type Person, type PersonEdge } from './people/score-people.js';
export { emailIdentifiers, strongIdentifiers, type StrongIdentifier } from './people/strong-identifiers.js';
export { SHIPPED_MODEL } from './people/shipped-model.data.js';
export { matchEverybody, type Everybody, type Matched } from './people/match-everybody.js';
export {
  autoThreshold,
  calibration,
  probabilityOf,
  reliabilityCurve,
  wilsonLowerBound,
  type DecidedPair,
  type ReliabilityBin,
} from './people/thresholds.js';
export { stableIds, type Placed, type StableIds } from './people/stable-ids.js';
