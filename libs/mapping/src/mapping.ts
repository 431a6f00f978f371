import type { FieldPlace } from './presence.js';
import type { CanonicalValue, CanonicalValues, FailureCode, ObjectName } from '#hub/canonical';

/** Who is believed when sources differ: the system of record, the source category that owns the field, the latest change, or all together. */
export const WINS = ['ats', 'calendar', 'mail', 'crm', 'newest', 'union'] as const;
export type Wins = (typeof WINS)[number];
export const ON_BOTH = ['freeze', 'ats', 'newest', 'union'] as const;
export type OnBoth = (typeof ON_BOTH)[number];
export const DIRECTIONS = ['in', 'out', 'both'] as const;
export type Direction = (typeof DIRECTIONS)[number];
/** When a field is written outward: whenever it differs, only into an empty place, or never over what a person changed there. */
export const WRITE_POLICIES = ['always', 'ifBlank', 'keepHumanEdit'] as const;
export type WritePolicy = (typeof WRITE_POLICIES)[number];
/** From what anybody may see to what no mapping carries. */
export const FIELD_CLASSES = ['public', 'contact', 'sensitive', 'eeo', 'secret'] as const;
export type FieldClass = (typeof FIELD_CLASSES)[number];

/** One rule of a mapping, validated; `to` is a top-level canonical field, or for a derived outward value a vendor path (`out:`). */
export interface FieldRule {
  to: string;
  wins: Wins;
  onBoth: OnBoth;
  direction: Direction;
  writePolicy: WritePolicy;
  required: boolean;
  class: FieldClass;
  /** Vendor paths that the value is read from, joined by ` | `, for messages and `explain`. */
  from: string;
}

export const PARENT_ROLES = ['candidate', 'client', 'job', 'application', 'stage'] as const;
export type ParentRole = (typeof PARENT_ROLES)[number];
/** A parent named by a record, to be resolved to a source record: by the vendor's id in the same connection, by reference number, or by address. */
export interface ParentLink {
  role: ParentRole;
  object: ObjectName;
  externalId?: string;
  ref?: string;
  /** E-mail addresses of people, of whom one may be the parent, or its contact. */
  addresses?: string[];
  /** A reference number in a text that anybody may edit: it counts only beside somebody who belongs to it. */
  mentioned?: string;
  required: boolean;
}
/** The conversation that a message belongs to: what it answers hangs where that hangs. */
export interface ThreadLink {
  answers?: string;
  /** Oldest first. */
  references: string[];
  subject: string;
  sender?: string;
}

export interface RecordFailure {
  code: FailureCode;
  /** Canonical field, or the parent role. */
  field: string;
  /** JSON pointer into the raw payload. */
  pointer: string;
  /** Plain sentence that names field, rule and way out; holds no value of class contact or above. */
  message: string;
  /** The record goes on without this field; otherwise the record parks. */
  blocksOnlyField: boolean;
}

export type MapResult =
  | {
      kind: 'mapped';
      values: CanonicalValues;
      parents: ParentLink[];
      thread?: ThreadLink;
      ref?: string;
      writeId?: string;
      blocked: RecordFailure[];
    }
  | { kind: 'excluded' }
  | { kind: 'refused'; failures: RecordFailure[] };

/** What a mapping may read besides the payload. Settings are the connection's. */
export interface InwardContext {
  settings: Record<string, unknown>;
  now: Date;
  /** The stored payload of another record of the same connection, for `lookup`; absent where nothing is stored. */
  lookup?: (stream: string, externalId: string) => unknown;
}
/** A record of another stream that a mapping wants to look into. */
export interface LookupKey {
  stream: string;
  externalId: string;
}
export interface OutwardContext {
  settings: Record<string, unknown>;
  now: Date;
  writeId: string;
  /** The record's own reference number, or its application's for interviews and messages. */
  ref?: string;
  /** Parents as the target knows them (`externalId`) and as the hub knows them (`values`). */
  parents: Partial<Record<ParentRole, { externalId?: string; ref?: string; values: CanonicalValues }>>;
}
export interface ExplainStep {
  operator: string;
  value: unknown;
}
export interface FieldExplanation {
  to: string;
  from: string;
  steps: ExplainStep[];
  result?: CanonicalValue;
  failure?: RecordFailure;
}

/** A mapping file, compiled once: closures only, no evaluation of text. */
export interface CompiledMapping {
  name: string;
  version: number;
  /** Content hash of the file; part of the record hash, so a changed mapping is a changed record. */
  digest: string;
  /** The file itself: kept with every version that was used. */
  text: string;
  connector: string;
  stream: string;
  into: ObjectName;
  /** Classes above contact that the file asks to carry. */
  allows: readonly FieldClass[];
  fields: FieldRule[];
  /** Canonical fields that are written to this stream (`direction` out or both). */
  outward: string[];
  /** The same, and those that only `outward:` takes: what a new record of this stream is made of. */
  written: string[];
  /** Canonical fields read from this stream (`direction` in or both). */
  inward: string[];
  /** A record none of whose parents is here is left out: counted as excluded, and nothing of it is kept. */
  needsParent: boolean;
  /** Where each field that is read stands in a record. */
  places: FieldPlace[];
  toCanonical: (payload: unknown, context: InwardContext) => MapResult;
  /** Whether any field looks into records of other streams. */
  looksUp: boolean;
  /** What `toCanonical` will look up for this record; empty for mappings without `lookup`. */
  lookups: (payload: unknown, context: InwardContext) => LookupKey[];
  /** Vendor-shaped body of all outward fields present in `values`, with constants, parents and write id filled in. */
  fromCanonical: (values: CanonicalValues, context: OutwardContext) => Record<string, unknown>;
  /** Vendor paths (dotted) that the given canonical fields write to. */
  outwardPaths: (fields: string[]) => string[];
  /** The file says when a record that this system lacks is created there. */
  creates: boolean;
  /** `createWhen:` of the file; false where it has none. */
  shouldCreate: (values: CanonicalValues, context: OutwardContext) => boolean;
  explain: (payload: unknown, context: InwardContext) => FieldExplanation[];
}

/** A fault in a mapping file; all faults of a file are reported at once. Lines and columns start at 1. */
export interface MappingFault {
  file: string;
  line: number;
  column: number;
  message: string;
  hint?: string;
}
