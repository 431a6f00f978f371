/** A record of a group, and the cluster that it is in now. */
export interface Placed {
  recordId: string;
  order: string;
  systemOfRecord: boolean;
  live: boolean;
  /** Sorts as time does. */
  createdAt: string;
  clusterId?: string;
}
export interface StableIds {
  /** Per group, in their order, the id that it keeps; none where it needs another. */
  kept: (string | undefined)[];
  /** Ids that no group keeps, and the group that each leads to from now on. */
  retired: Map<string, number>;
}

/**
 * Which group keeps which id: the group that holds a cluster's eldest record is its home, and of several ids a group keeps the one of its own
 * eldest. Every other id is retired to the home of its cluster, so every id leads to exactly one group.
 */
export function stableIds(groups: readonly (readonly Placed[])[]): StableIds {
  const homes = new Map<string, { elder: Placed; group: number }>();
  groups.forEach((group, at) => {
    for (const member of group) {
      if (member.clusterId === undefined) continue;
      const home = homes.get(member.clusterId);
      if (home === undefined || isElder(member, home.elder)) homes.set(member.clusterId, { elder: member, group: at });
    }
  });
  const kept = groups.map((group, at) => {
    const settled = group.filter(({ clusterId }) => clusterId !== undefined && homes.get(clusterId)?.group === at);
    return settled.length === 0 ? undefined : settled.reduce((elder, one) => (isElder(one, elder) ? one : elder)).clusterId;
  });
  const alive = new Set(kept);
  return { kept, retired: new Map([...homes].flatMap(([id, { group }]) => (alive.has(id) ? [] : [[id, group] as const]))) };
}

/** Whether `a` says more of who a cluster is than `b`: the oldest record of the system of record, else the oldest. */
function isElder(a: Placed, b: Placed): boolean {
  const rank = (one: Placed) => Number(one.systemOfRecord && one.live);
  if (rank(a) !== rank(b)) return rank(a) > rank(b);
  return a.createdAt === b.createdAt ? a.order < b.order : a.createdAt < b.createdAt;
}
