import type { ObjectName } from '#hub/canonical';
import type { MatchKey } from './match-keys.js';

/** A record that has no cluster yet, or (with `cluster`) one whose cluster is known by vendor id, alias, write id or reference number. */
export interface Arrival {
  recordId: string;
  connectionId: string;
  systemOfRecord: boolean;
  keys: MatchKey[];
  /** Stable and unique, whatever the order of arrival: stream id and external id. */
  order: string;
  cluster?: string;
}
/** An existing record that holds one of the arrivals' keys; one row per key. */
export interface Holder {
  keyHash: bigint;
  keyKind: number;
  recordId: string;
  clusterId: string;
  connectionId: string;
  systemOfRecord: boolean;
}
/** A live member of a cluster that the holders or the arrivals name, whether or not it holds a key. */
export interface Occupant {
  clusterId: string;
  recordId: string;
  connectionId: string;
  systemOfRecord: boolean;
}
export interface MatchInput {
  object: ObjectName;
  arrivals: Arrival[];
  holders: Holder[];
  /** Without it only holders count as members: a second record of the system of record can then slip in along a chain of keys. */
  occupants?: Occupant[];
}
/** A review's `candidates` are the existing clusters, its `records` the arrivals of the batch (itself included), that are in question together. */
export type Assignment =
  | { kind: 'attach'; clusterId: string; rule: string }
  | { kind: 'new'; leader: string; rule: string }
  | { kind: 'review'; leader: string; candidates: string[]; records: string[]; reason: string };
