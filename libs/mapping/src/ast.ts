import type { ObjectName } from '#hub/canonical';
import type { Direction, FieldClass, OnBoth, ParentRole, Wins, WritePolicy } from './mapping.js';
import type { Pattern } from './pattern.js';
import type { Segment } from './path.js';

/** Where a value comes from, before any step. */
export type Source =
  /** The first path that says something; lists of addresses take them all. None: the record (or list item) itself. */
  | { kind: 'paths'; paths: Segment[][] }
  | { kind: 'constant'; value: Scalar }
  /** Text with named slots; nothing when every slot is empty. */
  | { kind: 'template'; pieces: TemplatePiece[] }
  /** The first case whose condition holds; each is a value of its own. */
  | { kind: 'cases'; cases: { if: Predicate; then: ValueSpec }[]; otherwise?: ValueSpec };
export type Scalar = string | number | boolean;
export type TemplatePiece = string | { slot: string; path: Segment[] };

/** One `do:` step with its argument as parsed: text, number, path, pattern, condition or a group of those. */
export interface StepSpec {
  name: string;
  argument: Argument;
}
export type Argument = undefined | Scalar | Segment[] | Pattern | Predicate | Setting | { [name: string]: Argument } | string[];
/** What stands in the file itself, in the record or in the connection's settings. */
export type Setting = { constant: string } | { path: Segment[] } | { setting: string };

/** How one value is read and, where an inverse exists, written. */
export interface ValueSpec {
  source: Source;
  steps: StepSpec[];
  as: string;
  /** Options of the type, by name. */
  options: Record<string, Argument>;
  /** Vendor word → canonical word; `''` says nothing. */
  table?: Record<string, string>;
  parts?: Record<string, ValueSpec>;
  /** Canonical value where nothing is said. */
  fallback?: Scalar;
  /** The paths as written, joined by ` | `, for messages. */
  fromText: string;
}
export interface FieldSpec extends ValueSpec {
  to: string;
  wins: Wins;
  onBoth: OnBoth;
  direction: Direction;
  writePolicy: WritePolicy;
  required: boolean;
  nullMeans: 'absent' | 'cleared';
  class: FieldClass;
  stageLike: boolean;
  /** A stage, status or outcome, or `else: park`: what its table does not know stops the whole record. */
  parks: boolean;
  back?: BackSpec;
}
/** How a field is written where its steps have no inverse: from canonical values, through steps, to one place. */
export interface BackSpec {
  to: Segment[];
  toText: string;
  pieces?: TemplatePiece[];
  steps: StepSpec[];
  table?: Record<string, string>;
}

export type Predicate =
  { all: Predicate[] } | { any: Predicate[] } | { not: Predicate } | { parent: ParentRole; known: boolean } | FieldCondition;
export interface FieldCondition {
  field: Segment[];
  equals?: Scalar | null;
  in?: Scalar[];
  contains?: Scalar;
  startsWith?: string;
  endsWith?: string;
  matches?: Pattern;
  greaterThan?: string | number;
  lessThan?: string | number;
  exists?: boolean;
  isFuture?: boolean;
}
export interface ParentSpec {
  role: ParentRole;
  object: ObjectName;
  externalId?: Segment[];
  ref?: Segment[];
  email?: Segment[];
  mentioned?: Segment[];
  required: boolean;
}
/** Where a message names what it answers. */
export interface ThreadSpec {
  answers: Segment[];
  references?: Segment[];
  subject?: Segment[];
  sender?: Segment[];
}
export interface OutwardSpec {
  to: Segment[];
  toText: string;
  from?: string;
  value?: Scalar;
  /** Addresses that are left out of a list of people. */
  without?: string;
}

export interface MappingAst {
  mapping: string;
  version: number;
  description?: string;
  connector: string;
  stream: string;
  into: ObjectName;
  digest: string;
  /** The file itself. */
  text: string;
  /** Classes above contact that the file asks to carry, and why. */
  allow: { classes: FieldClass[]; because: string };
  keepIf?: Predicate;
  createWhen?: Predicate;
  identify: { ref?: Segment[]; writeId?: Segment[] };
  parents: ParentSpec[];
  thread?: ThreadSpec;
  needsParent: boolean;
  fields: FieldSpec[];
  outward: OutwardSpec[];
}
