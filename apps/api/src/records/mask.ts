import { OBJECTS, type CanonicalValues, type ObjectName } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { loadTenantMappings, type Hub } from '#hub/sync';

/** Stands for a value that is not shown. */
export const MASK = '•••';

/** What a reader may see: everything, or what neither the model nor a mapping keeps closed. */
export interface Sight {
  reveal: boolean;
  /** `object.field` that a live mapping treats with more care than the model does. */
  closed: ReadonlySet<string>;
}

export async function sightOf(tx: TenantTx, hub: Hub, reveal: boolean): Promise<Sight> {
  if (reveal) return { reveal, closed: new Set() };
  const { all } = await loadTenantMappings(tx, hub);
  const closed = all.flatMap((mapping) =>
    mapping.fields.filter((rule) => rule.class !== 'public').map((rule) => `${mapping.into}.${rule.to}`),
  );
  return { reveal, closed: new Set(closed) };
}

/** Unknown fields are not public: a class must be given before a value is shown. */
export function maySee(sight: Sight, object: ObjectName, field: string): boolean {
  return sight.reveal || (OBJECTS[object]?.fields[field]?.class === 'public' && !sight.closed.has(`${object}.${field}`));
}

export function maskValues(sight: Sight, object: ObjectName, values: CanonicalValues): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([field, value]) => [field, maySee(sight, object, field) || value === null ? value : MASK]),
  );
}
