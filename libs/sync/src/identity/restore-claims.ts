import { randomUUID } from 'node:crypto';
import { canonicalEquals, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';

interface Placed {
  recordId: string;
  clusterId?: string;
}
interface Stay {
  record_id: string;
  cluster_id: string;
  from: string;
}
interface Written {
  record_id: string;
  fields: string[];
  intended: CanonicalValues;
  overwrote: CanonicalValues | null;
  returned: CanonicalValues | null;
  values: CanonicalValues;
  created_at: string;
}

/** SQL: a time as a text that sorts as the time does. */
export function utcText(time: string): string {
  return `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;
}

/**
 * Called before a cluster is split. A record that leaves, or is left, must not take along what we wrote to its system while it was merged with
 * the others: what its system said before is its word again, until the system itself says otherwise. What people edited there stays.
 */
export async function restoreClaims(tx: TenantTx, groups: Placed[][]): Promise<void> {
  const parted = partedFrom(groups);
  if (parted.size === 0) return;
  const ids = [...parted.keys()];
  const stays = await loadStays(tx, [...new Set([...ids, ...[...parted.values()].flat()])]);
  const since = new Map(
    ids.map((id) => [id, earliest((parted.get(id) ?? []).map((other) => togetherSince(stays.get(id), stays.get(other))))]),
  );
  const written = await tx.query<Written>(
    `SELECT o.record_id, o.fields, o.intended, o.overwrote, o.returned, s.values, ${utcText('o.created_at')} AS created_at FROM outbox o CROSS JOIN LATERAL (SELECT values FROM source_record WHERE tenant_id = o.tenant_id AND id = o.record_id OFFSET 0) s
     WHERE o.record_id = ANY ($1) AND (o.state = 'confirmed' OR o.state IN ('sending', 'unknown', 'sent')) AND o.operation = 'update' ORDER BY coalesce(o.confirmed_at, 'infinity'), o.created_at, o.id`,
    [ids],
  );
  const byField = new Map<string, Written[]>();
  for (const write of written) {
    const start = since.get(write.record_id);
    if (start === undefined || write.created_at < start) continue;
    for (const field of write.fields) {
      const place = `${write.record_id} ${field}`;
      byField.set(place, [...(byField.get(place) ?? []), write]);
    }
  }
  for (const [place, writes] of byField) await restoreField(tx, { field: place.slice(place.indexOf(' ') + 1), writes });
}

async function restoreField(tx: TenantTx, { field, writes }: { field: string; writes: Written[] }): Promise<void> {
  const same = (one?: CanonicalValue, other?: CanonicalValue) => canonicalEquals('candidate', field, one, other);
  const last = writes[writes.length - 1];
  const { record_id: recordId, values } = last;
  const confirmed = writes.filter(({ returned }) => returned !== null);
  const shown = confirmed[confirmed.length - 1]?.returned?.[field];
  if (last.returned !== null && !same(values[field], shown)) return;
  let own: CanonicalValue | undefined = confirmed.length === 0 ? values[field] : confirmed[0].overwrote?.[field];
  confirmed.slice(1).forEach(({ overwrote }, at) => {
    if (!same(overwrote?.[field], confirmed[at].returned?.[field])) own = overwrote?.[field];
  });
  if (confirmed.length > 0 && last.returned === null && !same(values[field], shown)) own = values[field];
  if (same(own, last.intended[field])) return;
  await tx.query(
    `INSERT INTO restored_claim (tenant_id, id, record_id, field, value, instead_of) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (tenant_id, record_id, field) WHERE released_at IS NULL DO UPDATE SET value = excluded.value, instead_of = excluded.instead_of`,
    [
      tx.tenantId,
      randomUUID(),
      recordId,
      field,
      own === undefined ? null : JSON.stringify(own),
      JSON.stringify(last.intended[field] ?? null),
    ],
  );
}

/** For each record the others of its cluster of now that will be in another group. */
function partedFrom(groups: Placed[][]): Map<string, string[]> {
  const clusters = new Map<string, { recordId: string; group: number }[]>();
  groups.forEach((members, group) => {
    for (const { recordId, clusterId } of members)
      if (clusterId !== undefined) clusters.set(clusterId, [...(clusters.get(clusterId) ?? []), { recordId, group }]);
  });
  const parted = new Map<string, string[]>();
  for (const members of clusters.values())
    for (const { recordId, group } of members) {
      const others = members.filter((other) => other.group !== group).map((other) => other.recordId);
      if (others.length > 0) parted.set(recordId, others);
    }
  return parted;
}

async function loadStays(tx: TenantTx, ids: string[]): Promise<Map<string, Stay[]>> {
  const rows = await tx.query<Stay>(
    `SELECT record_id, cluster_id, ${utcText('valid_from')} AS from FROM cluster_member WHERE record_id = ANY ($1) ORDER BY record_id, valid_from DESC`,
    [ids],
  );
  const stays = new Map<string, Stay[]>();
  for (const row of rows) stays.set(row.record_id, [...(stays.get(row.record_id) ?? []), row]);
  return stays;
}

/** Since when two records have been in one cluster without a break. Both lists begin with the stay of now. */
function togetherSince(one: Stay[] = [], other: Stay[] = []): string | undefined {
  let [a, b] = [0, 0];
  let since: string | undefined;
  while (a < one.length && b < other.length && one[a].cluster_id === other[b].cluster_id) {
    since = one[a].from > other[b].from ? one[a].from : other[b].from;
    const [stepA, stepB] = [one[a].from >= since, other[b].from >= since];
    if (stepA) a += 1;
    if (stepB) b += 1;
  }
  return since;
}

function earliest(times: (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).sort()[0];
}
