import type { Node } from './link-arrivals.js';

export interface Group {
  nodes: Node[];
  clusters: Set<string>;
}

/** Arrivals that keys link, directly, through each other or through a cluster. */
export function groupArrivals(nodes: Node[]): Group[] {
  const byCluster = new Map<string, Node[]>();
  for (const node of nodes) for (const cluster of node.clusters) addTo(byCluster, { cluster, node });
  const seen = new Set<Node>();
  return nodes.flatMap((node) => (seen.has(node) ? [] : [gather(node, { byCluster, seen })]));
}

function addTo(byCluster: Map<string, Node[]>, { cluster, node }: { cluster: string; node: Node }): void {
  const nodes = byCluster.get(cluster);
  if (nodes) nodes.push(node);
  else byCluster.set(cluster, [node]);
}

function gather(start: Node, { byCluster, seen }: { byCluster: Map<string, Node[]>; seen: Set<Node> }): Group {
  const group: Group = { nodes: [start], clusters: new Set() };
  const reach = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    group.nodes.push(node);
  };
  seen.add(start);
  for (const node of group.nodes) {
    node.links.forEach(reach);
    for (const cluster of node.clusters) {
      if (!group.clusters.has(cluster)) byCluster.get(cluster)?.forEach(reach);
      group.clusters.add(cluster);
    }
  }
  return group;
}
