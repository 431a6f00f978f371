import { canonicalEquals, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import type { Base } from '#hub/identity';
import type { StreamContext } from '../stream-context.js';
import { ConnectorFailure } from '#hub/connector-sdk';
import type { MapResult } from '#hub/mapping';
import { fieldsReadOtherwise } from '../mappings/fields-read-otherwise.js';
import { mapFreshAlone } from '../reconcile/load-held.js';
import type { PushWork } from './advance-push.js';
import type { Write } from './claim-writes.js';

/** A record as its system holds it, as far as we know. */
export interface Standing {
  externalId: string;
  version: string | null;
  payload: unknown;
  /** What it says, also where that is in dispute. */
  values: CanonicalValues;
  disputed: string[];
  bases: Record<string, Base>;
}
type Mapped = Extract<MapResult, { kind: 'mapped' }>;
interface Look {
  stream: StreamContext;
  parents: Record<string, string>;
  held: Standing;
}

/**
 * What an update is about to meet. A vendor that refuses old versions guards itself; every other record is read now, and so is one of which
 * nobody knows whether an earlier attempt reached it. `written`: it says already what we mean. `changed`: somebody else's edit stands there,
 * that must be compared before anything is written. @throws ConnectorFailure NOT_FOUND
 */
export async function lookFirst(work: PushWork, write: Write, { stream, parents, held }: Look): Promise<Standing | 'written' | 'changed'> {
  const { push, received } = stream.definition;
  const guarded = push?.guardsVersions === true && held.version !== null;
  if (received || (guarded && write.was === 'pending')) return held;
  const fetched = await work.session.fetch(stream.name, { externalId: held.externalId, parents });
  if (fetched.state === 'gone') throw new ConnectorFailure({ code: 'NOT_FOUND', detail: 'the record to change is not there any more' });
  if (fetched.state === 'moved') return 'changed';
  const { version, payload } = fetched.record;
  const shown = await mapFreshAlone(work.hub, stream, payload);
  const saysWhatWeMean =
    shown.kind === 'mapped' && write.fields.every((field) => same(stream, field, shown.values[field], write.intended[field]));
  if (saysWhatWeMean) return 'written';
  if (await isEdited(work, { stream, held, payload, shown })) return 'changed';
  return {
    ...held,
    version: version ?? null,
    payload,
    values: shown.kind === 'mapped' ? standingValues(stream, held, shown) : held.values,
  };
}

/** What is not understood, now as when it was last read, is nobody's edit: a person may be correcting that very value. */
async function isEdited(
  work: PushWork,
  { stream, held, payload, shown }: Pick<Look, 'stream' | 'held'> & { payload: unknown; shown: MapResult },
): Promise<boolean> {
  if (shown.kind === 'excluded') return true;
  if (shown.kind === 'mapped') {
    const { read, unread } = partsOf(stream, shown);
    if (read.some((field) => isNews(stream, held, { field, value: shown.values[field] }))) return true;
    if (unread.length === 0) return false;
  }
  const before = await lastRead(work, stream, held);
  return fieldsReadOtherwise(stream, { before, after: payload, now: work.hub.now() }).length > 0;
}

/** Neither what the hub has taken in, nor what the system held when both sides last agreed. */
function isNews(stream: StreamContext, held: Standing, { field, value }: { field: string; value: CanonicalValue | undefined }): boolean {
  if (same(stream, field, value, held.values[field])) return false;
  const base = held.disputed.includes(field) ? undefined : held.bases[field];
  return base === undefined || !same(stream, field, value, base.theirs);
}

function partsOf({ mapping }: StreamContext, { blocked }: Mapped): { read: string[]; unread: string[] } {
  const isBlocked = (field: string): boolean => blocked.some((failure) => failure.field === field);
  return { read: mapping.outward.filter((field) => !isBlocked(field)), unread: mapping.outward.filter(isBlocked) };
}

function standingValues(stream: StreamContext, held: Standing, shown: Mapped): CanonicalValues {
  const { read } = partsOf(stream, shown);
  const others = Object.entries(held.values).filter(([field]) => !read.includes(field));
  return { ...Object.fromEntries(others), ...shown.values };
}

/** What was read last: where it could not be understood, the item of that keeps it. */
async function lastRead(work: PushWork, { streamId }: StreamContext, held: Standing): Promise<unknown> {
  const [parked] = await work.hub.database.inTenant(work.key.tenantId, (tx) =>
    tx.query<{ payload: string }>(
      `SELECT r.payload FROM error_item e JOIN raw r ON r.tenant_id = e.tenant_id AND r.id = e.raw_id
       WHERE e.stream_id = $1 AND e.external_id = $2 AND e.stage = 'map' AND e.state <> 'resolved' ORDER BY e.updated_at DESC LIMIT 1`,
      [streamId, held.externalId],
    ),
  );
  return parked ? (JSON.parse(parked.payload) as unknown) : held.payload;
}

/** What was cleared and what never was say the same here. */
function same({ object }: StreamContext, field: string, one: CanonicalValue | undefined, other: CanonicalValue | undefined): boolean {
  return canonicalEquals(object, field, one ?? undefined, other ?? undefined);
}
