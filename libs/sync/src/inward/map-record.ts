import { hash } from 'node:crypto';
import { normaliseValues, NORMALISER_VERSION, uuidOf, type CanonicalValues } from '#hub/canonical';
import type { RawRecord } from '#hub/connector-sdk';
import type { MapResult, ParentLink, RecordFailure, ThreadLink } from '#hub/mapping';
import { inwardContext, type StreamContext } from '../stream-context.js';

/** A record as pulled, with what is known of it before the database is asked. */
export interface PulledRecord {
  raw: RawRecord;
  /** JSON text of the payload, as it will be kept. */
  text: string;
  hash: string;
  /** Rises with every fetch from a vendor; an older fetch never overwrites a newer one. */
  fetchSeq: string;
  /** Set when the payload is already stored: retries and releases. */
  rawId?: string;
  /** The error item that asked for this attempt. */
  itemId?: string;
  /** Outward fields that a person corrected in the hub: their system still holds the old value. */
  corrected?: string[];
  /** Set when the database refused this very record: it parks, the rest of its batch goes on. */
  refusal?: RecordFailure;
}

export type PreparedRecord = PulledRecord &
  (
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
    | { kind: 'deleted' }
    | { kind: 'merged'; into: string }
    | { kind: 'refused'; failures: RecordFailure[] }
  );

/** Text and content hash of a pulled record; the mapping's and the normaliser's versions are part of the hash, so a changed rule is a changed record. */
export function pulledRecord(
  raw: RawRecord,
  input: { stream: StreamContext; fetchSeq: string; rawId?: string; itemId?: string; corrected?: string[] },
): PulledRecord {
  const text = raw.deleted || raw.mergedInto ? `${JSON.stringify(raw.mergedInto ?? null)}\u0001gone` : JSON.stringify(raw.payload ?? null);
  return {
    raw,
    text,
    hash: recordHash({ text, version: raw.version }, input.stream),
    fetchSeq: input.fetchSeq,
    rawId: input.rawId,
    itemId: input.itemId,
    corrected: input.corrected,
  };
}

/** Where we write back, a new version alone is a change too: the next write must name it. */
export function recordHash(record: { text: string; version?: string }, stream: StreamContext): string {
  return contentHash(stream.definition.push ? `${record.version ?? ''}\n${record.text}` : record.text, stream);
}

/** 96 bits of the text's hash behind 32 bits of its rules': the text itself is hashed as it is, not copied behind a prefix. */
export function contentHash(text: string, { mapping }: StreamContext): string {
  return uuidOf(`${rulesHash(mapping.digest)}${hash('sha256', text, 'hex')}`);
}

const rules = new Map<string, string>();
function rulesHash(digest: string): string {
  const known = rules.get(digest) ?? hash('sha256', `${digest}\n${NORMALISER_VERSION}`, 'hex').slice(0, 8);
  if (rules.size < 1_000) rules.set(digest, known);
  return known;
}

/** The payload of a pulled record, read again from its text where the batch no longer holds it. */
export function payloadOf(pulled: PulledRecord): unknown {
  return pulled.raw.payload === undefined ? (JSON.parse(pulled.text) as unknown) : pulled.raw.payload;
}

/** Maps, validates and normalises; one record that cannot be mapped never disturbs another. */
export function mapRecord(pulled: PulledRecord, stream: StreamContext, now: Date): PreparedRecord {
  if (pulled.refusal) return { ...pulled, kind: 'refused', failures: [pulled.refusal] };
  if (pulled.raw.mergedInto) return { ...pulled, kind: 'merged', into: pulled.raw.mergedInto };
  if (pulled.raw.deleted) return { ...pulled, kind: 'deleted' };
  const result = mapSafely(pulled, stream, now);
  if (result.kind !== 'mapped') return { ...pulled, ...result };
  return {
    ...pulled,
    kind: 'mapped',
    values: normaliseValues(stream.object, result.values),
    parents: result.parents,
    thread: result.thread,
    ref: result.ref,
    writeId: result.writeId,
    blocked: result.blocked,
  };
}

function mapSafely(pulled: PulledRecord, stream: StreamContext, now: Date): MapResult {
  try {
    return stream.mapping.toCanonical(payloadOf(pulled), inwardContext(stream, now));
  } catch {
    const message = `mapping ${stream.mapping.name} version ${stream.mapping.version} failed on this record; report it, the record is kept and can be retried`;
    return { kind: 'refused', failures: [{ code: 'BUG', field: '', pointer: '', message, blocksOnlyField: false }] };
  }
}
