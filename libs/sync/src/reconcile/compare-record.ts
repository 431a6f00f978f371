import { canonicalEquals, type CanonicalValues } from '#hub/canonical';
import type { Base } from '#hub/identity';
import type { MapResult } from '#hub/mapping';
import type { StreamContext } from '../stream-context.js';

export type DifferenceKind = 'missing-in-hub' | 'missing-in-source' | 'stale' | 'divergent' | 'stage-mismatch' | 'unmapped';
export interface Comparison {
  agrees: boolean;
  kind?: DifferenceKind;
  fields: string[];
}

/** What the hub holds of a record, when a fresh vendor read is compared with it. */
export interface Held {
  values: CanonicalValues;
  golden: CanonicalValues;
  bases: Record<string, Base>;
  deleted: boolean;
}

const AGREES: Comparison = { agrees: true, fields: [] };

/** Compares one fresh vendor read with the hub, field by field under canonical equality. Pure. */
export function compareRecord(input: { stream: StreamContext; fresh: MapResult | 'gone'; held?: Held; now: Date }): Comparison {
  const { stream, fresh, held } = input;
  if (fresh === 'gone') return held && !held.deleted ? { agrees: false, kind: 'missing-in-source', fields: [] } : AGREES;
  if (fresh.kind === 'excluded') return AGREES;
  if (fresh.kind === 'refused') return { agrees: false, kind: 'unmapped', fields: fresh.failures.map((failure) => failure.field) };
  if (!held || held.deleted) return { agrees: false, kind: 'missing-in-hub', fields: [] };
  const blocked = fresh.blocked.map((failure) => failure.field);
  if (blocked.length > 0) return { agrees: false, kind: 'unmapped', fields: blocked };
  const stale = stream.mapping.inward.filter((field) => !canonicalEquals(stream.object, field, fresh.values[field], held.values[field]));
  if (stale.length > 0) return { agrees: false, kind: stale.includes('stage') ? 'stage-mismatch' : 'stale', fields: stale };
  const divergent = isPast(stream, { held, now: input.now })
    ? []
    : stream.mapping.outward.filter((field) => diverges(stream, field, { fresh: fresh.values, held }));
  return divergent.length > 0 ? { agrees: false, kind: 'divergent', fields: divergent } : AGREES;
}

/** A vendor's own spelling of what we wrote is agreement; a field that it does not keep cannot disagree. */
function diverges(stream: StreamContext, field: string, sides: { fresh: CanonicalValues; held: Held }): boolean {
  const { fresh, held } = sides;
  if (canonicalEquals(stream.object, field, held.golden[field], fresh[field])) return false;
  if (keepsItsOwn(stream, field) && fresh[field] !== undefined && fresh[field] !== null) return false;
  const base = held.bases[field];
  if (base === undefined) return held.golden[field] !== undefined && fresh[field] !== undefined;
  const ours = canonicalEquals(stream.object, field, held.golden[field], base.ours);
  return !(ours && canonicalEquals(stream.object, field, fresh[field], base.theirs));
}

/** Where the mapping leaves a system its own value, that value owes nothing. */
function keepsItsOwn(stream: StreamContext, field: string): boolean {
  return stream.mapping.fields.some((rule) => rule.to === field && rule.writePolicy !== 'always');
}

/** What is over is not written any more, so it cannot owe anything. */
function isPast(stream: StreamContext, input: { held: Held; now: Date }): boolean {
  const end = input.held.golden.endsAt ?? input.held.golden.startsAt;
  return stream.object === 'interview' && typeof end === 'string' && Date.parse(end) < input.now.getTime();
}
