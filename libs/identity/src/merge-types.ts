import type { CanonicalValue, CanonicalValues, ObjectName } from '#hub/canonical';

/** What one source record brings to a merge. Times are ISO instants of the hub's own clock: when *we* saw the value change. */
export interface Member {
  recordId: string;
  connectionId: string;
  /** `ats`, `calendar`, `crm`, …: the category that a rule's `wins` may name. */
  category: string;
  systemOfRecord: boolean;
  /** Lower is believed first among equals. */
  priority: number;
  values: CanonicalValues;
  changedAt: string;
  /** Only the fields whose last change differs from `changedAt`. */
  fieldChangedAt?: Record<string, string>;
  /** Per two-way field: the golden value last agreed with this record, and what its system returned for it. */
  bases?: Record<string, Base>;
  /** Per field that we wrote while the record was merged with others: what its own system said before. */
  restored?: Record<string, RestoredClaim>;
}
/** Holds as long as the system still shows what we wrote. */
export interface RestoredClaim {
  /** Absent: it had said nothing. */
  value?: CanonicalValue;
  insteadOf: CanonicalValue;
}
/** A person's word on a field, above every rule. */
export interface Pin {
  recordId: string;
  connectionId: string;
  value: CanonicalValue;
  at: string;
}
export interface Base {
  ours?: CanonicalValue;
  theirs?: CanonicalValue;
}

export interface FieldPolicy {
  /** `ats`, a category, `newest` or `union`; a list falls back from one to the next. */
  wins: string | readonly string[];
  /** `absent`: a blank at one source is no word on the field while another has a value. */
  blank?: 'absent' | 'value';
  /** Fields of one group come from one record, the one whose first field of the group wins. */
  group?: string;
  onBoth: string;
}
export interface Provenance {
  record: string;
  connection: string;
  rule: string;
  at: string;
}

export interface MergeInput {
  object: ObjectName;
  members: Member[];
  policies: Record<string, FieldPolicy>;
  /** Golden values before; absent for a new cluster. */
  before?: CanonicalValues;
  /** Fields under an open conflict keep their value of `before`. */
  frozen?: readonly string[];
  pins?: Record<string, Pin>;
}
export interface MergeResult {
  values: CanonicalValues;
  provenance: Record<string, Provenance>;
  changed: string[];
}
