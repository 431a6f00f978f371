import type { CanonicalValues } from '#hub/canonical';
import { matchKeys, type MatchKey } from '#hub/identity';
import type { RecordFailure } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import type { PreparedRecord, PulledRecord } from './map-record.js';
import type { RunKind } from '../runs/request-run.js';
import type { Progress, Slot } from '../runs/slot.js';
import type { StreamContext, TenantStreams } from '../stream-context.js';
import type { ReadOutcome, Totals } from '../runs/totals.js';

/** Records that are applied together with the cursor that stands for them. The id is the hub's: a repeat of it is a repeat of the batch. */
export interface Batch {
  id: string;
  runId: string;
  slot: Slot;
  stream: StreamContext;
  streams: TenantStreams;
  records: PulledRecord[];
  next: Progress;
  /** Vendor pages before the hub counted: records of the batch that a vendor sent more than once. */
  repeated: number;
  /** Ids of the records that may differ from what is known, where that was asked before; all others are unchanged. */
  differing?: ReadonlySet<string>;
  /** What asked for these records is settled in the same transaction, before they are applied: they may ask again. */
  settleFirst?: (tx: TenantTx) => Promise<void>;
  /** Nothing may be written outward because of this batch: it is refused as a whole, naming the records that would. */
  inwardOnly?: true;
  /** Read one by one after a walk, so counted apart from what the walk read. */
  swept?: boolean;
}

/** What the database knows of a record before the batch. */
export interface KnownRecord {
  id: string;
  externalId: string;
  hash: string;
  values: CanonicalValues;
  changedAt: string;
  fieldChangedAt: Record<string, string> | null;
  version: string | null;
  fetchSeq: string;
  deletedAt: string | null;
  writeId: string | null;
  clusterId: string;
}

/** One record on its way through the batch. `outcome` is set once, by the first rule that applies. */
export interface Item {
  prepared: PreparedRecord;
  known?: KnownRecord;
  recordId: string;
  rawId: string;
  outcome?: ReadOutcome;
  /** After three-way comparison; what is saved as the record's own values. */
  values: CanonicalValues;
  changedFields: string[];
  parents: { role: string; recordId: string }[];
  clusterId?: string;
  failures: RecordFailure[];
  /** Once `keysOf` was asked. */
  keys?: MatchKey[];
}

export interface BatchWork {
  tx: TenantTx;
  hub: Hub;
  batch: Batch;
  stream: StreamContext;
  items: Item[];
  totals: Totals;
  now: Date;
  /** Clusters whose members changed; merged once at the end. */
  touched: Set<string>;
  /** Runs that the batch makes necessary; dispatched after the commit. */
  wanted: WantedRun[];
}
export interface WantedRun {
  kind: RunKind;
  connectionId: string;
  streamId?: string;
}

export function isSaved(item: Item): boolean {
  return item.outcome === 'created' || item.outcome === 'updated' || item.outcome === 'review' || item.outcome === 'conflicting';
}

/** The match keys of what is saved as the record's values; computed once, both the saving and the matching need them. */
export function keysOf(work: BatchWork, item: Item, secret: Buffer): MatchKey[] {
  item.keys ??= matchKeys(work.stream.object, item.values, secret);
  return item.keys;
}
