import type { BatchWork, Item } from './batch-work.js';
import { loadBases } from '../outward/load-bases.js';
import { followVendorMerge } from '../vendor-merges/follow-vendor-merge.js';
import { canonicalEquals, type CanonicalValues } from '#hub/canonical';

/**
 * Applies what a vendor says is gone. A deleted interview is a cancelled one for everybody else; an update of ours that the deletion
 * met half-way is a conflict. A vendor's merge is an alias, never a delete.
 */
export async function markDeleted(work: BatchWork): Promise<void> {
  const items = work.items.filter(
    (item) => item.outcome === undefined && (item.prepared.kind === 'deleted' || item.prepared.kind === 'merged'),
  );
  for (const item of items) if (item.prepared.kind === 'merged') await followVendorMerge(work, item);
  const deleted = items.filter((item) => item.prepared.kind === 'deleted');
  const bases = await loadBases(
    work.tx,
    deleted.flatMap((item) => item.known?.id ?? []),
  );
  const golden = await goldenValues(work, deleted);
  for (const item of deleted) {
    item.outcome = 'deleted';
    const known = item.known;
    if (!known || known.deletedAt !== null) continue;
    item.values = cancelled(work, known.values);
    item.changedFields = 'status' in item.values && item.values.status !== known.values.status ? ['status'] : [];
    const pending = Object.entries(bases.get(known.id) ?? {}).filter(
      ([field, base]) => !canonicalEquals(work.stream.object, field, golden.get(known.clusterId)?.[field], base.ours),
    );
    if (pending.length > 0)
      refuseHalfWay(
        item,
        pending.map(([field]) => field),
      );
    else work.touched.add(known.clusterId);
  }
}

function cancelled(work: BatchWork, values: CanonicalValues): CanonicalValues {
  return work.stream.object === 'interview' && work.stream.mapping.inward.includes('status')
    ? { ...values, status: 'CANCELLED' }
    : { ...values };
}

function refuseHalfWay(item: Item, fields: string[]): void {
  item.outcome = 'conflicting';
  item.values = item.known?.values ?? {};
  item.failures.push({
    code: 'CONFLICT',
    field: fields[0],
    pointer: '',
    blocksOnlyField: false,
    message: `the record was deleted at its source while a change of ${fields.join(', ')} was on its way to it; decide whether it is cancelled or recreated`,
  });
}

async function goldenValues(work: BatchWork, items: Item[]): Promise<Map<string, CanonicalValues>> {
  const ids = items.flatMap((item) => item.known?.clusterId ?? []);
  const rows =
    ids.length === 0
      ? []
      : await work.tx.query<{ id: string; values: CanonicalValues }>(`SELECT id, values FROM cluster WHERE id = ANY ($1)`, [ids]);
  return new Map(rows.map((row) => [row.id, row.values]));
}
