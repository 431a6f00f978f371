import type { Provenance } from '#hub/identity';

/** Provenance as stored: what most fields share is said once under `*`, the others by name. */
export type StoredProvenance = Record<string, Provenance>;

export function compactProvenance(full: Record<string, Provenance>): StoredProvenance {
  const groups = new Map<string, string[]>();
  for (const [field, origin] of Object.entries(full)) {
    const key = `${origin.record} ${origin.rule} ${origin.at}`;
    const group = groups.get(key);
    if (group) group.push(field);
    else groups.set(key, [field]);
  }
  const most = [...groups.values()].sort((a, b) => b.length - a.length || (a[0] < b[0] ? -1 : 1))[0] ?? [];
  const stored: StoredProvenance = most.length > 0 ? { '*': full[most[0]] } : {};
  for (const [field, origin] of Object.entries(full)) if (!most.includes(field)) stored[field] = origin;
  return stored;
}

/** Field → origin for every golden field. */
export function expandProvenance(values: Record<string, unknown>, stored: StoredProvenance): Record<string, Provenance> {
  const full: Record<string, Provenance> = {};
  for (const field of Object.keys(values)) {
    const origin = stored[field] ?? stored['*'];
    if (origin) full[field] = origin;
  }
  return full;
}
