import type { ObjectName } from '#hub/canonical';
import type { Direction, FieldClass, OnBoth, ParentRole, Wins } from './mapping.js';
import type { Segment } from './path.js';

export const OPERATORS = [
  'text',
  'email',
  'emails',
  'phone',
  'phones',
  'instant',
  'date',
  'boolean',
  'integer',
  'url',
  'zone',
  'enum',
  'object',
  'list',
  'firstName',
  'lastName',
] as const;
export type OperatorName = (typeof OPERATORS)[number];

/** How one value is read and, where an inverse exists, written. */
export interface ValueSpec {
  as: OperatorName;
  /** The first that holds something counts; for lists of addresses all count together. */
  from: Segment[][];
  fromText: string;
  table?: Record<string, string>;
  /** Path of the zone for wall times. */
  zone?: Segment[];
  /** ISO 3166 country for phone numbers without one. */
  country?: string;
  parts?: Record<string, ValueSpec>;
  value?: string | number | boolean;
}
export interface FieldSpec extends ValueSpec {
  to: string;
  wins: Wins;
  onBoth: OnBoth;
  direction: Direction;
  required: boolean;
  nullMeans: 'absent' | 'cleared';
  class: FieldClass;
  stageLike: boolean;
}
export type Predicate =
  | { all: Predicate[] }
  | { any: Predicate[] }
  | { field: string; equals?: unknown; in?: unknown[]; contains?: unknown; exists?: boolean; isFuture?: boolean }
  | { parent: ParentRole; known: boolean };
export interface ParentSpec {
  role: ParentRole;
  object: ObjectName;
  externalId?: Segment[];
  ref?: Segment[];
  required: boolean;
}
export interface OutwardSpec {
  to: Segment[];
  toText: string;
  from?: string;
  value?: string | number | boolean;
  /** Addresses that are left out of a list of people. */
  without?: string;
}

export interface MappingAst {
  mapping: string;
  version: number;
  connector: string;
  stream: string;
  into: ObjectName;
  digest: string;
  keepIf?: Predicate;
  createWhen?: Predicate;
  identify: { ref?: Segment[]; writeId?: Segment[] };
  parents: ParentSpec[];
  fields: FieldSpec[];
  outward: OutwardSpec[];
}
