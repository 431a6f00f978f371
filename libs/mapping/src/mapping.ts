import type { CanonicalValue, CanonicalValues, FailureCode, ObjectName } from '#hub/canonical';

/** Who is believed when sources differ: the system of record, the source category that owns the field, the latest change, or all together. */
export type Wins = 'ats' | 'calendar' | 'mail' | 'crm' | 'newest' | 'union';
export type OnBoth = 'freeze' | 'ats' | 'newest' | 'union';
export type Direction = 'in' | 'out' | 'both';
export type FieldClass = 'public' | 'contact' | 'sensitive' | 'eeo' | 'secret';

/** One rule of a mapping, validated; `to` is a top-level canonical field, or for a derived outward value a vendor path (`out:`). */
export interface FieldRule {
  to: string;
  wins: Wins;
  onBoth: OnBoth;
  direction: Direction;
  required: boolean;
  class: FieldClass;
  /** Vendor path that the value is read from, for messages and `explain`. */
  from: string;
}

export type ParentRole = 'candidate' | 'client' | 'job' | 'application' | 'stage';
/** A parent named by a record, to be resolved to a source record: by the vendor's id in the same connection, or by reference number. */
export interface ParentLink {
  role: ParentRole;
  object: ObjectName;
  externalId?: string;
  ref?: string;
  required: boolean;
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
  | { kind: 'mapped'; values: CanonicalValues; parents: ParentLink[]; ref?: string; writeId?: string; blocked: RecordFailure[] }
  | { kind: 'excluded' }
  | { kind: 'refused'; failures: RecordFailure[] };

/** What a mapping may read besides the payload. Settings are the connection's. */
export interface InwardContext {
  settings: Record<string, unknown>;
  now: Date;
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
  connector: string;
  stream: string;
  into: ObjectName;
  fields: FieldRule[];
  /** Canonical fields that are written to this stream (`direction` out or both). */
  outward: string[];
  /** Canonical fields read from this stream (`direction` in or both). */
  inward: string[];
  toCanonical: (payload: unknown, context: InwardContext) => MapResult;
  /** Vendor-shaped body of all outward fields present in `values`, with constants, parents and write id filled in. */
  fromCanonical: (values: CanonicalValues, context: OutwardContext) => Record<string, unknown>;
  /** Vendor paths (dotted) that the given canonical fields write to. */
  outwardPaths: (fields: string[]) => string[];
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
